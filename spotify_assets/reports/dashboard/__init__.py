"""The dashboard: one HTML file that needs no server and no network, drawn by our own JavaScript.

`queries` has the SQL, `records` and `series` number and pack the answers, and `document` puts them into
the page of `page/`. Chart libraries are 490 to 1,100 kB, ours is 60 kB, and some need `eval`.
"""
