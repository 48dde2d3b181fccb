"""The dashboard: one HTML file that needs no server and no network.

`queries` has the SQL, `records` and `series` number and pack the answers, and `document` puts them into
the page of `page/`. The charts are drawn as SVG by some 60 kB of our own JavaScript: chart libraries are
490 to 1,100 kB, and some need `eval`, which the page forbids.
"""
