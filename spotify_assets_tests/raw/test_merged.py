"""Files with several charts or weeks: split into chart files, or refused with what they lack."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, RawName, raw_name_of
from spotify_assets.raw.archive import archived_files, sums
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.inbox import waiting_files
from spotify_assets.raw.merged import split
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.inbox_files import RULES, drop, empty_inbox, files_in
from spotify_assets_tests.merged_files import (
    FRIDAYS,
    RANGES,
    THURSDAYS,
    WEEKS,
    page_data,
    reasons,
    table,
)
from spotify_assets_tests.raw.test_interrupted_runs import WHEN, assert_completed
from spotify_assets_tests.raw_samples import WEEK, chart_csv, csv_name, spotify_id

LEGACY = {"rank": "Position", "artist_names": "Artist", "track_name": "Track Name", "uri": "URL"}
KAGGLE = LEGACY | {"track_name": "title", "artist_names": "artist", "uri": "url", "rank": "rank"}
ALL = {(week, slug) for week in WEEKS for slug in ("norway", "global")}


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("charts.csv", table(), "chart_csv"),
        ("charts.csv", table(of=("no", "Worldwide")), "chart_csv"),
        ("charts.csv", table("region", "date"), "chart_csv"),
        ("charts.csv", table("chart", "week", of=("regional-no-weekly", "global")), "chart_csv"),
        ("charts.csv", table(week="week_start", dates=FRIDAYS), "chart_csv"),
        ("charts.csv", table(dates=RANGES), "chart_csv"),
        ("charts.csv", table(dates=[f"{day} 00:00:00" for day in THURSDAYS]), "chart_csv"),
        (
            "charts.csv",
            table().replace(b",", b";").replace(b"Ida Nord;", b"Ida Nord,"),
            "chart_csv",
        ),
        ("charts.csv", table(called=LEGACY), "chart_csv"),
        ("charts.csv", table("region", "date", called=KAGGLE), "chart_csv"),
        ("charts.csv", table().decode().encode("utf-16"), "chart_csv"),
    ],
    ids=[
        "names",
        "codes",
        "region",
        "chart",
        "starts",
        "ranges",
        "times",
        ";",
        "legacy",
        "kaggle",
        "utf-16",
    ],
)
def test_a_table_of_weekly_charts_is_split_by_chart_and_week(
    path: str, content: bytes, kind: str, charts: Charts
) -> None:
    parts = split(path, content, charts)
    assert parts is not None
    names = {part: raw_name_of(part) for part in parts}
    assert {(name.week, name.chart) for name in names.values() if name} == ALL
    assert {name.kind for name in names.values() if name} == {kind}
    rows = read_chart_csv(parts[RawName(WEEKS[0], "norway", kind).path]).rows  # type: ignore[arg-type]
    assert [row.rank for row in rows] == [1, 2]
    assert [row.streams for row in rows] == [999_999, 999_998]
    assert rows[0].artist_names == "Ida Nord, Duo"


def test_a_table_of_lead_artists_only_is_split_into_legacy_files(charts: Charts) -> None:
    content = table(called=LEGACY).replace(b'"Ida Nord, Duo"', b"Ida Nord")
    names = [raw_name_of(part) for part in split("charts.csv", content, charts) or {}]
    assert {(name.week, name.chart) for name in names if name} == ALL
    assert {name.kind for name in names if name} == {"legacy_csv"}


@pytest.mark.parametrize(
    "path", ["global.csv", "global/2020.csv", "regional-global-weekly-all.csv"]
)
def test_a_table_without_a_country_is_of_the_chart_that_its_path_names(
    path: str, charts: Charts
) -> None:
    parts = split(path, table(None), charts)
    assert parts is not None
    assert list(parts) == [RawName(week, "global", "chart_csv").path for week in WEEKS]


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("x.csv", table(None), "no column for the country (country, "),
        ("x.csv", table(week=None), "no column for the week's end (week_end, "),
        ("x.csv", table(but="streams"), "no column for its streams (streams)"),
        ("x.csv", table(but="uri"), "no column for the song's link (uri, "),
        (
            "x.csv",
            table(dates=["2026-11-04", "2026-11-05"]),
            "several days of the week: daily charts",
        ),
        ("x.csv", table(dates=FRIDAYS), "name the column week_end if it has Thursdays"),
        ("x.csv", table(dates=["05/11/2026"]), "'05/11/2026', which is no date like"),
        ("x.csv", table("region") + b"Norway,2026-11-12,1\n", "damaged, or was cut off"),
        (
            "x.csv",
            table().replace(b"country,week", b"chart,week").replace(b"Norway", b"viral50"),
            "a viral chart",
        ),
    ],
)
def test_a_table_that_lacks_something_is_refused_with_what_it_lacks(
    path: str, content: bytes, says: str, charts: Charts
) -> None:
    with pytest.raises(UnreadableRawFile) as error:
        split(path, content, charts)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        chart_csv(),
        b"a,b\n1,2\n",
        b"",
        b"\xff\xfe",
        b'"',
        table().replace(b"weeks_on_chart", b"days_on_chart"),
    ],
)
def test_other_files_are_not_split(content: bytes, charts: Charts) -> None:
    assert split("x.csv", content, charts) is None


ALBUM = {"chartEntryData": {"currentRank": 1}, "albumMetadata": {"albumName": "Fjord"}}
ALBUMS = page_data("ALBUM_GLOBAL_WEEKLY", entries=[ALBUM])


def test_the_data_of_a_page_of_charts_spotify_com_is_split_into_its_weekly_song_charts(
    charts: Charts,
) -> None:
    document = {
        "chartEntryViewResponses": [page_data(), page_data("REGIONAL_GLOBAL_WEEKLY"), ALBUMS]
    }
    for content in (document, [page_data(), page_data("REGIONAL_GLOBAL_WEEKLY")]):
        parts = split("x.json", json.dumps(content).encode(), charts)
        assert parts is not None
        assert list(parts) == [
            RawName(WEEK, slug, "chart_csv").path for slug in ("global", "norway")
        ]
    row = read_chart_csv(parts[RawName(WEEK, "norway", "chart_csv").path]).rows[1]
    assert (row.rank, row.song_name, row.artist_names, row.label) == (
        2,
        "Snø",
        "Ida Nord, Duo",
        "Nord Records",
    )
    assert (row.song_id, row.streams, row.peak_rank) == (spotify_id("Snø"), 998, 1)
    assert (row.previous_rank, row.weeks_on_chart) == (4, 9)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (
            page_data("REGIONAL_NO_DAILY"),
            "Its charts are REGIONAL_NO_DAILY. Only weekly song charts",
        ),
        (ALBUMS, "Its charts are ALBUM_GLOBAL_WEEKLY. Only weekly song charts"),
        (page_data(day="2026-11-11"), "a Wednesday"),
        (
            page_data() | {"entries": [{"chartEntryData": {"currentRank": "first"}}]},
            "Save it again",
        ),
        (page_data() | {"displayChart": {}}, "Its charts are x.json. Only weekly song charts"),
    ],
)
def test_the_data_of_another_page_is_refused(document: Any, says: str, charts: Charts) -> None:
    with pytest.raises(UnreadableRawFile) as error:
        split("x.json", json.dumps(document).encode(), charts)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "packed"),
    [
        ("charts.csv", table(of=("Norway", "Utopia")), lambda content: content),
        ("charts.csv.gz", table(of=("Norway", "Utopia")), gzip.compress),
    ],
)
def test_the_parts_and_the_file_itself_are_archived_and_parts_of_no_known_chart_rejected(
    name: str, content: bytes, packed: Callable[[bytes], bytes], storage: FolderStorage
) -> None:
    drop(storage, name, packed(content))
    waiting = waiting_files(storage, RULES)
    assert {week: [file.key for file in files] for week, files in waiting.weeks.items()} == {
        week: [INBOX + name] for week in WEEKS
    }
    empty_inbox(storage)
    digest = hashlib.sha256(content).hexdigest()
    found = files_in(storage)
    assert found[f"raw/processed/originals/{digest}.csv"] == content
    archived = archived_files(storage, None)
    assert [raw.path for raw, _ in archived] == [f"week={week}/norway.chart.csv" for week in WEEKS]
    for raw, file in archived:
        part = storage.read(file.key)
        assert part.count(digest.encode()) == 2, "each row says where it is from"
        assert sums(storage, raw.week) == {raw: hashlib.sha256(part).hexdigest()}
    said = [reason.partition("\n\n")[2] for reason in reasons(storage).values()]
    assert len(said) == 2
    assert said[0] == said[1], "one message per chart"
    assert "No chart has the slug 'utopia'" in said[0]
    assert list(storage.files(INBOX)) == []


@WHEN
def test_splitting_broken_off_at_any_change_is_completed_by_the_next_run(
    when: str, tmp_path: Path
) -> None:
    assert_completed(tmp_path, when, "charts.csv", table(of=("Norway", "Utopia")))


@pytest.mark.parametrize(
    ("column", "text", "contradicts"),
    [
        ("week", "2026-11-12", False),
        ("week", "2026-11-19", True),
        ("date", "2026-11-05 00:00:00", True),
        ("week_start", "2026-11-06", False),
        ("country", "NO", False),
        ("country", "Sweden", True),
        ("region", "Europe", False),
        ("chart", "viral50", True),
    ],
)
def test_a_file_whose_columns_contradict_its_name_is_rejected(
    column: str, text: str, contradicts: bool, storage: FolderStorage
) -> None:
    header, *lines = chart_csv().decode().splitlines()
    content = "\n".join([f"{header},{column}", *(f"{line},{text}" for line in lines)])
    drop(storage, csv_name(), content.encode())
    empty_inbox(storage)
    why = f"says norway in the week {WEEK}, but its column {column} has {text!r}"
    assert [why in reason for reason in reasons(storage).values()] == [True] * contradicts
