from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from markdown_it import MarkdownIt

from spotify_assets.defs.descriptions import SHOWN_INLINE, week_metadata
from spotify_assets.defs.io_managers import RawFileIOManager
from spotify_assets.layout import ARCHIVE, INBOX, REJECTED, RawName, table_key
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    ALL_ASSETS,
    CHART_TABLES,
    WEEKS,
    drop_csv,
    drop_playlist,
    failures,
    instance_in,
    materializations,
    materialize,
    table_files,
    warnings_of,
)
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

HOSTILE = [
    "| a | b |\n| --- | --- |",
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "``` `code` *bold* _it_ [link](javascript:alert(1)) ![i](http://x/y.png)",
    "\\| backslashes \\\\ and pipes || \\",
    "# heading\r\n- list\n\n<div>",
    "🎵" * 400,
    "Ś̶̢ø" * 500,
    "<" * 300,
    " ",
    "&lt;b&gt; &amp;",
    "\u202eesrever\u0000\u001b[31m",
]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with instance_in(tmp_path / "dagster home") as instance:
        yield instance


def row_counts(instance: dg.DagsterInstance, asset: str) -> dict[str | None, object]:
    made = materializations(instance, asset)
    return {week: m.metadata["dagster/partition_row_count"].value for week, m in made.items()}


def preview(instance: dg.DagsterInstance, asset: str, week: date) -> str:
    text = materializations(instance, asset)[week.isoformat()].metadata["preview"].value
    assert isinstance(text, str)
    return text


def inbox(storage: FolderStorage) -> list[str]:
    return [file.key for file in storage.files(INBOX)]


@pytest.mark.parametrize("weeks", [WEEKS[:1], WEEKS[:3]], ids=["one week", "a range"])
def test_every_week_of_every_asset_is_an_event_of_its_own_with_its_row_count(
    settings: Settings,
    storage: FolderStorage,
    instance: dg.DagsterInstance,
    weeks: tuple[date, ...],
) -> None:
    songs = ["Fjordlys", "Midnight Ferry", "Snø i mai"]
    for number, week in enumerate(weeks, 1):
        drop_csv(storage, week, names=songs[:number], artists="Ida Nord, Ola Sør")
    assert materialize(settings, instance, weeks).success
    by_week = {week.isoformat(): number for number, week in enumerate(weeks, 1)}
    assert row_counts(instance, "raw_playlist") == by_week
    assert row_counts(instance, "songs") == by_week
    assert row_counts(instance, "song_artists") == {week: 2 * n for week, n in by_week.items()}
    assert row_counts(instance, "artists") == dict.fromkeys(by_week, 2)
    assert row_counts(instance, "albums") == dict.fromkeys(by_week, 0)
    for week, made in materializations(instance, "songs").items():
        file = made.metadata["file"].value
        assert str(file).endswith(f"/transformed_data/songs/week={week}/songs.parquet")
        assert Path(str(file)).is_file()
    assert set(materializations(instance, "catalog")) == set(by_week)
    for week in weeks:
        stored = pq.read_table(settings.folder / table_key("songs", week, "parquet"))
        assert stored.num_rows == by_week[week.isoformat()]


