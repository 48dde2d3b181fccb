"""Run every check over what is stored: as Dagster's checks, the command line and `verify` do.

Read back are the weeks as they are stored, or as they are held back, and the archive's raw files. What
the checks of single weeks assert is in `rules`; making weeks is in `making`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa

from spotify_assets.checks.declared import (
    CHECKS,
    EXPECTED_CHARTS,
    GENRES,
    LATEST_WEEK,
    REJECTED,
)
from spotify_assets.checks.judge import (
    COMPARED_ARTISTS,
    COMPARED_SONGS,
    SNAPSHOTS,
    STORED_BEFORE,
    Around,
    Frames,
    judge,
)
from spotify_assets.checks.making import (
    Base,
    Made,
    make_weeks,
    places_beside,
    read_columns,
    reasons_missing,
    received_sums,
)
from spotify_assets.checks.verdicts import Check, Verdict
from spotify_assets.layout import (
    HELD_BACK,
    REASON,
    RawName,
    held_back_key,
    table_key,
    week_of_table_key,
)
from spotify_assets.layout import (
    REJECTED as REJECTED_FOLDER,
)
from spotify_assets.raw.archive import archived_files
from spotify_assets.tables.derive import RAW_FILES, describe_raw_files
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS, TABLES
from spotify_assets.tables.store import decode, encode, split_by_week, stored_weeks
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

DROP_CSV = "Download its weekly chart from charts.spotify.com and drop it into the inbox."


def check_stored(
    base: Base, weeks: Collection[date] | None = None, checks: Sequence[Check] = CHECKS
) -> list[Verdict]:
    """Run the checks of single weeks over what is stored or held back of them; None for all weeks.

    Of several weeks, those that nothing is known of are left out.

    Raises:
        OSError: the storage can't be reached.
    """
    stored = stored_weeks(base.storage)
    known = {*stored.get("songs", ()), *stored.get(CHECK_RESULTS.name, ())}
    archived = archived_files(base.storage, weeks)
    known |= {name.week for name, _ in archived}
    wanted = sorted(known if weeks is None else known & set(weeks))
    archived = [(name, file) for name, file in archived if name.week in set(wanted)]
    received = received_sums(base.storage, wanted)
    frames = _frames(base, wanted, stored)
    frames.raw_files = _raw_files(base, [(name, file.key) for name, file in archived], received)
    others = sorted({*places_beside(stored.get("songs", ()), wanted), *wanted})
    songs = read_columns(base.storage, "songs", others, COMPARED_SONGS)
    around = Around(
        songs=songs,
        artists=read_columns(base.storage, "artists", others, COMPARED_ARTISTS),
        received=received,
        snapshots=_snapshots(base, wanted, frames.raw_files),
        missing=reasons_missing(base.storage, wanted),
        stored_before=songs.select(STORED_BEFORE.names),
    )
    return judge(frames, around, base.thresholds, checks)


def base_verdicts(base: Base, now: datetime, first_week: date) -> dict[str, tuple[str, ...]]:
    """Return what the checks of the whole base find, by their titles; of the catalog, see `catalog`."""
    storage, latest = base.storage, latest_closed_week(now)
    archived = {name for name, _ in archived_files(storage, None)}
    return {
        REJECTED.title: _rejected(base),
        LATEST_WEEK.title: latest_present(
            max((name.week for name in archived), default=None),
            latest,
            now,
            base.thresholds["check_latest_week_days"],
        )
        if latest >= first_week
        else (),
        EXPECTED_CHARTS.title: tuple(
            f"{chart.slug} is declared, and was never collected. {DROP_CSV} If you do without it, "
            "declare your own charts in SPOTIFY_ASSETS_CHARTS_FILE."
            for chart in base.charts.charts
            if archived and chart.slug not in {name.chart for name in archived}
        ),
        GENRES.title: _genres_known(base),
    }


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
    everything = sorted(archived.union(*stored.values()))
    wanted = everything if weeks is None else sorted(weeks)
    made = make_weeks(base, wanted)
    expected = _expected_files(made)
    found = [
        f"{table_key(name, week)} has no raw files left, so it can't be derived again"
        for name, of_table in stored.items()
        if name in TABLES
        for week in of_table
        if week in wanted and week not in archived
    ]

    def compare(key: str) -> str | None:
        try:
            content = base.storage.read(key)
        except FileNotFoundError:
            content = None
        if content == expected[key]:
            return None
        week = week_of_table_key(f"/{key}")
        remedy = f"spotify-assets update --weeks {week} makes it again"
        if content is None:
            return f"{key} is missing: {remedy}"
        if expected[key] is None:
            return f"{key} is stored, but does not follow from the raw files: {remedy}"
        return f"{key} is not what follows from the raw files: {remedy}"

    keys = [key for key in expected if week_of_table_key(f"/{key}") in set(wanted)]
    return found + [said for _, said in base.storage.together(compare, keys) if said]


def _expected_files(made: Made) -> dict[str, bytes | None]:
    """Return what each file of the weeks must hold; None where none may be."""
    expected: dict[str, bytes | None] = {
        table_key(name, week): None for week in made.weeks for name in CHART_TABLES
    }
    for name, rows in made.all_tables.items():
        for week, of_week in split_by_week(rows):
            if name == CHECK_RESULTS.name or week not in made.withdrawn:
                expected[table_key(name, week)] = encode(of_week, TABLES[name])
    for week in made.weeks:
        for name in CHART_TABLES:
            rows = made.held_back.get(week, {}).get(name)
            content = encode(rows, None) if rows is not None else None
            expected[held_back_key(name, week)] = content
            if week not in made.withdrawn and expected[table_key(name, week)] is None:
                empty = CHART_TABLES[name].schema.empty_table()
                expected[table_key(name, week)] = encode(empty, CHART_TABLES[name])
    return expected


def _frames(base: Base, weeks: list[date], stored: dict[str, list[date]]) -> Frames:
    """Read the weeks as they are held back, else as they are stored."""
    held_back = {week_of_table_key(f"/{file.key}") for file in base.storage.files(HELD_BACK)}
    keys = {}
    for week in weeks:
        for name in CHART_TABLES:
            if week in held_back:
                keys[held_back_key(name, week)] = (name, week)
            elif any(week in stored.get(other, ()) for other in CHART_TABLES):
                keys[table_key(name, week)] = (name, week)
    frames = Frames(weeks, {name: [] for name in CHART_TABLES})

    def read(key: str) -> pa.Table | str:
        try:
            return decode(base.storage.read(key), keys[key][1])
        except FileNotFoundError:
            return f"{key} is missing: spotify-assets update --weeks {keys[key][1]} makes it again"
        except (OSError, ValueError, pa.ArrowException) as error:
            why = str(error).removeprefix("Could not open Parquet input source '<Buffer>': ")
            remedy = f"spotify-assets update --weeks {keys[key][1]} makes it again"
            return f"{key} can't be read: {why}; {remedy}"

    for key, rows in base.storage.together(read, keys):
        name, week = keys[key]
        if isinstance(rows, str):
            frames.problems[week, name] = [rows]
        else:
            frames.tables[name].append(rows)
    return frames


def _raw_files(base: Base, files: Sequence[tuple[RawName, str]], received: pa.Table) -> pa.Table:
    """Return what raw files say about themselves; CSV files as received aren't decoded."""
    noted = {
        (row["file"], row["sha256"]) for row in received.select(["file", "sha256"]).to_pylist()
    }
    contents = base.storage.read_many(key for _, key in files)
    named = ((name, content) for (name, _), (_, content) in zip(files, contents, strict=True))

    def is_known(name: RawName, content: bytes) -> bool:
        return name.kind != "playlist" and (name.path, hashlib.sha256(content).hexdigest()) in noted

    return describe_raw_files(named, base.charts, is_known)


def _snapshots(base: Base, weeks: Collection[date], raw_files: pa.Table) -> pa.Table:
    before = {week - ONE_WEEK for week in weeks} - set(weeks)
    files = [(n, f.key) for n, f in archived_files(base.storage, before) if n.kind == "playlist"]
    of_before = _raw_files(base, files, RAW_FILES.empty_table())
    return pa.concat_tables([of_before, raw_files]).select(SNAPSHOTS.names)


def _rejected(base: Base) -> tuple[str, ...]:
    files = [file.key for file in base.storage.files(REJECTED_FOLDER)]
    names = [key.removeprefix(REJECTED_FOLDER) for key in files if not key.endswith(REASON)]
    if not names:
        return ()
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (
        f"{len(names)} rejected files in {REJECTED_FOLDER}: {', '.join(names[:5])}{more}. The reason is "
        "beside each; once it is fixed: spotify-assets update --retry-rejected",
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
        "any, and Spotify doesn't tell every app",
    )
