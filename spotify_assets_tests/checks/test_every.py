"""Every check over stored weeks, and `verify`: what is read of a base, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.checks.every import base_verdicts, check_stored, verify
from spotify_assets.checks.making import Base, make_weeks
from spotify_assets.checks.storing import store
from spotify_assets.checks.verdicts import as_rows
from spotify_assets.layout import IDENTITIES, REJECTED, RawName, held_back_key, sums_key, table_key
from spotify_assets.raw.missing import note_missing
from spotify_assets.storage import Storage
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import read_week, split_by_week
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST, archive, base_in, good_base

FIRST, SECOND, THIRD, _ = GOOD_WEEKS
NORWAY = RawName(LATEST, "norway", "playlist")


@pytest.fixture
def good(tmp_path: Path) -> Base:
    return good_base(tmp_path)


def failing(base: Base, weeks: list[date] | None = None) -> list[tuple[str, date, str | None]]:
    """Return the checks that fail, with week and chart."""
    found = check_stored(base, weeks)
    return [(v.check.title, v.week, v.chart) for v in found if not v.passed]


def same_snapshot() -> bytes:
    """Return a playlist that doesn't say when it was refreshed."""
    rows = [raw_samples.row(raw_samples.track(name)) for name in raw_samples.SONGS]
    return raw_samples.as_json(raw_samples.playlist(rows, snapshot_id="one"))


def test_good_weeks_pass_together_and_alone_with_the_verdicts_that_are_stored(good: Base) -> None:
    assert failing(good) == []
    for week, rows in split_by_week(as_rows(check_stored(good))):
        assert rows.equals(read_week(good.storage, "check_results", week))
        assert failing(good, [week]) == []
    assert verify(good) == verify(good, [LATEST]) == []


def test_a_snapshot_of_the_week_before_is_found_alone_and_among_all(good: Base) -> None:
    archive(
        good.storage, {RawName(w, "norway", "playlist"): same_snapshot() for w in (SECOND, THIRD)}
    )
    wanted = [("raw_playlist.refreshed_this_week", THIRD, "norway")]
    assert failing(good) == failing(good, [THIRD]) == wanted
    assert failing(good, [SECOND]) == failing(good, [LATEST]) == []


def test_a_snapshot_of_two_weeks_before_is_another_chart(good: Base) -> None:
    archive(
        good.storage, {RawName(w, "norway", "playlist"): same_snapshot() for w in (FIRST, THIRD)}
    )
    assert failing(good) == []


def test_why_a_chart_was_not_fetched_is_said(good: Base) -> None:
    good.storage.delete(NORWAY.archive_key)
    good.storage.delete(sums_key(LATEST))
    note_missing(good.storage, LATEST, {"norway": "norway: Spotify answered 404."})
    (verdict,) = [verdict for verdict in check_stored(good, [LATEST]) if not verdict.passed]
    assert verdict.check.title == "raw_playlist.expected_charts_present"
    assert verdict.findings == ("norway: Spotify answered 404.",)


def test_weeks_that_nothing_is_known_of_have_no_verdicts(good: Base, tmp_path: Path) -> None:
    assert check_stored(good, [LATEST + ONE_WEEK]) == []
    empty = base_in(tmp_path / "empty")
    assert (check_stored(empty), verify(empty)) == ([], [])


def test_a_list_of_sums_that_was_tampered_with_is_no_crash(good: Base) -> None:
    good.storage.write(sums_key(LATEST), b"\xff\xfe not a list\n" + b"0" * 64 + b"  ../x\n")
    assert failing(good, [LATEST]) == []


def test_a_week_that_is_held_back_is_judged_as_it_is_held_back(good: Base) -> None:
    archive(good.storage, {NORWAY: good.storage.read(NORWAY.archive_key)[:-1] + b" "})
    store(good.storage, make_weeks(good, [LATEST]))
    wanted = [("raw_playlist.archive_intact", LATEST, "norway")]
    assert failing(good) == failing(good, [LATEST]) == wanted
    assert verify(good) == []


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda s: s.write(table_key("songs", SECOND), b""), "songs.parquet is not what follows"),
        (lambda s: s.delete(table_key("albums", SECOND)), "albums.parquet is missing"),
        (
            lambda s: s.delete(table_key("check_results", SECOND)),
            "check_results.parquet is missing",
        ),
        (
            lambda s: s.write(held_back_key("songs", SECOND), b""),
            "songs.parquet is stored, but does",
        ),
    ],
    ids=["altered", "gone", "never judged", "too many"],
)
def test_verify_names_each_file_that_does_not_follow_from_the_raw_files(
    good: Base, damage: Callable[[Storage], object], says: str
) -> None:
    damage(good.storage)
    (finding,) = verify(good)
    assert says in finding
    assert finding.endswith(f"spotify-assets update --weeks {SECOND} makes it again")
    assert verify(good, [LATEST]) == []


