"""Two examples of every check: a week, or a base, that passes, and one that fails.

Each is a line or two of made-up rows. A check that is added below `checks/rules` gets its examples
here, and nowhere else; see docs/adding_a_check.md. What rules make of edge cases is in `test_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.checks.every import base_verdicts
from spotify_assets.checks.making import Base
from spotify_assets.layout import ARCHIVE, CORRECTIONS, OPEN_DATA, REJECTED
from spotify_assets.open_data.store import Journal, Known, Match
from spotify_assets.settings import DEFAULT_THRESHOLDS
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.store import write_week
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.chart_frames import Row, album, artist, credit, friday, song
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.stored_samples import (
    Found,
    Given,
    again,
    csv_chart,
    given,
    past,
    raw_file,
    table_of,
)

MBID = "0b7f0f4e-0000-4000-8000-000000000001"
LATEST = date(2026, 11, 13)  # the week that closed last, by the tests' clock


@dataclass(frozen=True)
class InBase:
    """A base, as the checks of the whole base look at it."""

    files: tuple[str, ...] = ()
    artists: tuple[Row, ...] = ()
    songs: tuple[Row, ...] = ()
    corrections: str = ""
    absent: tuple[str, ...] = ()  # keys of songs whose corrections name no recording
    now: datetime = NOW
    first_week: date = LATEST - 50 * ONE_WEEK

    def found(self, title: str, **settings: float) -> list[Found]:
        """Return what a check finds; nothing where it passes."""
        with TemporaryDirectory() as folder:
            storage = FolderStorage(Path(folder))
            for key in self.files:
                storage.write(key, b"{}")
            if self.artists:
                write_week(storage, "artists", LATEST, table_of("artists", self.artists))
            if self.songs:
                write_week(storage, "songs", LATEST, table_of("songs", self.songs))
            storage.write(CORRECTIONS, self.corrections.encode())
            journal = Journal(storage, OPEN_DATA, Known())
            for key in self.absent:
                journal.note("matches", key, Match(LATEST, refused="absent"), NOW)
            journal.write()
            charts = read_charts(shipped_charts_file(), "norway,global")
            base = Base(storage, charts, {**DEFAULT_THRESHOLDS, **settings})
            findings = base_verdicts(base, self.now, self.first_week)[title]
        return [(None, findings, ())] if findings else []


@dataclass(frozen=True)
class Example:
    """What passes, what fails, and everything that is found then."""

    passes: Given | InBase
    fails: Given | InBase
    found: tuple[Found, ...] = field(default=())


def example(
    passes: Given | InBase,
    fails: Given | InBase,
    *findings: str,
    chart: str | None = "norway",
    rows: tuple[Mapping[str, object], ...] = (),
) -> Example:
    """Return an example whose findings are about one chart, or about None."""
    return Example(passes, fails, ((chart, findings, rows),))


def archived(*charts: str, weeks_ago: int = 0) -> tuple[str, ...]:
    """Return the keys of these charts' raw files, of the latest week or of one before."""
    week = LATEST - weeks_ago * ONE_WEEK
    return tuple(f"{ARCHIVE}week={week}/{chart}.playlist.json" for chart in charts)


NORWAY = csv_chart(0, 5)
FILES = [raw_file(3, "norway"), raw_file(3, "global", "chart_csv")]
RECEIVED = [{key: row[key] for key in ("week", "chart", "file", "sha256")} for row in FILES]
CREDITED = [
    song(0, 1, "A", album_id="first"),
    song(0, 2, "B", album_id="second"),
    song(0, 3, "C"),
    song(0, 1, "A", chart="global", album_id="first"),
]
CREDITS = [
    *credit(0, "id-A", ["Ada", "Bo"]),
    *credit(0, "id-B", ["Bo"]),
    *credit(0, "id-C", ["Cy"]),
]
ARTISTS = [artist(0, name, ["pop"]) for name in ("Ada", "Bo", "Cy")]
GOOD = given(3, csv_chart(3), stored=past(2))
RELATED = given(0, CREDITED, song_artists=CREDITS, artists=ARTISTS)


def with_changes(*changes: tuple[int, Row]) -> Given:
    """Return five good rows of Norway with other values in some of them, by rank."""
    rows = [dict(row) for row in NORWAY]
    for rank, change in changes:
        rows[rank - 1] |= change
    return given(0, rows)


