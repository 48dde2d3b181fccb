"""Rules that hold a week's tables against each other: every reference resolves, both ways."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.verdicts import SHOWN_ROWS, StoredWeek, Verdict, listed
from spotify_assets.setting_thresholds import Thresholds


def albums_referenced(week: StoredWeek, _: Thresholds) -> Verdict:
    """Every album that a song names is in albums, and every album there is named by a song."""
    return _both_ways(
        ("songs", "album_id", _ids(week.tables["songs"], "album_id")),
        ("albums", "album_id", _ids(week.tables["albums"], "album_id")),
    )


def artists_referenced(week: StoredWeek, _: Thresholds) -> Verdict:
    """Every artist in the credits is in artists, and every artist there is credited."""
    return _both_ways(
        ("song_artists", "artist_id", _ids(week.tables["song_artists"], "artist_id")),
        ("artists", "artist_id", _ids(week.tables["artists"], "artist_id")),
    )


def songs_credited(week: StoredWeek, _: Thresholds) -> Verdict:
    """Every song that names artists has credits, and every credit is of a song in songs."""
    songs = week.tables["songs"]
    names = pc.utf8_trim_whitespace(songs.column("artist_names").fill_null(""))
    named = songs.filter(pc.not_equal(names, ""))
    credited = _ids(week.tables["song_artists"], "song_id")
    without = sorted(_ids(named, "song_id") - credited)
    unknown = sorted(credited - _ids(songs, "song_id"))
    return _verdict(
        [("songs", without, "song_artists"), ("song_artists", unknown, "songs")], "song_id"
    )


def positions_from_one(week: StoredWeek, _: Thresholds) -> Verdict:
    """A song's credits are numbered from 1 without one missing."""
    credited = week.tables["song_artists"]
    counted = credited.group_by(["song_id"], use_threads=False).aggregate(
        [("artist_position", "min"), ("artist_position", "max"), ([], "count_all")]
    )
    is_odd = pc.or_(
        pc.not_equal(counted.column("artist_position_min"), 1),
        pc.not_equal(counted.column("artist_position_max"), counted.column("count_all")),
    )
    odd = counted.filter(is_odd)
    ids = odd.column("song_id").to_pylist()
    findings = (f"credits of {listed(ids)} aren't numbered from 1 without holes",) if ids else ()
    return Verdict("credits numbered from 1", f"{len(ids)} songs otherwise", findings, _shown(odd))


def _both_ways(
    one: tuple[str, str, Collection[str]], other: tuple[str, str, Collection[str]]
) -> Verdict:
    (first, column, named), (second, _, there) = one, other
    return _verdict(
        [
            (first, sorted(set(named) - set(there)), second),
            (second, sorted(set(there) - set(named)), first),
        ],
        column,
    )


def _verdict(unresolved: list[tuple[str, list[str], str]], column: str) -> Verdict:
    findings = tuple(
        f"{_count(len(ids))} of {table} not in {other}: {listed(ids)}"
        for table, ids, other in unresolved
        if ids
    )
    rows = [
        {"table": table, column: one, "not in": other}
        for table, ids, other in unresolved
        for one in ids[:SHOWN_ROWS]
    ]
    total = sum(len(ids) for _, ids, _ in unresolved)
    return Verdict(f"every {column} in both", f"{total} in one only", findings, rows)


def _ids(table: pa.Table, column: str) -> set[str]:
    return set(pc.unique(table.column(column).drop_null()).to_pylist())


def _shown(table: pa.Table) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table.slice(0, SHOWN_ROWS).to_pylist()
    return rows


def _count(ids: int) -> str:
    return "1 id" if ids == 1 else f"{ids} ids"
