"""Every check there is: the rules below `rules/`, and what follows from the tables' declarations.

A rule is a file `rules/<asset>/<check>.sql`: a header of comments (asserts, severity, why, settings),
then one SELECT that returns a row per finding with `week`, `finding`, `chart` where it is about one, and
whatever columns serve as an example. The relations that it may read are made in `judge`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import get_args

from spotify_assets.checks.verdicts import Check, Severity
from spotify_assets.tables.schemas import CHART_TABLES, Table

HEADER = re.compile(r"-- (?P<name>\w+): (?P<text>.+)\n")
AS_DECLARED = "as_declared"
CHARTS_OF = {  # which charts a row without a chart is about
    "albums": "album_charts",
    "artists": "artist_charts",
    "song_artists": "song_charts",
}


def read_rule(asset: str, name: str, text: str) -> Check:
    """Return the check that a rule's file declares.

    Raises:
        ValueError: its header lacks something; names the file.
    """
    header, position = {}, 0
    while match := HEADER.match(text, position):
        header[match["name"]], position = match["text"].strip(), match.end()
    missing = [key for key in ("asserts", "severity", "why") if not header.get(key)]
    if missing or header["severity"] not in get_args(Severity):
        raise ValueError(
            f"rules/{asset}/{name}.sql: its header needs asserts, severity (ERROR or WARN) and why; "
            "see the others"
        )
    return Check(
        asset,
        name,
        "ERROR" if header["severity"] == "ERROR" else "WARN",
        header["asserts"],
        header["why"],
        tuple(header.get("settings", "").split()),
        text[position:].strip().rstrip(";"),
    )


def as_declared(table: Table) -> Check:
    """Return the check that a table's rows are as declared: key, nulls, and values allowed."""
    nulls = [(f"{c.name} IS NULL", f"{c.name} is null") for c in table.columns if not c.nullable]
    others = [
        (f"({c.allowed}) IS NOT TRUE AND {c.name} IS NOT NULL", f"{c.name} is not allowed")
        for c in table.columns
        if c.allowed
    ]
    broken = nulls + others
    cases = ",\n        ".join(f"CASE WHEN {where} THEN '{what}' END" for where, what in broken)
    anywhere = " OR ".join(f"({where})" for where, _ in broken)
    key, of_chart = ", ".join(table.key), table.key[1]
    shown = "song_id" if table.name == "songs" else table.key[-1]
    charts = CHARTS_OF.get(table.name)
    joined = f"LEFT JOIN {charts} USING (week, {of_chart})" if charts else ""
    # Which of the charts' files is at fault isn't known then, and all of them are held back.
    shared = f"count(DISTINCT chart) OVER (PARTITION BY week, {of_chart})" if charts else "1"
    sql = f"""
SELECT
    week, chart, what || ' in ' || counted(count(*), 'row')
    || CASE WHEN max(charts) > 1 THEN ', which other charts have as well' ELSE '' END AS finding,
    min(shown) AS {shown}
FROM (SELECT *, {shared} AS charts FROM (
    SELECT week, {of_chart}, {shown} AS shown, unnest([
        {cases}
    ]) AS what
    FROM {table.name} WHERE {anywhere}
) {joined})
WHERE what IS NOT NULL
GROUP BY week, chart, what
UNION ALL
SELECT week, chart, format('{{}} rows have the same {key}', n), shown
FROM (
    SELECT week, {of_chart}, min({shown}) AS shown, count(*) AS n FROM {table.name}
    GROUP BY {key} HAVING count(*) > 1
) {joined}
"""  # noqa: S608 - declared names only
    return Check(
        table.name,
        AS_DECLARED,
        "ERROR",
        f"Columns, types, nulls and values are as declared, and no {key.removeprefix('week, ')} "
        "occurs twice in a week.",
        "Everything downstream relies on the shape, and would fail or answer wrongly.",
        sql=sql.strip(),
    )


def _every_check() -> Iterator[Check]:
    rules = files("spotify_assets.checks") / "rules"
    for asset in ("raw_playlist", *CHART_TABLES):
        if asset in CHART_TABLES:
            yield as_declared(CHART_TABLES[asset])
        for file in sorted((rules / asset).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".sql"):
                text = file.read_text(encoding="utf-8")
                yield read_rule(asset, file.name.removesuffix(".sql"), text)


CHECKS: tuple[Check, ...] = tuple(_every_check())
"""The checks that are run when a week is made; their verdicts are the rows of check_results."""

CATALOG_WEEK = Check(
    "catalog",
    "shows_the_week",
    "ERROR",
    "The catalog shows every table's rows of the week, as many as are stored, and no week that isn't.",
    "Queries would miss rows, or return rows that should not be there.",
)
NO_REJECTED_FILES = Check(
    "raw_playlist",
    "no_rejected_files",
    "WARN",
    "No rejected file waits to be looked at.",
    "Somebody dropped it for a reason, but what was taken in is not affected.",
)
LATEST_WEEK = Check(
    "raw_playlist",
    "latest_week_present",
    "WARN",
    "The week that closed last is stored, some days after its close.",
    "Spotify only ever returns the latest week: soon only its CSV file can be downloaded.",
    ("check_latest_week_days",),
)
EXPECTED_CHARTS = Check(
    "raw_playlist",
    "expected_charts_collected",
    "WARN",
    "Every declared chart is there in every stored week from its first to its last, and in the latest.",
    "Its history has holes; one that is never collected is missing from every page.",
)
NO_HOLES = Check(
    "raw_playlist",
    "weeks_without_holes",
    "WARN",
    "Every week between the first and the last that are there has some chart.",
    "Every chart's history has a hole there, which a later drop fills.",
)
GENRES = Check(
    "artists",
    "genres_known",
    "WARN",
    "Some of the latest week's artists have a genre.",
    "Charts are complete without genres; but nothing can be said about genres.",
)
CORRECTED = Check(
    "details",
    "corrections_apply",
    "WARN",
    "Every line of raw/details/corrections.csv names a song of the charts and, if any, a recording.",
    "Somebody corrected a match, and it has no effect.",
)
CATALOG_COLUMNS = Check(
    "catalog",
    "columns_as_declared",
    "ERROR",
    "The catalog's columns and their types are as declared, and every view is there.",
    "Queries would fail, or compare what can't be compared.",
)
BASE_CHECKS: tuple[Check, ...] = (
    NO_REJECTED_FILES,
    LATEST_WEEK,
    NO_HOLES,
    EXPECTED_CHARTS,
    GENRES,
    CORRECTED,
    CATALOG_COLUMNS,
)
"""The checks that are about the whole base, not about single weeks."""
WEEKLY_CHECKS: tuple[Check, ...] = (*CHECKS, CATALOG_WEEK)
"""The checks that are about single weeks."""
EVERY_CHECK: tuple[Check, ...] = (*WEEKLY_CHECKS, *BASE_CHECKS)
