"""What stands for the files that a check of a week looks at, so that only changed weeks are read.

Checks that look at the same files are a group: of the raw files, of the tables, of the audit's
decisions, of the catalog. Only listings are read here, and the audit's decisions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from spotify_assets.catalog.interface import CatalogContents
from spotify_assets.checks.catalog_rules import NOT_HELD_BACK, ROW_COUNTS, SAME_WEEKS
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.history_rules import WEEKS_COMPARED
from spotify_assets.checks.raw_rules import OF_A_WEEK
from spotify_assets.checks.rules_version import rules_version
from spotify_assets.checks.verdicts import CheckMeaning
from spotify_assets.layout import (
    CHECKSUMS,
    MISSING,
    PUBLISHED,
    missing_key,
    sums_key,
    table_key,
    week_of_table_key,
)
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.publishing.ledger import Published
from spotify_assets.publishing.stored import by_week
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage, StoredFile, stamp_of
from spotify_assets.tables.origins import ORIGINS, origin_key
from spotify_assets.tables.schemas import SONGS, TABLES
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

Group = Literal["raw", "tables", "audit", "catalog"]
GROUPS: dict[Group, tuple[CheckMeaning, ...]] = {
    "raw": OF_A_WEEK,
    "tables": TABLE_CHECKS,
    "audit": (NOT_HELD_BACK,),
    "catalog": (SAME_WEEKS, ROW_COUNTS),
}
"""The checks of single weeks, by what they look at."""
Stamps: TypeAlias = dict[date, str]
"""What stands for the files of each week that a group of checks has something to say of."""
LENGTH = 20  # of a stamp: years of weeks are kept in the report


@dataclass(frozen=True)
class Judged:
    """What is judged, and by what."""

    storage: Storage
    rules: InboxRules
    catalog: CatalogContents
    table_format: TableFormat
    thresholds: Thresholds


def raw_stamps(judged: Judged) -> Stamps:
    """Of the raw files: the week's own, what was noted of them, and the playlists of the week before."""
    archived: dict[date, list[tuple[str, StoredFile]]] = {}
    for name, file in archived_files(judged.storage, None):
        archived.setdefault(name.week, []).append((name.kind, file))
    noted = {f.key: f for prefix in (CHECKSUMS, MISSING) for f in judged.storage.files(prefix)}
    latest = latest_closed_week(judged.rules.clock())
    weeks = archived.keys() | _weeks_in(key for key in noted if key.startswith(CHECKSUMS))
    if missing_key(latest) in noted:
        weeks |= {latest}
    stamps = {}
    for week in sorted(weeks):
        files = [file for _, file in archived.get(week, [])]
        files += [f for kind, f in archived.get(week - ONE_WEEK, []) if kind == "playlist"]
        files += [noted[key] for key in (sums_key(week), missing_key(week)) if key in noted]
        # Only the latest week is looked at where nothing is known of it.
        stamps[week] = _stamp(files, repr(judged.rules.charts), str(week == latest))
    return stamps


def table_stamps(judged: Judged) -> Stamps:
    """Of the tables: the week's own files, what was noted of them, and the songs of the weeks that it is
    compared with.
    """
    files = {
        file.key: file for prefix in (TABLE_FILES, ORIGINS) for file in judged.storage.files(prefix)
    }
    stored: dict[date, dict[str, StoredFile]] = {}
    for week in {week for key in files if (week := week_of_table_key(key))}:
        keys = {table_key(name, week, judged.table_format): name for name in TABLES}
        ours = {keys[key]: files[key] for key in sorted(keys.keys() & files.keys())}
        if ours:
            stored[week] = ours
    collected = {name.week for name, _ in archived_files(judged.storage, None)}
    thresholds = [f"{n}={getattr(judged.thresholds, n)}" for n in Thresholds.model_fields]
    stamps: Stamps = {}
    earlier: list[StoredFile] = []
    for week in sorted(stored.keys() | collected):
        tables = stored.get(week, {})
        beside = [origin_key(name, week) for name in TABLES]
        noted = [files[key] for key in beside if key in files]
        stamps[week] = _stamp([*tables.values(), *noted, *earlier[-WEEKS_COMPARED:]], *thresholds)
        if SONGS.name in tables:
            earlier.append(tables[SONGS.name])
    return stamps


def audit_stamps(decided: Published) -> Stamps:
    """Of what the audit decided over each week."""
    return {
        week: _stamp([], str(week in decided.weeks), *decided.held_back.get(week, ()))
        for week in sorted({*decided.weeks, *decided.held_back})
    }


def catalog_stamps(judged: Judged, decided: Published, shown: Mapping[str, set[date]]) -> Stamps:
    """Of the copies that the catalog shows: their files, and which tables show the week."""
    copies = by_week(judged.storage.files(PUBLISHED))
    stamps = {}
    for week in sorted({*decided.weeks, *decided.held_back}):
        tables = [name for name, weeks in shown.items() if week in weeks]
        files = copies.get(week, {}).values()
        is_published = str(week in decided.weeks)
        stamps[week] = _stamp(files, judged.table_format, is_published, *tables)
    return stamps


def _stamp(files: Iterable[StoredFile], *besides: str) -> str:
    return stamp_of(files, rules_version(), *besides)[:LENGTH]


def _weeks_in(keys: Iterable[str]) -> set[date]:
    found = (re.search(r"week=(\d{4}-\d\d-\d\d)", key) for key in keys)
    weeks = set()
    for match in found:
        if match:
            try:
                weeks.add(date.fromisoformat(match[1]))
            except ValueError:  # somebody's own file
                continue
    return weeks
