"""Why a failing check is as bad as it is, where several checks have the same reason."""

from __future__ import annotations

SHAPE = "What is downstream relies on the shape, and would fail or answer wrongly."
DOUBLED = "Whatever is counted or summed would count twice."
WRONG = "A value that can't be is a mistake in parsing or a damaged file."
DANGLING = "Joins would lose rows without a word."
ALTERED = "Ranks or names that somebody changed look as true as any."
UNUSUAL = "Unusual, but it can be true: somebody should look."
