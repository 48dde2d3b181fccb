"""Run every check over what is stored: as Dagster's checks, the command line and `verify` do.

Read back are the weeks as they are stored, or as they are held back, and the archive's raw files. What
the checks of single weeks assert is in `rules`; making weeks is in `making`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from spotify_assets.catalog.interface import Catalog
from spotify_assets.charts import by_sentence
from spotify_assets.checks.catalog import columns_as_declared
from spotify_assets.checks.declared import (
    BASE_CHECKS,
    CATALOG_COLUMNS,
    CHECKS,
    CORRECTED,
    EXPECTED_CHARTS,
    GENRES,
    LATEST_WEEK,
    NO_HOLES,
    NO_REJECTED_FILES,
)
from spotify_assets.checks.judge import COMPARED_ARTISTS, Frames, judge
from spotify_assets.checks.making import (
    Base,
    make_weeks,
    places_beside,
    read_around,
    read_columns,
    snapshots,
)
from spotify_assets.checks.storing import files_of
from spotify_assets.checks.verdicts import Check, Verdict
from spotify_assets.errors import UserError
from spotify_assets.held_back import held_back_weeks
from spotify_assets.layout import (
    CORRECTIONS,
    IDENTITIES,
    REJECTED,
    RawName,
    held_back_key,
    table_key,
    week_of_table_key,
)
from spotify_assets.open_data.facts import read_open_facts
from spotify_assets.open_data.store import read_corrections
from spotify_assets.raw.archive import archived_files, read_raw
from spotify_assets.raw.missing import expected_charts, why_missing
from spotify_assets.raw.rejected import rejected_files
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import describe_raw_files
from spotify_assets.tables.identities import identities_differ
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS, TABLES
from spotify_assets.tables.store import decode, stored_weeks
from spotify_assets.weeks import ONE_WEEK, describe_weeks, holes_between, latest_closed_week
from spotify_assets.words import listed, plain

DROP_CSV = "Download the weekly chart from charts.spotify.com and drop it into the inbox."
Row = tuple[Any, ...]
REMEDY = "spotify-assets update --weeks {} makes it again"


def check_stored(
    base: Base, weeks: Collection[date] | None = None, checks: Sequence[Check] = CHECKS
) -> list[Verdict]:
    """Run the checks of single weeks over what is stored or held back of them; None for all weeks.

    Of several weeks, those that nothing is known of are left out.

    Raises:
        OSError: the storage can't be reached.
    """
    stored = stored_weeks(base.storage)
    and_before = None if weeks is None else {*weeks, *(week - ONE_WEEK for week in weeks)}
    files = [(name, file.key) for name, file in archived_files(base.storage, and_before)]
    known = {*stored.get("songs", ()), *stored.get(CHECK_RESULTS.name, ())}
    known |= {name.week for name, _ in files}
    wanted = sorted(known if weeks is None else known & set(weeks))
    beside = places_beside(stored.get("songs", ()), wanted)
    around = read_around(base.storage, wanted, sorted({*beside, *wanted}))
    noted = set(
        zip(*(around.received[name].to_pylist() for name in ("file", "sha256")), strict=True)
    )
    of_wanted = [(name, key) for name, key in files if name.week in set(wanted)]
    raw_files = describe_raw_files(read_raw(base.storage, of_wanted), base.charts, noted)
    around = replace(around, snapshots=snapshots(base, wanted, files, raw_files))
    frames = _frames(base, wanted, stored)
    return judge(replace(frames, raw_files=raw_files), around, base.thresholds, checks)


def base_verdicts(
    base: Base, now: datetime, first_week: date, catalog: Catalog | None = None
) -> dict[str, tuple[str, ...]]:
    """Return what the checks of the whole base find, by their titles; the catalog's only with one."""
    latest, grace_days = latest_closed_week(now), base.thresholds["check_latest_week_days"]
    archived = [name for name, _ in archived_files(base.storage, None)]
    newest = archived[-1].week if archived else None
    found = {
        NO_REJECTED_FILES.title: _rejected(base),
        LATEST_WEEK.title: latest_present(newest, latest, now, grace_days)
        if latest >= first_week
        else (),
        NO_HOLES.title: (f"no chart at all is there of {describe_weeks(holes)}. {DROP_CSV}",)
        if (holes := holes_between(name.week for name in archived))
        else (),
        EXPECTED_CHARTS.title: _charts_collected(base, archived),
        GENRES.title: _genres_known(base),
        CORRECTED.title: _without_effect(base.storage),
    }
    if catalog is not None:
        is_any_stored = any(stored_weeks(base.storage).values())
        found[CATALOG_COLUMNS.title] = columns_as_declared(catalog) if is_any_stored else ()
    return found


