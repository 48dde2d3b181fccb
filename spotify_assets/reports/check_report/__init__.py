"""The report of the checks: every check of every stored week, what fails and since when.

`evaluation` asks the checks, of weeks that changed only, which `stamps` tells; `report` compares with
the report before; `page` and `grid` make it a page, `texts` lines on a terminal. When it is made, and
where it is written, is the asset's business.
"""

from __future__ import annotations