def test_the_preview_of_a_week_shows_its_first_ten_rows(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    drop_csv(storage, WEEKS[0], names=[f"Song {number}" for number in range(1, 31)])
    materialize(settings, instance, WEEKS[:1])
    lines = preview(instance, "songs", WEEKS[0]).splitlines()
    assert lines[0] == "| chart | rank | song_name | artist_names |"
    assert lines[2] == "| norway | 1 | Song 1 | Ida Nord |"
    assert lines[-1] == "| norway | 10 | Song 10 | Ida Nord |"


def test_hostile_titles_neither_break_the_preview_nor_get_into_the_page(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    tracks = [raw_samples.track(f"{n}{t}", artists=[f"{n}{t}"]) for n, t in enumerate(HOSTILE)]
    for number, track in enumerate(tracks):
        track["id"] = f"{number:022}"
    rows = [raw_samples.row(t, added_at=raw_samples.added_at(WEEKS[0])) for t in tracks]
    storage.write(INBOX + "norway.json", raw_samples.as_json(raw_samples.playlist(rows)))
    assert materialize(settings, instance, WEEKS[:1]).success
    for asset in ("raw_playlist", *CHART_TABLES):
        text = preview(instance, asset, WEEKS[0])
        assert len(text) < SHOWN_INLINE
        rows_shown = len(text.splitlines()) - 2
        assert rows_shown > 0
        # As the UI does it, which renders Markdown with HTML allowed.
        page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
        columns = page.count("<th>")
        assert page.count("<tr>") == rows_shown + 1
        assert page.count("<td>") == rows_shown * columns
        for tag in ("<script", "<img", "<div", "<a ", "<code", "<em", "<strong", "<h1", "<li"):
            assert tag not in page
        assert all(c.isprintable() or c == "\n" for c in text)


@pytest.mark.parametrize("name", CHART_TABLES)
@pytest.mark.parametrize("text", ["<" * 300, "|" * 24, "W" * 5000])
def test_a_preview_of_the_longest_rows_is_cut_to_what_the_ui_shows(name: str, text: str) -> None:
    table = TABLES[name]
    row = {column.name: text for column in table.columns if column.dtype == pa.string()}
    rows = pa.Table.from_pylist([row] * 10, schema=table.schema)
    shown = week_metadata(table, rows)["preview"].value
    assert 300 < len(shown) < SHOWN_INLINE
    assert len(shown.splitlines()) > 2


def test_a_single_week_without_raw_files_fails_and_says_what_to_do(
    settings: Settings, instance: dg.DagsterInstance, base: Path
) -> None:
    result = materialize(settings, instance, WEEKS[:1])
    assert not result.success
    said = failures(result)
    assert list(said) == ["raw_playlist"]
    for words in ("no raw files for 2024-03-01", "charts.spotify.com", INBOX):
        assert words in said["raw_playlist"]
    assert all(not materializations(instance, asset) for asset in ALL_ASSETS)
    assert table_files(base) == {}


def test_tables_alone_without_raw_files_fail_and_name_the_weeks(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    said = failures(materialize(settings, instance, WEEKS[:2], ["songs"]))
    assert "no raw files for 2024-03-01 to 2024-03-08" in said["chart_tables"]
    assert "materialize raw_playlist first" in said["chart_tables"]


def test_a_missed_week_in_a_range_is_warned_of_and_the_others_go_on(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance, base: Path
) -> None:
    for week in (WEEKS[0], WEEKS[2]):
        drop_csv(storage, week)
    result = materialize(settings, instance, WEEKS[:3])
    assert result.success
    warned = warnings_of(instance, result.run_id)
    assert len(warned) == 1
    assert "no raw files for 2024-03-08," in warned[0]
    assert row_counts(instance, "songs") == {"2024-03-01": 3, "2024-03-08": 0, "2024-03-15": 3}
    assert preview(instance, "raw_playlist", WEEKS[1]) == "Nothing was collected for this week."
    assert len(table_files(base)) == 2 * len(CHART_TABLES)
    assert not any("2024-03-08" in file for file in table_files(base))


def test_a_rejected_file_does_not_stop_the_others(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    drop_csv(storage, WEEKS[0])
    storage.write(INBOX + raw_samples.csv_name(WEEKS[0], "global"), b"<html>Log in</html>")
    result = materialize(settings, instance, WEEKS[:1])
    assert result.success
    rejected = f"{REJECTED}regional-global-weekly-2024-03-07.csv"
    assert storage.exists(rejected)
    assert "web page" in storage.read(f"{rejected}.reason.txt").decode()
    assert [rejected in warning for warning in warnings_of(instance, result.run_id)] == [True]
    assert row_counts(instance, "songs") == {"2024-03-01": 3}
    assert inbox(storage) == []


@pytest.mark.parametrize("assets", [["songs"], ["albums", "song_artists"]])
def test_some_of_the_tables_can_be_made_alone(
    settings: Settings,
    storage: FolderStorage,
    instance: dg.DagsterInstance,
    base: Path,
    assets: list[str],
) -> None:
    for week in WEEKS[:2]:
        drop_playlist(storage, week)
    materialize(settings, instance, WEEKS[:2], ["raw_playlist"])
    assert materialize(settings, instance, WEEKS[:2], assets).success
    assert {asset for asset in ALL_ASSETS[1:] if materializations(instance, asset)} == set(assets)
    expected = [table_key(name, week, "parquet") for name in assets for week in WEEKS[:2]]
    assert list(table_files(base)) == sorted(expected)


def test_making_any_part_again_gives_the_same_bytes(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance, base: Path
) -> None:
    for week in WEEKS[:3]:
        drop_csv(storage, week)
        drop_playlist(storage, week)
        drop_playlist(storage, week, "global.json", names=["Snø i mai", "Another"])
    materialize(settings, instance, WEEKS[:3])
    first = table_files(base)
    assert len(first) == 3 * len(CHART_TABLES)
    for weeks, assets in (
        (WEEKS[:3], ()),
        (WEEKS[:2], ("songs", "artists")),
        (WEEKS[2:3], ("albums",)),
    ):
        for name in list(first):  # gone, so that they must come again
            if any(f"week={week}/" in name for week in weeks) and (
                not assets or name.split("/")[1] in assets
            ):
                (base / name).unlink()
        assert materialize(settings, instance, weeks, assets).success
        assert table_files(base) == first


def test_the_order_in_which_weeks_are_made_does_not_matter(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance, base: Path
) -> None:
    for week in WEEKS[:3]:
        drop_csv(storage, week)
    made = ("raw_playlist", *CHART_TABLES)
    for week in (WEEKS[2], WEEKS[0], WEEKS[1]):
        assert materialize(settings, instance, [week], made).success
    one_by_one = table_files(base)
    assert materialize(settings, instance, WEEKS[:3], made).success
    assert table_files(base) == one_by_one


def test_a_newer_file_replaces_the_rows_and_the_older_one_is_kept(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    drop_csv(storage, WEEKS[0])
    materialize(settings, instance, WEEKS[:1])
    older = storage.read(RawName(WEEKS[0], "norway", "chart_csv").archive_key)
    drop_csv(storage, WEEKS[0], names=["Only One"])
    materialize(settings, instance, WEEKS[:1])
    assert row_counts(instance, "songs") == {"2024-03-01": 1}
    kept = [f.key for f in storage.files(ARCHIVE) if "/superseded/" in f.key]
    assert [storage.read(key) for key in kept] == [older]


def test_the_other_weeks_of_a_file_with_several_are_not_lost(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    both = [raw_samples.playlist(raw_samples.rows(week)) for week in WEEKS[:2]]
    storage.write(INBOX + "norway.json", raw_samples.as_json(both))
    assert materialize(settings, instance, WEEKS[:1]).success
    assert materialize(settings, instance, WEEKS[1:2]).success
    assert row_counts(instance, "songs") == {"2024-03-01": 3, "2024-03-08": 3}


def test_a_file_damaged_in_the_archive_is_named_with_its_remedy(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    drop_csv(storage, WEEKS[0])
    materialize(settings, instance, WEEKS[:1])
    key = RawName(WEEKS[0], "norway", "chart_csv").archive_key
    storage.write(key, b"rank,uri\nnonsense")
    for assets, step in (((), "raw_playlist"), (("songs",), "chart_tables")):
        said = failures(materialize(settings, instance, WEEKS[:1], assets))
        assert said[step].startswith(f"{key}: ")
        assert "Put a good copy into the inbox" in said[step]
    drop_csv(storage, WEEKS[0])
    assert materialize(settings, instance, WEEKS[:1]).success


class _Overtaken(FolderStorage):
    """A folder where something happens once, at a moment between the inbox and the archive."""

    def __init__(self, root: Path, moment: str, then: Callable[[], object]) -> None:
        super().__init__(root)
        self.moment = moment
        self.then = then

    def _now(self, moment: str) -> None:
        if moment == self.moment:
            self.moment = "over"
            self.then()

    def read(self, key: str) -> bytes:
        content = super().read(key)
        if key.startswith(INBOX):
            self._now("the inbox was read")
        return content

    def write_once(self, key: str, content: bytes) -> bool:
        self._now("before archiving")
        wrote = super().write_once(key, content)
        self._now("after archiving")
        return wrote


@pytest.mark.parametrize("moment", ["the inbox was read", "before archiving", "after archiving"])
def test_of_two_runs_that_race_for_an_inbox_file_neither_loses_it(
    settings: Settings,
    storage: FolderStorage,
    instance: dg.DagsterInstance,
    base: Path,
    tmp_path: Path,
    moment: str,
) -> None:
    drop_csv(storage, WEEKS[0])
    content = storage.read(inbox(storage)[0])
    others: list[bool] = []

    def other_run() -> None:
        with instance_in(tmp_path / "other home") as other:
            others.append(materialize(settings, other, WEEKS[:1]).success)

    overtaken = _Overtaken(base, moment, other_run)
    result = materialize(
        settings,
        instance,
        WEEKS[:1],
        storage=overtaken,
        raw_io_manager=RawFileIOManager(overtaken),
    )
    assert others == [True], "the other run didn't come in between"
    assert failures(result) == {}
    assert inbox(storage) == []
    assert storage.read(RawName(WEEKS[0], "norway", "chart_csv").archive_key) == content
    assert row_counts(instance, "songs") == {"2024-03-01": 3}


@needs_real_data
def test_real_chart_files_become_tables_of_200_songs(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    real = sorted((REAL_DATA / "charts_weekly" / "global").glob("*.csv"))[:3]
    for file in real:
        storage.write(INBOX + file.name, file.read_bytes())
    first = date(2016, 12, 23)
    assert materialize(settings, instance, [first, date(2017, 1, 6)]).success
    assert set(row_counts(instance, "songs").values()) == {200}
    assert inbox(storage) == []