def base_rows(base: Base, catalog: Catalog, now: datetime, first_week: date) -> list[Row]:
    """Return what the checks of the whole base find, as rows of check_results that have no week."""
    found = base_verdicts(base, now, first_week, catalog)
    return [
        (None, c.asset, c.name, None, c.severity, not said, len(said), listed(said) or None, None)
        for c in BASE_CHECKS
        for said in [found[c.title]]
    ]


def latest_present(
    stored: date | None, latest: date, now: datetime, grace_days: float
) -> tuple[str, ...]:
    """Return a finding unless the week that closed last is stored or, in its first days, the one before.

    Where nothing is stored yet, the first days pass.
    """
    days = (now - datetime.combine(latest + ONE_WEEK, time(), UTC)) / timedelta(days=1)
    is_early = days <= grace_days
    due, days = (latest - ONE_WEEK, days + 7) if is_early else (latest, days)
    if (stored is None and not is_early) or (stored is not None and stored < due):
        return (f"{due} closed {days:.0f} days ago and isn't stored. {DROP_CSV}",)
    return ()


def verify(base: Base, weeks: Collection[date] | None = None) -> list[str]:
    """Derive and judge weeks again, and return a sentence for each stored file that differs.

    Raises:
        OSError: the storage can't be reached.
    """
    stored = stored_weeks(base.storage)
    archived = {name.week for name, _ in archived_files(base.storage, None)}
    wanted = archived.union(*stored.values()) if weeks is None else set(weeks)
    expected = dict(files_of(make_weeks(base, wanted)))
    found = [
        f"{table_key(name, week)} has no raw files left, so it can't be derived again"
        for name in TABLES
        for week in stored.get(name, ())
        if week in wanted - archived
    ]

    def compare(key: str) -> str | None:
        try:
            content = base.storage.read(key)
        except FileNotFoundError:
            content = None
        if content == expected[key]:
            return None
        remedy = REMEDY.format(week_of_table_key(key))
        if content is None:
            return f"{key} is missing: {remedy}"
        if expected[key] is None:
            return f"{key} is stored, but does not follow from the raw files: {remedy}"
        return f"{key} is not what follows from the raw files: {remedy}"

    keys = [key for key in expected if week_of_table_key(key) in wanted]
    found += [said for _, said in base.storage.together(compare, keys) if said]
    if weeks is None and identities_differ(base.storage):
        found.append(
            f"{IDENTITIES} is not what follows from the stored weeks: delete it, and "
            "spotify-assets update makes it again"
        )
    return found


def _frames(base: Base, weeks: list[date], stored: Mapping[str, list[date]]) -> Frames:
    """Read the weeks as they are held back, else as they are stored."""
    held_back = held_back_weeks(base.storage)
    there = {week for name in CHART_TABLES for week in stored.get(name, ())}
    keys = {
        (held_back_key if week in held_back else table_key)(name, week): (name, week)
        for week in weeks
        if week in held_back | there
        for name in CHART_TABLES
    }
    frames = Frames(weeks, {name: [] for name in CHART_TABLES})

    def read(key: str) -> pa.Table | str:
        remedy = REMEDY.format(keys[key][1])
        try:
            return decode(base.storage.read(key), keys[key][1])
        except FileNotFoundError:
            return f"{key} is missing: {remedy}"
        except (OSError, ValueError, pa.ArrowException) as error:
            why = str(error).removeprefix("Could not open Parquet input source '<Buffer>': ")
            return f"{key} can't be read: {why}; {remedy}"

    for key, rows in base.storage.together(read, keys):
        name, week = keys[key]
        if isinstance(rows, str):
            frames.problems[week, name] = [rows]
        else:
            frames.tables[name].append(rows)
    return frames


