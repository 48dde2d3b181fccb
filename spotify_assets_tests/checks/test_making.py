"""What of a week is stored, what is held back, and which other weeks are made again for its sake.

That the order doesn't matter is in `test_order`, what each rule finds in the tests of the rules.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spotify_assets.checks import making
from spotify_assets.checks.declared import CHECKS
from spotify_assets.checks.every import check_stored, verify
from spotify_assets.checks.judge import judge
from spotify_assets.checks.making import make_weeks
from spotify_assets.checks.storing import store
from spotify_assets.checks.verdicts import Check, Verdict
from spotify_assets.layout import Kind, RawName, table_key
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import Derived, derive_tables
from spotify_assets.tables.schemas import CHART_TABLES, TABLES
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import decode, read_week, stored_weeks
from spotify_assets_tests.checks.small_charts import (
    archive,
    base_of,
    chart_csv,
    contents,
    damage,
    friday,
    good_file,
    made_once,
    names,
    playlist,
    raw_name,
    update,
    update_all,
)

W = 5  # the week that something is done to
WEEKS = 12


BOTH: dict[str, Kind] = {"norway": "playlist", "global": "chart_csv"}


def drop(
    storage: FolderStorage, chart: str, kind: Kind, version: int = 0, week: int = W
) -> RawName:
    """Archive a good file."""
    name = raw_name(chart, week, kind)
    archive(storage, name, good_file(name, version))
    return name


def drop_rising(storage: FolderStorage, version: int = 0) -> None:
    """Archive a chart file whose streams rise with the rank."""
    content = chart_csv(names("global", W, version), rising=True)
    archive(storage, raw_name("global", W, "chart_csv"), content)


def drop_playlist_of_next_week(storage: FolderStorage, chart: str) -> None:
    content = playlist(chart, friday(W + 1), names(chart, W, 3))
    archive(storage, raw_name(chart, W, "playlist"), content)


def damage_week(storage: FolderStorage) -> None:
    """Cut off all files of the week."""
    for chart, kind in BOTH.items():
        damage(storage, raw_name(chart, W, kind), cut=True)


@pytest.fixture
def years(tmp_path: Path) -> FolderStorage:
    """A base in which nothing is wrong: norway comes as playlists, global as chart files."""
    shutil.copytree(good_years(), tmp_path / "years")
    return FolderStorage(tmp_path / "years")


@cache
def good_years() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="good-years-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    storage = FolderStorage(folder)
    for week in range(WEEKS):
        for chart, kind in BOTH.items():
            drop(storage, chart, kind, week=week)
    update_all(storage)
    assert not any(errors(storage, week) for week in range(WEEKS))
    return folder


def sources(storage: FolderStorage, week: int = W) -> dict[str, str]:
    """Return which kind of file each stored chart of a week is from."""
    if friday(week) not in stored_weeks(storage)["songs"]:
        return {}
    rows = read_week(storage, "songs", friday(week))
    return dict(zip(rows["chart"].to_pylist(), rows["source"].to_pylist(), strict=True))


def songs(storage: FolderStorage, chart: str, week: int = W) -> list[str]:
    """Return a stored chart's songs, best first."""
    rows = read_week(storage, "songs", friday(week)).to_pylist()
    return [row["song_name"] for row in rows if row["chart"] == chart]


def findings(
    storage: FolderStorage, week: int = W, severity: str = "ERROR"
) -> dict[tuple[str, str | None], str]:
    """Return what failed in a week, by check and chart, as its stored verdicts say."""
    return {
        (f"{row['table_name']}.{row['check_name']}", row["chart"]): row["finding"]
        for row in read_week(storage, "check_results", friday(week)).to_pylist()
        if row["severity"] == severity and not row["passed"]
    }


def errors(storage: FolderStorage, week: int = W) -> set[tuple[str, str | None]]:
    return set(findings(storage, week))


def test_the_newest_earlier_file_that_passes_takes_a_failing_ones_place(
    years: FolderStorage,
) -> None:
    for version in (1, 2):
        drop(years, "global", "chart_csv", version)
    drop_rising(years, version=3)
    update_all(years)
    assert songs(years, "global") == names("global", W, 2)
    drop_rising(years, version=0)  # two bad ones on top
    update_all(years)
    assert songs(years, "global") == names("global", W, 2)
    damage(years, raw_name("global", W, "chart_csv"), cut=True)
    update_all(years)
    assert songs(years, "global") == names("global", W, 2)
    assert errors(years) == {("raw_playlist.archive_intact", "global")}
    assert verify(base_of(years)) == []


