"""Where a chart's recordings were registered: by the first two letters of their codes (ISRC).

They name the country whose agency gave the registrant its code: a stand-in for where music is from, and
no more than that. Which codes are a country's is here; shares by week are made in `series`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from spotify_assets.charts import Charts

COUNTRY = re.compile(r"[a-z]{2}")
FURTHER_CODES: Mapping[str, tuple[str, ...]] = {
    "br": ("BC", "BK", "BP", "BX"),
    "ca": ("CB",),
    "dk": ("FO", "GL"),
    "fr": ("FX",),
    "gb": ("GX", "UK"),
    "kr": ("KS",),
    "us": ("PR", "QM", "QT", "QZ"),
    "za": ("ZB",),
}
"""What agencies give besides their country's own two letters, as the ISRC authority lists it in 2025."""

# How many codes are known of each chart in a week, and how many of them are of its own country. The
# chart that all are compared with is counted once for each of the others' countries.
STATEMENT = """
WITH homes (home, codes) AS (VALUES {homes})
SELECT
    s.chart, h.home, s.week, count(nullif(s.isrc, '')) AS known,
    count(CASE WHEN contains(h.codes, upper(substr(s.isrc, 1, 2))) THEN 1 END) AS of_home
FROM songs AS s
INNER JOIN homes AS h ON h.home = s.chart OR s.chart = {anchor}
GROUP BY s.chart, h.home, s.week
ORDER BY s.chart, h.home, s.week
"""


def codes_of(country: str) -> tuple[str, ...]:
    """The first letters of a country's codes; none for what isn't a country, such as `global`."""
    if not COUNTRY.fullmatch(country):
        return ()
    return (country.upper(), *FURTHER_CODES.get(country, ()))


def statement(charts: Charts, collected: Collection[str], anchor: str) -> str | None:
    """What to ask for these collected charts, compared with `anchor`; None where none has a country."""
    homes = [
        f"({_quoted(chart.slug)}, ARRAY[{', '.join(map(_quoted, codes))}])"
        for chart in charts.charts
        if chart.slug in collected and (codes := codes_of(chart.country))
    ]
    return STATEMENT.format(homes=", ".join(homes), anchor=_quoted(anchor)) if homes else None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