def test_verify_finds_songs_confused(good: Base) -> None:
    store_identities(good.storage)
    assert verify(good) == []
    good.storage.write(IDENTITIES, good.storage.read(IDENTITIES) + b" ")
    (finding,) = verify(good)
    assert finding == (
        f"{IDENTITIES} is not what follows from the stored weeks: delete it, and spotify-assets update "
        "makes it again"
    )
    assert verify(good, [LATEST]) == []


def test_verify_names_the_files_of_a_week_without_raw_files(good: Base) -> None:
    for file in list(good.storage.files(f"raw/processed/week={FIRST}/")):
        good.storage.delete(file.key)
    assert verify(good, [FIRST]) == [
        f"{table_key(name, FIRST)} has no raw files left, so it can't be derived again"
        for name in TABLES
    ]


def test_a_table_that_is_gone_is_a_finding_with_its_remedy(good: Base) -> None:
    good.storage.delete(table_key("artists", LATEST))
    said = [
        s for v in check_stored(good) if v.check.title == "artists.as_declared" for s in v.findings
    ]
    key = table_key("artists", LATEST)
    assert said == [f"{key} is missing: spotify-assets update --weeks {LATEST} makes it again"]


def test_of_many_rejected_files_the_first_are_named(good: Base) -> None:
    for number in range(7):
        good.storage.write(f"{REJECTED}{number}\x1b\u202e.csv", b"")
    (finding,) = base_verdicts(good, NOW, FIRST)["raw_playlist.no_rejected_files"]
    says = "rejected files in raw/rejected/: 0 .csv; 1 .csv; 2 .csv; 3 .csv; 4 .csv; and 2 more. "
    assert finding.startswith(says)


@pytest.mark.parametrize(
    ("norway", "says"),
    [
        ([9, 8, 4, 2, 1, 0], ["not collected: norway in 2026-10-23"]),  # in 10-02, nothing is there
        ([9, 8], ["not collected: norway in 2026-11-13"]),  # it ended: only the latest is missed
        ([4, 3, 2, 1, 0], []),  # it began later
        ([], ["expected, and never collected: norway"]),
    ],
    ids=["a hole", "ended", "began later", "never"],
)
def test_only_a_charts_own_holes_and_the_latest_week_are_missed(
    tmp_path: Path, norway: list[int], says: list[str]
) -> None:
    base = replace(base_in(tmp_path), charts=read_charts(shipped_charts_file(), "norway,global"))
    for slug, weeks_ago in (("norway", norway), ("global", [9, 8, 4, 3, 2, 1, 0])):
        for ago in weeks_ago:
            key = RawName(LATEST - ago * ONE_WEEK, slug, "chart_csv").archive_key
            base.storage.write(key, b"")
    found = base_verdicts(base, NOW, FIRST)
    missed = found["raw_playlist.expected_charts_collected"]
    assert [one.partition(". Download")[0] for one in missed] == says
    (hole,) = found["raw_playlist.weeks_without_holes"]
    assert hole.startswith("no chart at all is there of 2026-09-25, 2026-10-02 and 2026-10-09. ")
    note_missing(base.storage, LATEST, {"norway": "Spotify answered 404."})
    for one in base_verdicts(base, NOW, FIRST)["raw_playlist.expected_charts_collected"]:
        # The week's own checks say why it isn't there, if it was there the week before.
        said = one.endswith(" Spotify was asked for 2026-11-13: norway: Spotify answered 404.")
        assert said == (1 not in norway)


def test_of_a_chart_without_a_country_there_is_no_csv_to_drop(tmp_path: Path) -> None:
    known = read_charts(shipped_charts_file(), "norway,global")
    mine = tuple(replace(chart, country="") for chart in known.charts)
    base = replace(base_in(tmp_path), charts=replace(known, charts=mine))
    for ago in (1, 0):
        key = RawName(LATEST - ago * ONE_WEEK, ("global", "norway")[ago], "playlist").archive_key
        base.storage.write(key, b"")
    missed = base_verdicts(base, NOW, FIRST)["raw_playlist.expected_charts_collected"]
    assert missed == ("not collected: norway in 2026-11-13.",)


def test_an_empty_base_misses_nothing_but_the_latest_week(tmp_path: Path) -> None:
    base = Base(
        base_in(tmp_path).storage, base_in(tmp_path).charts, {"check_latest_week_days": 0.4}
    )
    found = {title: said for title, said in base_verdicts(base, NOW, FIRST).items() if said}
    assert list(found) == ["raw_playlist.latest_week_present"]
    assert not any(base_verdicts(base, NOW, LATEST + ONE_WEEK).values())