def test_which_earlier_file_is_the_newest_is_known_in_a_copied_base_as_well(
    years: FolderStorage,
) -> None:
    for version in (1, 2, 3, 2):
        drop(years, "global", "chart_csv", version)
    drop_rising(years)
    for path in years.root.rglob("*"):
        os.utime(path, (1, 1))
    update_all(years)
    assert songs(years, "global") == names("global", W, 2)


@pytest.mark.parametrize("good", ["chart_csv", "playlist"])
def test_the_other_kind_of_file_takes_a_failing_ones_place(
    storage: FolderStorage, good: Kind
) -> None:
    drop(storage, "global", good)
    if good == "playlist":
        drop_rising(storage)
    else:
        drop_playlist_of_next_week(storage, "global")
    update_all(storage)
    assert sources(storage) == {"global": good}
    assert len(errors(storage)) == 1


def test_with_two_bad_kinds_an_older_version_is_used_alone(storage: FolderStorage) -> None:
    drop(storage, "global", "chart_csv", 1)
    drop_rising(storage)
    drop_playlist_of_next_week(storage, "global")
    update_all(storage)
    assert songs(storage, "global") == names("global", W, 1)


def test_a_week_of_which_nothing_passes_has_verdicts_and_no_rows(years: FolderStorage) -> None:
    damage_week(years)
    update_all(years)
    keys = [table_key(name, friday(W)) for name in TABLES]
    assert [key for key in keys if years.exists(key)] == [table_key("check_results", friday(W))]
    assert errors(years) == {("raw_playlist.archive_intact", chart) for chart in BOTH}
    assert verify(base_of(years)) == []
    for chart, kind in BOTH.items():  # the cause is fixed
        drop(years, chart, kind, 1)
    update_all(years)
    assert sources(years) == BOTH
    assert errors(years) == set()
    assert not list(years.files("held_back/"))


def losing_an_artist(rows: dict[str, pa.Table]) -> dict[str, pa.Table]:
    artists = rows["artists"]
    is_first = pc.and_(pc.equal(artists["week"], friday(W)), pc.equal(artists["name"], "Ida Nord"))
    return rows | {"artists": artists.filter(pc.invert(is_first))}


