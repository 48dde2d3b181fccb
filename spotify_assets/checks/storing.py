"""Store weeks that were made: what passes, what is held back, and each week's verdicts last.

While a week is being stored it has no check_results, so that it is stale wherever the run is killed. The
weeks of a Dagster run are written by its IO manager; what is written of them here comes before that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import pyarrow.compute as pc

from spotify_assets.checks.making import Base, Made, make_weeks, read_columns
from spotify_assets.layout import HELD_BACK, TABLE_FILES, held_back_key, table_key
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.details import read_details, store_single_artists
from spotify_assets.storage import Storage
from spotify_assets.tables.names import fold, split_artists
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS, COLUMNS, COLUMNS_KEY, TABLES
from spotify_assets.tables.store import encode, split_by_week, stored_weeks


def make_noting_artists(base: Base, weeks: Collection[date]) -> Made:
    """Return the weeks as `make_weeks` does, and note which names with a comma are one artist's.

    Playlists, details and MusicBrainz have it by itself, with an id; a chart file doesn't say where
    it ends.
    Stored weeks that have a name which is new become stale. A name that is noted stays so.
    """
    made = make_weeks(base, weeks)
    artists = made.tables["artists"]
    has_id = pc.or_(pc.is_valid(artists["artist_url"]), pc.is_valid(artists["mbid"]))
    credited = artists.filter(has_id)["name"].to_pylist()
    # Most weeks have none: those that are kept whole anyway aren't worth noting.
    names = {name for name in credited if ", " in name and split_artists(name) != (name.strip(),)}
    if not names or not (names := names - read_details(base.storage).single_artists):
        return made
    stored = stored_weeks(base.storage).get("songs", ())
    songs = read_columns(base.storage, "songs", stored, ["week", "artist_names"])
    having = [
        week
        for week, text in zip(
            songs["week"].to_pylist(), songs["artist_names"].to_pylist(), strict=True
        )
        if text and any(fold(name) in fold(text) for name in names)
    ]
    store_single_artists(base.storage, names, [*made.weeks, *having])
    return make_weeks(base, weeks)


def store(storage: Storage, made: Made, but: Collection[date] = ()) -> None:
    """Write the weeks; of the weeks in `but`, all that isn't for the IO manager to write."""
    there = {file.key for prefix in (TABLE_FILES, HELD_BACK) for file in storage.files(prefix)}
    if COLUMNS_KEY not in there:
        storage.write(COLUMNS_KEY, COLUMNS)
    for key in (table_key(CHECK_RESULTS.name, week) for week in made.weeks):
        if key in there:
            storage.delete(key)
    for key, content in files_of(made, but):
        if content is not None:
            storage.write(key, content)
        elif key in there:
            storage.delete(key)


def leave_changed_stale(storage: Storage, made: Made) -> set[date]:
    """Delete the verdicts of weeks whose raw files another run has changed meanwhile; return those.

    Their verdicts are newer than those files, so nothing else would show that they weren't used.
    """
    changed = {
        name.week for name, _ in {*made.archived} ^ {*archived_files(storage.now, made.weeks)}
    }
    for week in changed:
        storage.delete(table_key(CHECK_RESULTS.name, week))
    return changed


def files_of(made: Made, but: Collection[date] = ()) -> Iterator[tuple[str, bytes | None]]:
    """Yield what each file of the weeks must hold, None where none may be; verdicts come last."""
    for week in made.weeks:
        tables = made.held_back.get(week)
        for name in CHART_TABLES:
            # As it is: it may be held back because it doesn't fit the declaration.
            yield held_back_key(name, week), encode(tables[name], None) if tables else None
    withdrawn = made.withdrawn
    for week in withdrawn:
        for name in CHART_TABLES:
            yield table_key(name, week), None
    for name, rows in made.all_tables.items():
        table, parts = TABLES[name], dict(split_by_week(rows))
        for week in sorted(set(made.weeks) - set(but)):
            if name == CHECK_RESULTS.name or week not in withdrawn:
                of_week = parts.get(week, table.schema.empty_table())
                yield table_key(name, week), encode(of_week, table)
