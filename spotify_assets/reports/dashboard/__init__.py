"""The dashboard: one HTML file that needs no server and no network.

`queries` has the SQL, `records` and `series` number and pack the answers, and `document` puts them into
the page of `page/`, small enough to be opened anywhere.

The charts are drawn as SVG by some 60 kB of our own JavaScript. Chart libraries were measured: they are
490 to 1,100 kB that have to be parsed before anything shows, and some need `eval` or an interpreter to
go without. Ours show in a fraction of a second and take their colours from the style sheet, so that
light and dark need no second drawing.
"""

from __future__ import annotations