def with_a_strange_chart(rows: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Call a chart of the week what no file has, and all its songs the same."""
    songs = rows["songs"]
    is_norway = pc.and_(pc.equal(songs["week"], friday(W)), pc.equal(songs["chart"], "norway"))
    for place, column, value in ((2, "chart", "strange"), (4, "song_id", "same")):
        values = pc.if_else(is_norway, value, songs[column])
        songs = songs.set_column(place, CHART_TABLES["songs"].schema.field(column), values)
    return rows | {"songs": songs}


@pytest.mark.parametrize(
    ("mistake", "failing"),
    [
        (losing_an_artist, ("songs.references_resolve", None)),
        (with_a_strange_chart, ("songs.song_once_per_chart", "strange")),
    ],
)
def test_an_error_that_no_charts_file_is_to_blame_for_holds_back_the_week(
    years: FolderStorage, mistake: Any, failing: tuple[str, str | None]
) -> None:
    def derive(*raw_files: Any) -> Derived:
        derived = derive_tables(*raw_files)
        return replace(derived, tables=mistake(derived.tables))

    store(years, make_weeks(base_of(years), [friday(W)], derive))
    assert sources(years) == {}
    assert failing in errors(years)
    assert all(sources(years, week) == BOTH for week in range(WEEKS) if week != W)
    update(years, [friday(W)])
    assert sources(years) == BOTH


def test_an_error_that_a_week_without_rows_has_too_holds_it_back_once(
    years: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT DISTINCT week, 'it never passes' AS finding FROM earlier"
    never = Check("songs", "never_passes", "ERROR", "Nothing.", "It is a mistake.", sql=sql)
    judged = count()

    def judge_with_it(*given: Any) -> list[Verdict]:
        assert next(judged) < 5, "it is judged for ever"
        return judge(*given, [*CHECKS, never])

    monkeypatch.setattr(making, "judge", judge_with_it)
    update(years, [friday(W)])
    assert sources(years) == {}
    assert errors(years) == {("songs.never_passes", None)}


@pytest.mark.parametrize(("damaged", "cut"), [("chart_csv", True), ("playlist", False)])
def test_a_damaged_file_is_not_used_and_the_rest_goes_on(
    storage: FolderStorage, damaged: Kind, cut: bool
) -> None:
    for chart, kind in (*BOTH.items(), ("global", "playlist")):
        drop(storage, chart, kind)
    damage(storage, raw_name("global", W, damaged), cut=cut)
    update_all(storage)
    other = "playlist" if damaged == "chart_csv" else "chart_csv"
    assert sources(storage) == {"norway": "playlist", "global": other}
    (finding,) = findings(storage).values()
    assert raw_name("global", W, damaged).path in finding
    assert verify(base_of(storage)) == []


def test_a_damaged_older_version_is_no_fallback(storage: FolderStorage) -> None:
    for version in (1, 2):
        name = drop(storage, "global", "chart_csv", version)
    drop_rising(storage)
    content = good_file(name, 2)
    newest = name.superseded_key(sha256(content).hexdigest())
    storage.write(newest, content.replace(b"Nord Records", b"Bord Records"))
    update_all(storage)
    assert songs(storage, "global") == names("global", W, 1)


def test_a_file_that_is_gone_is_replaced_by_the_other_kind_or_an_older_version(
    storage: FolderStorage,
) -> None:
    for version in (1, 2):
        name = drop(storage, "global", "chart_csv", version)
    drop(storage, "global", "playlist")
    drop(storage, "norway", "playlist")
    drop(storage, "norway", "playlist", 1)
    storage.delete(name.archive_key)
    storage.delete(raw_name("norway", W, "playlist").archive_key)
    update_all(storage)
    assert sources(storage) == BOTH
    assert songs(storage, "global") == names("global", W, 1)
    assert errors(storage) == {("raw_playlist.archive_intact", chart) for chart in BOTH}
    assert all("is gone from the archive" in finding for finding in findings(storage).values())


def test_a_neighbour_whose_stored_file_is_damaged_stops_nothing(years: FolderStorage) -> None:
    key = table_key("songs", friday(W - 1))
    page = bytearray(years.read(key))
    page[50] ^= 0xFF
    years.write(key, bytes(page))
    with pytest.raises(OSError):  # noqa: PT011 - what Arrow says is nothing to rely on
        decode(bytes(page), friday(W - 1))
    drop(years, "norway", "playlist", 1)
    update_all(years)
    assert songs(years, "norway") == names("norway", W, 1)
    (finding,) = {
        said
        for verdict in check_stored(base_of(years), [friday(W - 1)])
        for said in verdict.findings
        if verdict.check.title == "songs.as_declared"
    }
    assert f"{key} can't be read" in finding


def test_a_week_made_late_is_compared_with_those_after_it(
    storage: FolderStorage, tmp_path: Path
) -> None:
    for week in [*range(W), *range(W + 1, WEEKS), W]:
        drop(storage, "global", "chart_csv", week=week)
        if week == WEEKS - 1:
            update_all(storage)
            agreement = ("songs.previous_rank_agreement", "global")
            assert agreement not in findings(storage, W + 1, "WARN")  # there is no week before
    update_all(storage)
    assert agreement in findings(storage, W + 1, "WARN")
    assert contents(storage) == made_once(storage, tmp_path / "fresh")


def test_a_held_back_week_is_released_by_a_later_weeks_own_chart_and_those_between_know(
    storage: FolderStorage, tmp_path: Path
) -> None:
    for week in range(WEEKS):
        if week != W:
            drop(storage, "global", "chart_csv", week=week)
    later = raw_name("global", W + 3, "chart_csv")
    archive(storage, later, good_file(raw_name("global", W, "chart_csv")))
    update_all(storage)
    drop(storage, "global", "chart_csv")
    update_all(storage)
    assert sources(storage) == {}
    assert errors(storage) == {("songs.not_a_copy", "global")}
    archive(storage, later, good_file(later, 1))
    update_all(storage)
    assert sources(storage) == {"global": "chart_csv"}
    assert errors(storage) == set()
    assert contents(storage) == made_once(storage, tmp_path / "fresh")


def test_weeks_that_are_stale_are_left_for_their_own_run(
    years: FolderStorage, tmp_path: Path
) -> None:
    for week in (0, 3):
        drop(years, "global", "chart_csv", 1, week)
    first = update(years, [friday(0)])
    assert friday(3) not in first.weeks
    assert stale_weeks(years) == [friday(3)]
    update_all(years)
    assert contents(years) == made_once(years, tmp_path / "fresh")


def test_a_week_without_rows_is_no_place_among_the_eight_before(
    years: FolderStorage, tmp_path: Path
) -> None:
    damage_week(years)
    update_all(years)
    short = chart_csv(names("global", 0)[:12])
    archive(years, raw_name("global", 0, "chart_csv"), short)
    made = update(years, stale_weeks(years))
    assert made.weeks == [friday(week) for week in range(10)]  # the tenth looks back on the first
    assert contents(years) == made_once(years, tmp_path / "fresh")


def two_charts_alike(storage: FolderStorage) -> None:
    """Norway's file is global's, and only a bad file of the week before speaks for it."""
    alike = names("global", W)
    for week in range(W):
        drop(storage, "norway", "chart_csv", week=week)
        drop(storage, "global", "chart_csv", week=week)
    archive(storage, raw_name("norway", W - 1, "chart_csv"), chart_csv(alike, rising=True))
    archive(storage, raw_name("norway", W, "chart_csv"), chart_csv(alike))
    drop(storage, "global", "chart_csv")


def test_of_two_charts_alike_the_stored_week_before_decides_not_a_file_that_was_held_back(
    storage: FolderStorage, tmp_path: Path
) -> None:
    two_charts_alike(storage)
    update_all(storage)
    assert sources(storage) == {"global": "chart_csv"}
    assert errors(storage) == {("songs.charts_differ", "norway")}
    singly = FolderStorage(tmp_path / "singly")
    two_charts_alike(singly)
    for week in stale_weeks(singly):
        update(singly, [week])
    assert contents(singly) == contents(storage)


def test_other_rows_of_a_week_made_again_reach_beyond_eight_weeks(
    storage: FolderStorage, tmp_path: Path
) -> None:
    # Norway's file of week 8 is global's; whose it is depends on week 0, norway's last before.
    alike = sorted(names("global", 8), reverse=True)  # songs that are new in week 8 first
    for week in (*range(8), *range(9, 18)):
        drop(storage, "global", "chart_csv", week=week)
    for chart in ("norway", "global"):
        archive(storage, raw_name(chart, 8, "chart_csv"), chart_csv(alike))
    archive(storage, raw_name("norway", 0, "chart_csv"), chart_csv(alike[::-1]))
    update_all(storage)
    assert sources(storage, 8) == {"norway": "chart_csv"}
    drop(storage, "norway", "chart_csv", week=0)
    made = update(storage, stale_weeks(storage))
    assert sources(storage, 8) == {"global": "chart_csv"}
    assert made.weeks == [friday(week) for week in range(17)]
    assert contents(storage) == made_once(storage, tmp_path / "fresh")


def test_a_playlist_of_this_week_under_the_week_befores_name_is_held_back_there_only(
    years: FolderStorage,
) -> None:
    content = good_file(raw_name("norway", W, "playlist"))
    archive(years, raw_name("norway", W - 1, "playlist"), content)
    update_all(years)
    assert ("raw_playlist.refreshed_this_week", "norway") in errors(years, W - 1)
    assert songs(years, "norway", W - 1) == names("norway", W - 1)  # the version before
    assert errors(years) == set()


def test_a_held_back_copy_of_a_later_week_says_so_the_first_time_already(
    storage: FolderStorage,
) -> None:
    for week in (W, W + 1):
        drop(storage, "norway", "playlist", week=week)
    archive(
        storage,
        raw_name("norway", W, "playlist"),
        playlist("norway", friday(W + 1), names("norway", W + 1)),
    )
    update_all(storage)
    assert errors(storage) == {
        ("raw_playlist.refreshed_this_week", "norway"),
        ("songs.not_a_copy", "norway"),
    }
    assert verify(base_of(storage)) == []


def test_verdicts_are_written_last_and_again_even_if_equal(years: FolderStorage) -> None:
    written: list[str] = []

    class Noting(FolderStorage):
        def write(self, key: str, content: bytes) -> str:
            written.append(key)
            return super().write(key, content)

        def delete(self, key: str) -> None:
            written.append(f"without {key}")
            super().delete(key)

    before = contents(years)
    made = update(years, [friday(W)], Noting(years.root))
    verdicts = [table_key("check_results", week) for week in made.weeks]
    count = len(verdicts)
    assert made.weeks == [friday(week) for week in range(W, WEEKS)]
    assert written[:count] == [f"without {key}" for key in verdicts]
    assert written[-count:] == verdicts
    assert not set(verdicts) & set(written[:-count])
    assert contents(years) == before


def test_weeks_without_raw_files_are_left_as_they_are(years: FolderStorage) -> None:
    before = contents(years)
    for chart, kind in BOTH.items():
        years.delete(raw_name(chart, W, kind).archive_key)
    made = make_weeks(base_of(years), [friday(W), friday(WEEKS + 5)])
    assert friday(W) not in made.weeks
    store(years, made)
    assert contents(years) == before
    assert len(verify(base_of(years))) == len(TABLES)