EXAMPLES: dict[str, Example] = {
    "raw_playlist.archive_intact": Example(
        given(3, raw_files=FILES, received=RECEIVED),
        given(
            3,
            raw_files=[
                raw_file(3, "norway", sha256="c" * 64),
                raw_file(3, "sweden", "chart_csv", problem="It is empty."),
            ],
            received=RECEIVED,
        ),
        (
            (
                "global",
                (
                    "week=2025-11-28/global.chart.csv was received, and is gone from the archive: drop "
                    "it again, or take its line out of SHA256SUMS",
                ),
                (),
            ),
            (
                "norway",
                (
                    "week=2025-11-28/norway.playlist.json isn't what was received: its SHA-256 is "
                    "cccccccccccc…, and was nnnnnnnnnnnn…. Drop the good file again",
                ),
                (),
            ),
            ("sweden", ("week=2025-11-28/sweden.chart.csv can't be read: It is empty.",), ()),
        ),
    ),
    "raw_playlist.charts_complete": example(
        given(3, raw_files=FILES),
        given(3, raw_files=[raw_file(3, "norway", stated_total=200)]),
        "50 of 200 rows are there: drop the pages that are missing, or the chart's CSV file",
    ),
    "raw_playlist.expected_charts_present": Example(
        given(3, csv_chart(3), raw_files=FILES, stored=past(2)),
        given(
            3,
            raw_files=[raw_file(3, "sweden")],
            stored=[*past(2), *csv_chart(2, chart="global")],
            missing=[{"week": friday(3), "chart": "global", "reason": "Spotify says no."}],
        ),
        (
            ("global", ("Spotify says no.",), ()),
            (
                "norway",
                (
                    "it was not collected, and was in 2025-11-21: download its weekly chart from "
                    "charts.spotify.com and drop it into the inbox",
                ),
                (),
            ),
        ),
    ),
    "raw_playlist.refreshed_this_week": example(
        given(3, raw_files=FILES),
        given(
            3,
            raw_files=[raw_file(3, "norway", refreshed_at=datetime(2025, 12, 4, 9))],  # noqa: DTZ001
            snapshots=[{"week": friday(2), "chart": "norway", "snapshot_id": "snapshot 3"}],
        ),
        "week=2025-11-28/norway.playlist.json is the snapshot of the week before (snapshot 3)",
        "week=2025-11-28/norway.playlist.json was refreshed on 2025-12-04, so it shows the week "
        "2025-11-21",
    ),
    "songs.as_declared": example(
        given(0, NORWAY),
        with_changes((1, {"rank": 0}), (2, {"popularity": 101}), (3, {"popularity": -1})),
        "popularity is not allowed in 2 rows",
        "rank is not allowed in 1 row",
        rows=(
            {"chart": "norway", "song_id": "id-Song 2"},
            {"chart": "norway", "song_id": "id-Song 1"},
        ),
    ),
    "songs.song_once_per_chart": example(
        given(0, [*NORWAY, *csv_chart(0, 5, chart="global")]),
        with_changes((4, {"song_id": "id-Song 2"})),
        "the song id-Song 2 is there 2 times, at ranks 2 to 4",
        rows=({"chart": "norway", "song_id": "id-Song 2"},),
    ),
    "songs.charts_differ": example(
        given(3, [*csv_chart(3), *csv_chart(4, chart="global")], stored=past(2)),
        given(3, [*csv_chart(3, 30), *csv_chart(3, chart="global")], stored=past(2)),
        "the first 20 ranks are those of norway: the file is another chart's, so drop the right one",
        chart="global",
    ),
    "songs.ranks_without_holes": example(
        given(0, NORWAY),
        given(0, [NORWAY[1], NORWAY[4]]),
        "there is no rank 1, 3, 4",
    ),
    "songs.values_plausible": example(
        with_changes((1, {"duration_ms": 30_000}), (2, {"duration_ms": 1_200_000})),
        with_changes(
            (1, {"duration_ms": 29_999}), (2, {"duration_ms": 1_200_001}), (5, {"streams": 0})
        ),
        "0 streams in 1 row",
        "a length above 20 min in 1 row",
        "a length below 30 s in 1 row",
        rows=tuple({"chart": "norway", "song_id": f"id-Song {number}"} for number in (5, 2, 1)),
    ),
    "songs.streams_fall_with_rank": example(
        with_changes((3, {"streams": 998_000})),  # as many as the one above
        with_changes((3, {"streams": 998_001})),
        "rank 3 has 998,001 streams, more than rank 2 with 998,000",
        rows=(
            {
                "chart": "norway",
                "rank": 3,
                "song_id": "id-Song 3",
                "song_name": "Song 3",
                "streams": 998_001,
            },
        ),
    ),
    "songs.names_intact": example(
        with_changes((1, {"song_name": "Señorita"}), (2, {"song_name": "#På tur? &"})),
        with_changes(
            (1, {"song_name": "Se\ufffdorita"}),
            (2, {"artist_names": "SeÃ±or"}),
            (3, {"label": "#REF!"}),
        ),
        '3 rows with spoilt names: rank 1 "Se\ufffdorita", rank 2 "SeÃ±or", rank 3 "#REF!". Download '
        "the file again, and don't open it in a spreadsheet or editor before you drop it",
        rows=({"chart": "norway", "song_id": "id-Song 1"},),
    ),
    "songs.row_count": example(
        GOOD,
        given(3, csv_chart(3, 150), stored=past(2)),
        "150 rows, and 200 in the weeks before: its file may be cut off, so drop it again",
    ),
    "songs.streams_as_usual": example(
        GOOD,
        given(3, [r | {"streams": r["streams"] // 4} for r in csv_chart(3)], stored=past(2)),
        "the first 20 ranks have 4,947,500 streams, and had 19,790,000 in the weeks before: is it "
        "another chart's file?",
    ),
    "songs.overlap_with_week_before": example(
        GOOD,
        given(3, again(3, csv_chart(30)), stored=past(2)),
        "0.0 % of its songs are from 2025-11-21: is it of another chart or week?",
    ),
    "songs.not_a_copy": example(
        GOOD,
        given(3, again(3, csv_chart(2)), stored=past(2)),
        "it is the same as in 2025-11-21, rank for rank: one of the two is under a wrong date, so drop "
        "the right file of 2025-11-28",
        rows=({"chart": "norway", "song_id": "id-Song 21"},),
    ),
    "songs.previous_rank_agreement": example(
        GOOD,
        given(3, [r | {"reported_previous_rank": None} for r in csv_chart(3)], stored=past(2)),
        "5.0 % of the ranks in 2025-11-21 are as Spotify reports them: one of the two weeks "
        "may be under a wrong date",
    ),
    "songs.references_resolve": example(
        RELATED,
        given(
            0,
            CREDITED,
            albums=[album(0, "first"), album(0, "third")],
            song_artists=[*CREDITS[2:], *credit(0, "id-gone", ["Bo"])],
            artists=[*ARTISTS[1:2], artist(0, "Di")],
        ),
        "albums are there that no song names: third",
        "albums that songs name are missing: second",
        "artists are there that no credit names: di",
        "artists that credits name are missing: cy",
        "songs that credits name are missing: id-gone",
        "songs that name artists have no credits: id-A",
        chart=None,
        rows=({"id": "third"}, {"id": "second"}, {"id": "di"}, {"id": "cy"}, {"id": "id-gone"}),
    ),
    "albums.as_declared": Example(
        RELATED,
        given(0, CREDITED, albums=[album(0, "first", date(1984, 2, 1), "year")]),
        tuple(
            (
                chart,
                ("release_date is not allowed in 1 row, which other charts have as well",),
                ({"chart": chart, "album_id": "first"},),
            )
            for chart in ("global", "norway")
        ),
    ),
    "albums.release_dates": example(
        given(0, CREDITED, albums=[album(0, "first", friday(0) + timedelta(days=6))]),
        given(0, CREDITED, albums=[album(0, "first", friday(1)), album(0, "second", friday(0))]),
        "1 album dated after the week's end",
        chart=None,
        rows=({"album_id": "first"},),
    ),
    "artists.as_declared": example(
        given(0, CREDITED, song_artists=CREDITS, artists=[ARTISTS[2] | {"popularity": 100}]),
        given(0, CREDITED, song_artists=CREDITS, artists=[ARTISTS[2] | {"popularity": 101}]),
        "popularity is not allowed in 1 row",
        rows=({"chart": "norway", "artist_id": "cy"},),
    ),
    "artists.genre_coverage": example(
        given(
            1,
            again(1, CREDITED),
            artists=[artist(1, "Ada", ["pop"]), artist(1, "Bo")],
            artists_stored=ARTISTS,
            stored=NORWAY,
        ),
        given(
            1,
            again(1, CREDITED),
            artists=[artist(1, "Ada", ["pop"]), artist(1, "Bo", []), artist(1, "Cy")],
            artists_stored=ARTISTS,
            stored=NORWAY,
        ),
        "1 of 3 artists have a genre, and 100 % had one in 2025-11-07",
        chart=None,
    ),
    "song_artists.as_declared": example(
        RELATED,
        given(0, CREDITED, song_artists=[*CREDITS, CREDITS[3] | {"artist_name": None}]),
        "2 rows have the same week, song_id, artist_position",
        "artist_name is null in 1 row",
        rows=({"chart": "norway", "artist_position": 1}, {"chart": "norway", "artist_position": 1}),
    ),
    "song_artists.positions_from_one": Example(
        RELATED,
        given(0, CREDITED, song_artists=[*CREDITS[1:3], CREDITS[3] | {"artist_position": 3}]),
        (
            (
                "global",
                ("the credits of id-A are not numbered from 1",),
                ({"chart": "global", "song_id": "id-A"},),
            ),
            (
                "norway",
                tuple(f"the credits of {i} are not numbered from 1" for i in ("id-A", "id-C")),
                tuple({"chart": "norway", "song_id": i} for i in ("id-A", "id-C")),
            ),
        ),
    ),
    "raw_playlist.no_rejected_files": example(
        InBase(),
        InBase((f"{REJECTED}a.csv", f"{REJECTED}a.csv.reason.txt", f"{REJECTED}b.json")),
        "rejected files in raw/rejected/: a.csv; b.json. The reason is beside each; fix it or "
        "delete the file, then: spotify-assets update --retry-rejected",
        chart=None,
    ),
    "raw_playlist.latest_week_present": example(
        InBase(archived("norway"), now=NOW + timedelta(days=6)),
        InBase(archived("norway", weeks_ago=1), now=NOW + timedelta(days=3)),
        "2026-11-13 closed 4 days ago and isn't stored. Download the weekly chart from "
        "charts.spotify.com and drop it into the inbox.",
        chart=None,
    ),
    "raw_playlist.weeks_without_holes": example(
        InBase(
            (*archived("norway", weeks_ago=2), *archived("global", weeks_ago=1), *archived("no"))
        ),
        InBase((*archived("norway", weeks_ago=9), *archived("norway", weeks_ago=1))),
        "no chart at all is there of 7 weeks, 2026-09-18 to 2026-10-30. Download the weekly chart from "
        "charts.spotify.com and drop it into the inbox.",
        chart=None,
    ),
    "raw_playlist.expected_charts_collected": example(
        # Global began later than Norway, and one that isn't expected has ended.
        InBase(
            (
                *archived("norway", "sweden", weeks_ago=2),
                *archived("norway", "global", weeks_ago=1),
                *archived("norway", "global"),
            )
        ),
        InBase((*archived("sweden", weeks_ago=1), *archived("sweden"))),
        "expected, and never collected: norway; global. Download the weekly chart from "
        "charts.spotify.com and drop it into the inbox. If you do without some, name the charts that "
        "you want in SPOTIFY_ASSETS_CHARTS.",
        chart=None,
    ),
    "details.corrections_apply": example(
        InBase(
            songs=(song(0, 1, "A", song_id="a" * 22),),
            corrections=f"song_id,recording\n{'a' * 22},none\n",
        ),
        InBase(
            songs=(song(0, 1, "A", song_id="a" * 22, song_key="a"),),
            corrections=f"{'a' * 22},{MBID}\n{'b' * 22},none\n",
            absent=("a",),
        ),
        f"songs that no chart has, in raw/details/corrections.csv: {'b' * 22}",
        "recordings that MusicBrainz doesn't have, in raw/details/corrections.csv: "
        f"{MBID} (of {'a' * 22})",
        chart=None,
    ),
    "artists.genres_known": example(
        InBase(artists=(artist(0, "Ada", ["pop"]), artist(0, "Bo"))),
        InBase(artists=(artist(0, "Ada"), artist(0, "Bo", []))),
        "none of the 2 artists of 2026-11-13 has a genre: chart files don't have any, nor albums and "
        "lengths, and Spotify doesn't tell every app. Open data is asked for them if "
        "SPOTIFY_ASSETS_CONTACT is set",
        chart=None,
    ),
}
