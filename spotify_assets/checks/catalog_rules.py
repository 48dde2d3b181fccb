"""Rules about a catalog, whichever it is: does it show what was published, and only that?

Reporting them to Dagster is in `catalog_checks`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.catalog.interface import CatalogContents
from spotify_assets.checks.stored_weeks import decoded
from spotify_assets.checks.verdicts import CheckMeaning, Verdict, listed
from spotify_assets.errors import UserError
from spotify_assets.layout import published_key
from spotify_assets.publishing.ledger import Published, content_digest
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES

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
    "The published files are as they were published, and the catalog counts as many rows in them.",
    "ERROR",
    "Answers would be of other rows than those that passed the audit.",
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

# What is said in the place of a number of rows.
GONE = "gone"
UNREADABLE = "unreadable"


def weeks_to_ask(
    contents: CatalogContents, decided: Published, asked: list[date] | None
) -> list[date]:
    """Of these weeks, those that anything is known of; of None, all. A single one is always asked for.

    The catalog's own weeks count, so that one which was never published is found.

    Raises:
        UserError: the catalog can't be asked.
    """
    shown = {week for of_table in contents.weeks().values() for week in of_table}
    known = {*decided.weeks, *decided.held_back, *shown}
    return sorted(known) if asked is None else [w for w in asked if w in known] or asked[:1]


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
    contents: CatalogContents,
    storage: Storage,
    table_format: TableFormat,
    decided: Published,
    weeks: Iterable[date],
) -> dict[date, Verdict]:
    """Whether the published files are as published, and the catalog counts the rows that they have."""
    asked = sorted(weeks)
    keys = {
        published_key(name, week, table_format): (name, week) for week in asked for name in TABLES
    }

    def rows_of(key: str) -> tuple[int | str, str]:
        try:
            content = storage.read(key)
        except FileNotFoundError:
            return GONE, ""
        return _rows(content, *keys[key], table_format), hashlib.sha256(content).hexdigest()

    read = {keys[key]: found for key, found in storage.together(rows_of, keys)}
    try:
        counted, no_answer = contents.row_counts(asked) if asked else {}, ""
    except UserError as error:
        counted, no_answer = {}, str(error)
    verdicts = {}
    for week in asked:
        written = {name: read[name, week][0] for name in TABLES}
        digest = content_digest({name: read[name, week][1] for name in TABLES})
        seen = {name: counted.get(name, {}).get(week, 0) for name in TABLES}
        verdicts[week] = Verdict(
            _in_words(written),
            _in_words(seen) if not no_answer else "no answer",
            (
                *([no_answer] if no_answer else _differences(written, seen)),
                *_altered(written, digest, decided.digests.get(week, "")),
            ),
        )
    return verdicts


def column_verdict(contents: CatalogContents) -> Verdict:
    """Whether every table's columns are as declared, and the catalog can say so."""
    count = sum(len(table.columns) for table in TABLES.values())
    expected = f"{count} columns as declared"
    try:
        findings = contents.differing_columns()
    except UserError as error:
        return Verdict(expected, "no answer", (str(error),))
    return Verdict(expected, f"{len(findings)} differences", tuple(findings))


def _held_back(decided: Published, week: date) -> Verdict:
    findings = decided.held_back.get(week, ())
    if findings:
        served = "an older state is shown" if week in decided.weeks else "the week isn't shown"
        return Verdict("a week that passes the audit", f"held back; {served}", findings)
    if week not in decided.weeks:
        return Verdict("a stored week", "nothing stored", (f"{week} isn't stored in any table",))
    return Verdict("a week that passes the audit", "published")


def _differences(written: Mapping[str, int | str], seen: Mapping[str, int]) -> Iterator[str]:
    is_stored = any(rows != GONE for rows in written.values())
    for name, rows in written.items():
        if rows == UNREADABLE:
            yield f"the published file of {name} can't be read: materialize catalog to have it again"
        elif seen[name] != (0 if rows == GONE else rows):
            yield (
                f"the catalog counts {seen[name]} rows of {name}, and the file has "
                f"{0 if rows == GONE else rows}"
            )
        if rows == GONE and is_stored:
            yield f"the published file of {name} is gone: materialize catalog to have it again"


def _altered(written: Mapping[str, int | str], digest: str, published: str) -> Iterator[str]:
    is_readable = all(isinstance(rows, int) for rows in written.values())
    if published and is_readable and digest != published:
        yield (
            "the published files aren't as they were published: delete those of the week and "
            "materialize catalog to have them again"
        )


def _rows(content: bytes, name: str, week: date, table_format: TableFormat) -> int | str:
    if table_format == "parquet":
        try:
            return int(pq.read_metadata(io.BytesIO(content)).num_rows)
        except (OSError, pa.ArrowException):
            return UNREADABLE
    rows = decoded(content, name, table_format, week)
    return int(rows.num_rows) if isinstance(rows, pa.Table) else UNREADABLE


def _in_words(rows: Mapping[str, int | str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in rows.items())
