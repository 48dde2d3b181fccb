"""Rules about a catalog, whichever it is: does it show what was published, and only that?

Reporting them to Dagster is in `catalog_checks`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.catalogs.interface import CatalogContents
from spotify_assets.checks.stored_weeks import decoded
from spotify_assets.checks.verdicts import CheckMeaning, Verdict, listed
from spotify_assets.layout import published_key
from spotify_assets.publishing.ledger import Published
from spotify_assets.schemas import TABLES
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage

ASSET = "catalog"
NOT_HELD_BACK = CheckMeaning(
    ASSET,
    "not_held_back",
    "The week passes the audit, so that it is published as it is stored.",
    "ERROR",
    "Whoever asks the catalog gets an older state of the week, or none.",
)
SAME_WEEKS = CheckMeaning(
    ASSET,
    "same_weeks",
    "The catalog has the week where it was published, and only there.",
    "ERROR",
    "Answers would lack weeks, or have weeks that shouldn't be there.",
)
ROW_COUNTS = CheckMeaning(
    ASSET,
    "row_counts",
    "The catalog counts as many rows of the week as the published files have.",
    "ERROR",
    "Answers would be of fewer rows than there are.",
)
COLUMN_TYPES = CheckMeaning(
    ASSET,
    "column_types",
    "The catalog's columns and their types are as declared.",
    "ERROR",
    "Queries would fail, or compare what can't be compared.",
)
BY_WEEK = (NOT_HELD_BACK, SAME_WEEKS, ROW_COUNTS)
CATALOG_CHECKS = (*BY_WEEK, COLUMN_TYPES)


def held_back_verdicts(decided: Published, weeks: Iterable[date]) -> dict[date, Verdict]:
    """Whether each week is published as it is stored; what the audit found where it isn't."""
    return {week: _held_back(decided, week) for week in weeks}


def week_verdicts(
    contents: CatalogContents, decided: Published, weeks: Iterable[date]
) -> dict[date, Verdict]:
    """Whether the catalog has each week of every table just where it was published.

    Raises:
        UserError: the catalog can't be asked.
    """
    shown = contents.weeks()
    verdicts = {}
    for week in weeks:
        wanted = list(TABLES) if week in decided.weeks else []
        found = [name for name, of_table in shown.items() if week in of_table]
        findings = [f"{name} lacks the week" for name in wanted if name not in found]
        findings += [
            f"{name} shows the week, which isn't published" for name in found if not wanted
        ]
        expected, actual = listed(wanted) or "no table", listed(found) or "no table"
        verdicts[week] = Verdict(expected, actual, tuple(findings))
    return verdicts


def count_verdicts(
    contents: CatalogContents, storage: Storage, table_format: TableFormat, weeks: Iterable[date]
) -> dict[date, Verdict]:
    """Whether the catalog counts the rows that the published files have.

    Raises:
        UserError: the catalog can't be asked.
    """
    asked = sorted(weeks)
    counted = contents.row_counts(asked) if asked else {}
    keys = {
        published_key(name, week, table_format): (name, week) for week in asked for name in TABLES
    }

    def rows_of(key: str) -> int | None:
        try:
            return _rows(storage.read(key), *keys[key], table_format)
        except FileNotFoundError:
            return None

    written = {keys[key]: rows for key, rows in storage.together(rows_of, keys)}
    verdicts = {}
    for week in asked:
        had = {name: written[name, week] for name in TABLES}
        seen = {name: counted[name].get(week, 0) for name in TABLES}
        findings = [
            f"the catalog counts {seen[name]} rows of {name}, and the file has {rows or 0}"
            for name, rows in had.items()
            if seen[name] != (rows or 0)
        ]
        if any(rows is not None for rows in had.values()):
            findings += [
                f"the published file of {name} is gone: materialize catalog to have it again"
                for name, rows in had.items()
                if rows is None
            ]
        verdicts[week] = Verdict(_in_words(had), _in_words(seen), tuple(findings))
    return verdicts


def column_verdict(contents: CatalogContents) -> Verdict:
    """Whether every table's columns are as declared.

    Raises:
        UserError: the catalog can't be asked.
    """
    findings = [said for name in TABLES for said in contents.differing_columns(name)]
    count = sum(len(table.columns) for table in TABLES.values())
    return Verdict(f"{count} columns as declared", f"{len(findings)} differences", tuple(findings))


def _held_back(decided: Published, week: date) -> Verdict:
    findings = decided.held_back.get(week, ())
    if findings:
        served = "an older state is shown" if week in decided.weeks else "the week isn't shown"
        return Verdict("a week that passes the audit", f"held back; {served}", findings)
    if week not in decided.weeks:
        return Verdict("a stored week", "nothing stored", (f"{week} isn't stored in any table",))
    return Verdict("a week that passes the audit", "published")


def _rows(content: bytes, name: str, week: date, table_format: TableFormat) -> int | None:
    if table_format == "parquet":
        return int(pq.read_metadata(io.BytesIO(content)).num_rows)
    rows = decoded(content, name, table_format, week)
    return int(rows.num_rows) if isinstance(rows, pa.Table) else None


def _in_words(rows: Mapping[str, int | None]) -> str:
    return ", ".join(f"{name} {count or 0}" for name, count in rows.items())