def _rejected(base: Base) -> tuple[str, ...]:
    names = [plain(path) for path in rejected_files(base.storage)]
    if not names:
        return ()
    return (
        f"rejected files in {REJECTED}: {listed(names)}. The reason is beside each; fix it or delete "
        "the file, then: spotify-assets update --retry-rejected",
    )


def _charts_collected(base: Base, archived: Sequence[RawName]) -> tuple[str, ...]:
    """Return which expected charts were never collected, and which weeks of the others are missing."""
    if not archived:
        return ()
    weeks, newest = {name.week for name in archived}, archived[-1].week
    never, missing = [], {}
    expected = expected_charts(base.storage, base.charts)
    for chart in expected:
        there = {name.week for name in archived if name.chart == chart.slug}
        if not there:
            never.append(chart.slug)
        elif lacking := [
            week for week in weeks - there if min(there) < week < max(there) or week == newest
        ]:
            missing[chart.slug] = f"{chart.slug} in {describe_weeks(lacking)}"
    why = why_missing(base.storage, newest)
    told = {
        name.chart for name in archived if name.week == newest - ONE_WEEK
    }  # by that week's checks
    untold = [slug for slug in (*never, *missing) if slug in why and slug not in told]
    reasons = by_sentence((slug, why[slug]) for slug in untold)
    said = f" Spotify was asked for {newest}: {listed(reasons)}" if reasons else ""
    has_csv = {chart.slug for chart in expected if chart.country}
    found = []
    if never:
        found.append(
            f"expected, and never collected: {listed(never)}. "
            f"{f'{DROP_CSV} ' if has_csv & {*never} else ''}If you do without some, name the charts "
            "that you want in SPOTIFY_ASSETS_CHARTS."
        )
    if missing:
        remedy = f" {DROP_CSV}" if has_csv & missing.keys() else ""
        found.append(f"not collected: {listed(list(missing.values()))}.{remedy}")
    return (*found[:-1], found[-1] + said) if found else ()


def _without_effect(storage: Storage) -> tuple[str, ...]:
    """Return which corrections match nothing."""
    try:
        corrections = read_corrections(storage)
    except UserError as error:
        return (str(error),)
    if not corrections:
        return ()
    stored = stored_weeks(storage).get("songs", [])
    songs = read_columns(storage, "songs", stored, ["song_id", "song_key"])
    keys = dict(zip(*(songs[name].to_pylist() for name in songs.column_names), strict=True))
    known = read_open_facts(storage).songs
    not_there = [one for one in corrections if one not in keys]
    unknown = [
        f"{recording} (of {one})"
        for one, recording in corrections.items()
        if recording and one in keys and (song := known.get(keys[one])) and song.refused == "absent"
    ]
    found = {"songs that no chart has": not_there}
    found["recordings that MusicBrainz doesn't have"] = unknown
    return tuple(
        f"{what}, in {CORRECTIONS}: {listed(all_)}" for what, all_ in found.items() if all_
    )


def _genres_known(base: Base) -> tuple[str, ...]:
    weeks = stored_weeks(base.storage).get("artists", [])
    if not weeks:
        return ()
    artists = read_columns(base.storage, "artists", weeks[-1:], COMPARED_ARTISTS)
    if not artists.num_rows or any(map(any, filter(None, artists.column("genres").to_pylist()))):
        return ()
    return (
        f"none of the {artists.num_rows} artists of {weeks[-1]} has a genre: chart files don't have "
        "any, nor albums and lengths, and Spotify doesn't tell every app. Open data is asked for them "
        "if SPOTIFY_ASSETS_CONTACT is set",
    )
