"""Which files are taken for a weekly song chart of a country, and which are refused as another kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox
from spotify_assets.raw.recognise import recognise
from spotify_assets.raw.rejected import Rejected
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.fixed_clock import NOW, fixed_clock
from spotify_assets_tests.inbox_files import drop, empty_inbox, files_in
from spotify_assets_tests.kinds_of_files import PAGE, REFUSED, TAKEN, as_page
from spotify_assets_tests.raw_samples import (
    WEEK,
    as_json,
    chart_csv,
    csv_name,
    legacy_csv,
    playlist,
    rows,
)

SONGS = [f"Song {letter}" for letter in "abcdefghij"]


@pytest.mark.parametrize(("path", "content", "chart"), TAKEN)
def test_a_weekly_song_chart_of_a_country_is_taken_in(
    path: str, content: bytes, chart: str, charts: Charts
) -> None:
    (name,) = recognise(path, content, charts, FIRST_DOWNLOADABLE_WEEK, NOW)
    assert (name.chart, str(name.week)) == (chart, "2023-12-29")


@pytest.mark.parametrize(("path", "content", "kind"), REFUSED)
def test_another_kind_of_chart_is_refused_by_its_own_name_or_header(
    path: str, content: bytes, kind: str, charts: Charts
) -> None:
    with pytest.raises(UnreadableRawFile) as error:
        recognise(path, content, charts, FIRST_DOWNLOADABLE_WEEK, NOW)
    assert kind in str(error.value)
    assert "Only weekly song charts of countries and of the world are kept" in str(error.value)


def test_the_page_of_kinds_of_files_is_what_comes_out() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_page()


@pytest.mark.parametrize("kind", ["chart_csv", "legacy_csv", "playlist"])
@pytest.mark.parametrize("archived", [True, False], ids=["archived", "in the same inbox"])
def test_a_file_that_shares_too_few_songs_replaces_another_only_if_it_is_told_to(
    kind: str, archived: bool, charts: Charts, tmp_path: Path
) -> None:
    def content(songs: list[str]) -> bytes:
        if kind == "playlist":
            return as_json(playlist(rows(WEEK, songs)))
        return chart_csv(songs) if kind == "chart_csv" else legacy_csv(songs)

    def rejected() -> list[str]:
        found = scan_inbox(storage, rules)
        return [one.reason for one in found if isinstance(one, Rejected)]

    storage, name = FolderStorage(tmp_path), csv_name()
    rules = InboxRules(charts, FIRST_DOWNLOADABLE_WEEK, fixed_clock)
    drop(storage, f"first/{name}", content(SONGS))
    if archived:
        empty_inbox(storage)
    for share, refused in ((4, True), (5, False)):
        drop(storage, name, content([*SONGS[:share], *(f"Other {n}" for n in range(9 - share))]), 1)
        why = rejected()
        assert len(why) == refused
        assert not why or "has only 4 of its 10 songs" in why[0]
    drop(storage, name, content(["Another"]), 1)
    assert len(rejected()) == 1
    (storage.root / INBOX / name).unlink()
    drop(storage, f"replace/mine/{name}", content(["Another"]), 1)
    assert rejected() == []
    empty_inbox(storage)
    assert sorted(files_in(storage).values()) == sorted([content(SONGS), content(["Another"])])


@pytest.mark.parametrize(
    ("name", "content", "taken"),
    [
        (csv_name(), chart_csv(SONGS[:4]), False),  # cut off
        (csv_name(), chart_csv([*SONGS, *(f"Other {n}" for n in range(30))]), True),
        (csv_name(), chart_csv(["Another"]), False),
        ("regional-no-weekly-2026-11-06--2026-11-13.csv", legacy_csv(["Another"]), False),
        ("regional-no-weekly-2026-11-06--2026-11-13.csv", legacy_csv(SONGS), True),
    ],
)
@pytest.mark.parametrize(
    "older",
    [chart_csv(SONGS), legacy_csv(SONGS), as_json(playlist(rows(WEEK, SONGS)))],
    ids=["chart", "legacy", "playlist"],
)
def test_a_csv_file_needs_the_songs_of_the_file_that_it_replaces_of_any_kind(
    older: bytes, name: str, content: bytes, taken: bool, charts: Charts, tmp_path: Path
) -> None:
    storage = FolderStorage(tmp_path)
    drop(storage, csv_name() if older[:1] != b"{" else "norway.json", older)
    assert len(empty_inbox(storage)) == 1
    drop(storage, name, content)
    rules = InboxRules(charts, FIRST_DOWNLOADABLE_WEEK, fixed_clock)
    (found,) = scan_inbox(storage, rules)
    assert isinstance(found, Recognised) == taken


def test_the_share_is_a_setting_and_damaged_files_are_always_replaced(
    charts: Charts, tmp_path: Path
) -> None:
    storage = FolderStorage(tmp_path)
    drop(storage, csv_name(), chart_csv(SONGS))
    empty_inbox(storage)
    drop(storage, csv_name(), chart_csv(["Another"]))
    for least, result in ((0.0, Recognised), (0.1, Rejected)):
        rules = InboxRules(charts, FIRST_DOWNLOADABLE_WEEK, fixed_clock, least)
        assert [type(found) for found in scan_inbox(storage, rules)] == [result]
    storage.write(f"raw/processed/week={WEEK}/norway.chart.csv", b"damaged")
    assert [type(found) for found in scan_inbox(storage, rules)] == [Recognised]
