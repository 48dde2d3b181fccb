"""The dashboard: one HTML file that needs no server and no network.

`queries` asks the SQL views, `recordings` where songs are from, `records` and `series` number and pack
what they answer, `findings` says why weeks are held back, `size` keeps it small, and `document` puts it
into the page of `page/`. When it is made, and where it is written, is the asset's business.

The charts are drawn as SVG by a few hundred lines of JavaScript of our own. Altair with Vega was
weighed: its bundle alone is about 1 MB and has to be parsed before anything shows, each change of week
goes through a dataflow, and it needs an interpreter to go without `eval`. Ours are some 40 kB, show in
a fraction of a second, and take their colours from the style sheet, so that light and dark need no
drawing anew.
"""

from __future__ import annotations
