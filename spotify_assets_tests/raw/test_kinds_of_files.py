"""Which files are taken for a weekly song chart of a country, and which are refused as another kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX
from spotify_assets.raw.inbox import InboxRules, Recognised, Rejected, scan_inbox
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.fixed_clock import NOW, fixed_clock
from spotify_assets_tests.inbox_files import drop, empty_inbox, files_in
from spotify_assets_tests.raw_samples import (
    WEEK,
    as_json,
    chart_csv,
    csv_name,
    legacy_csv,
    playlist,
    rows,
)

WEEKLY, LEGACY = chart_csv(), legacy_csv()
DAILY = WEEKLY.replace(b"weeks_on_chart", b"days_on_chart")
CITY = b"\n".join(line.rpartition(b",")[0] for line in WEEKLY.splitlines())
ALBUM = WEEKLY.replace(b"track_name", b"album_name").replace(b"spotify:track", b"spotify:album")
ARTIST = (
    b"rank,uri,artist_name,peak_rank,previous_rank,weeks_on_chart\n1,spotify:artist:" + b"a" * 22
)
LINKED = WEEKLY.replace(b"spotify:track", b"spotify:artist")
VIRAL = b"Position,Track Name,Artist,URL\n1,A,B,https://open.spotify.com/track/" + b"a" * 22
SONGS = [f"Song {letter}" for letter in "abcdefghij"]

TAKEN = [
    ("regional-no-weekly-2024-01-04.csv", WEEKLY, "norway"),
    ("regional-no-weekly-2024-01-04.csv", CITY, "norway"),  # its own name says what it is
    ("Copy of regional-no-weekly-2024-01-04 (1).csv", WEEKLY, "norway"),
    ("Kopi av regional-global-weekly-2024-01-04.csv", WEEKLY, "global"),
    ("REGIONAL-NO-WEEKLY-2024-01-04.CSV", WEEKLY, "norway"),
    ("no_regional_top200_2023-12-29_2024-01-04.csv", LEGACY, "norway"),
    ("regional-no-2024-01-04.csv", WEEKLY, "norway"),
    ("norway/regional-global-weekly-2024-01-04.csv", WEEKLY, "global"),
    ("artists/regional-no-weekly-2024-01-04 (artists corrected).csv", WEEKLY, "norway"),
    ("norway/2024-01-04.csv", WEEKLY, "norway"),
    ("Norway/weekly chart of 2024-01-04.csv", WEEKLY, "norway"),
    ("viral and others/norway top 200 2024-01-04.csv", WEEKLY, "norway"),
    ("norway/global top songs 2024-01-04.csv", WEEKLY, "global"),
    ("week=2023-12-29/norway.chart.csv", WEEKLY, "norway"),
    ("2024-01-04_regional-no-weekly (Ida's).csv", WEEKLY, "norway"),
    ("norway.zip.unpacked/2024-01-04.csv", WEEKLY, "norway"),
]
REFUSED = [
    ("norway/citytoptrack-oslo-weekly-2024-01-04.csv", WEEKLY, "a chart of a city"),
    ("norway/Copy of citytoptrack-oslo-weekly-2024-01-04.csv", WEEKLY, "a chart of a city"),
    ("norway/citypulsetrack-bergen-weekly-2024-01-11.csv", CITY, "what is special to a city"),
    ("viral-global-weekly-2024-01-04.csv", WEEKLY, "a viral chart"),
    ("norway/viral50 2024-01-04.csv", WEEKLY, "a viral chart"),
    ("genre-pop-global-weekly-2024-01-25.csv", WEEKLY, "a chart of a genre"),
    ("genresongs-dance-weekly-2024-01-25.csv", WEEKLY, "a chart of a genre"),
    ("regional-global-2024-01-18.csv", DAILY, "a daily chart"),
    ("regional-no-2024-09-19.csv", DAILY, "a daily chart"),
    ("regional-no-weekly-2024-09-19.csv", DAILY, "a daily chart"),
    ("regional-no-weekly-2024-09-19.csv", DAILY.replace(b",", b";"), "a daily chart"),
    ("week=2023-12-29/norway.chart.csv", DAILY, "a daily chart"),
    ("regional-no-daily-2024-01-04.csv", WEEKLY, "a daily chart"),
    ("2024-01-04-regional-no-daily.csv", WEEKLY, "a daily chart"),
    ("artist-no-weekly-2024-01-04.csv", ARTIST, "a chart of artists"),
    ("artist-global-weekly-2024-01-04.csv", WEEKLY, "a chart of artists"),
    ("regional-no-weekly-2024-01-04.csv", ARTIST, "a chart of artists"),
    ("regional-no-weekly-2024-01-04.csv", LINKED, "a chart of artists"),
    ("album-global-weekly-2024-01-04.csv", WEEKLY, "a chart of albums"),
    ("regional-no-weekly-2024-01-04.csv", ALBUM, "a chart of albums"),
    ("trackdebut-global-weekend-2024-01-04.csv", WEEKLY, "a chart of debuts"),
    ("music-video-global-daily-2024-01-04.csv", WEEKLY, "a chart of music videos"),
    ("norway/2024-01-04.csv", CITY, "a chart without streams"),
    ("norway/2024-01-04.csv", VIRAL, "a viral chart"),
    ("norway/oslo-2024-01-04.csv", WEEKLY, "'oslo'"),
    ("norway/de-2024-01-04.csv", WEEKLY, "'de'"),
    ("fandom-global-weekly-2024-01-04.csv", WEEKLY, "'fandom'"),
    ("norway/fandom-no-weekly-2024-01-04.csv", WEEKLY, "'fandom'"),
    ("regional-no-oslo-weekly-2024-01-04.csv", WEEKLY, "'oslo'"),
    ("norway/viral_2024-01-05.json", as_json(rows()), "a viral chart"),
]  # fmt: skip


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
        assert not why or "only 4 of 9 songs are in both" in why[0]
    drop(storage, name, content(["Another"]), 1)
    assert len(rejected()) == 1
    (storage.root / INBOX / name).unlink()
    drop(storage, f"replace/mine/{name}", content(["Another"]), 1)
    assert rejected() == []
    empty_inbox(storage)
    assert sorted(files_in(storage).values()) == sorted([content(SONGS), content(["Another"])])


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
