"""Which songs are one, and how little is read to know it again."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from spotify_assets.layout import IDENTITIES, table_key
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables import identities as module
from spotify_assets.tables.identities import identities_differ, store_identities
from spotify_assets.tables.schemas import SONGS
from spotify_assets.tables.store import write_week
from spotify_assets_tests.chart_frames import Row, friday, identities_of, song


def table(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SONGS.schema)


def songs_of(*rows: Row) -> dict[str, str]:
    """The song of each id."""
    found = identities_of(table(*rows)).to_pylist()
    return {row["song_id"]: row["song"] for row in found}


def sung(week: int, title: str, artists: str, song_id: str, chart: str = "norway") -> Row:
    return song(week, 1, title, chart=chart, song_id=song_id, song_key=f"{title} | {artists}")


def test_a_chain_of_names_and_ids_is_followed_to_its_end_in_any_order() -> None:
    links = [song(n, 1, f"{(n + 1) // 2:03}", song_id=f"id {n // 2}") for n in range(400)]
    random.Random(1).shuffle(links)
    assert set(songs_of(*links, song(0, 2, "other", song_id="x")).values()) == {
        "000 | someone",
        "other | someone",
    }


def test_a_new_spelling_under_a_new_id_is_the_same_song() -> None:
    found = songs_of(
        sung(0, "North", "Ada, Bo", "1"),
        sung(1, "North (feat. Bo)", "Ada", "2"),
        sung(2, "North - Live", "Ada, Bo", "3"),
        sung(0, "North (feat. Bo)", "Bo & Ada", "4", chart="global"),
        song(0, 9, None, song_id="5"),
    )
    assert found["1"] == found["2"] == found["4"]
    assert len({found["1"], found["3"], found["5"]}) == 3


def test_spellings_beside_each_other_in_a_chart_are_other_recordings_unless_an_id_joins_them() -> (
    None
):
    rows = [sung(0, "North", "Ada", "1"), sung(0, "North - Remastered", "Ada", "2")]
    rows.append(sung(5, "North (Remastered 2011)", "Ada", "3"))
    assert len(set(songs_of(*rows).values())) == 3
    told = {row["song_id"]: row["apart_from"] for row in identities_of(table(*rows)).to_pylist()}
    assert told == {"1": ["North - Remastered | Ada"], "2": ["North | Ada"], "3": None}
    rows.append(sung(1, "North", "Ada", "2"))
    assert len(set(songs_of(*rows).values())) == 1


WEEKS = {
    0: [sung(0, "North", "Ada", "1"), sung(0, "South", "Bo", "9")],
    1: [sung(1, "North - Remastered", "Ada", "2"), sung(1, "South - Remastered", "Bo", "8")],
    2: [sung(2, "South", "Bo", "9"), sung(2, "South - Remastered", "Bo", "8")],
    3: [sung(3, "North", "Ada", "3")],
}


class Counting(FolderStorage):
    """A folder that notes what is read."""

    def read(self, key: str) -> bytes:
        seen.append(key)
        return super().read(key)


seen: list[str] = []


def put(storage: FolderStorage, week: int, rows: list[Row], second: int) -> None:
    """Store a week's songs as if at that second."""
    write_week(storage, "songs", friday(week), table(*rows))
    os.utime(storage.location(table_key("songs", friday(week))), (second, second))


@pytest.fixture
def stored(tmp_path: Path) -> Counting:
    """The first three weeks, and the table of them, made later."""
    storage = Counting(tmp_path)
    for week in (0, 1, 2):
        put(storage, week, WEEKS[week], second=10)
    store_identities(storage)
    seen.clear()
    return storage


def file_of(folder: Path, weeks: dict[int, list[Row]]) -> bytes:
    """The file of these weeks, stored in this order and read anew."""
    storage = FolderStorage(folder)
    for week, rows in weeks.items():
        put(storage, week, rows, second=10)
    store_identities(storage)
    return storage.read(IDENTITIES)


def keys(*weeks: int) -> list[str]:
    return [table_key("songs", friday(week)) for week in weeks]


def test_the_order_of_storing_changes_no_byte(stored: Counting, tmp_path: Path) -> None:
    content = stored.read(IDENTITIES)
    assert file_of(tmp_path / "again", {n: WEEKS[n] for n in (2, 0, 1)}) == content
    assert not identities_differ(stored)


def test_a_new_week_is_read_alone_and_makes_what_all_of_them_would(
    stored: Counting, tmp_path: Path
) -> None:
    put(stored, 3, WEEKS[3], second=10)
    rows = store_identities(stored)
    assert seen == [IDENTITIES, *keys(3)]
    assert stored.read(IDENTITIES) == file_of(tmp_path / "again", WEEKS)
    songs = {row["song_id"]: row["song"] for row in rows.to_pylist()}
    assert songs["1"] == songs["2"] == songs["3"]
    assert songs["8"] != songs["9"]  # apart in a week that isn't read again


def change(storage: FolderStorage) -> None:
    put(storage, 2, WEEKS[2][:1], second=2**31)


def damage_table(storage: Storage) -> None:
    storage.write(IDENTITIES, storage.read(IDENTITIES)[:-9] + b"123456789")


@pytest.mark.parametrize(
    ("happens", "read", "left"),
    [
        (change, (0, 1, 2), {0: WEEKS[0], 1: WEEKS[1], 2: WEEKS[2][:1]}),
        (lambda s: s.delete(*keys(2)), (0, 1), {0: WEEKS[0], 1: WEEKS[1]}),
        (lambda s: s.delete(IDENTITIES), (0, 1, 2), {n: WEEKS[n] for n in range(3)}),
        (damage_table, (0, 1, 2), {n: WEEKS[n] for n in range(3)}),
        (lambda s: s.write(keys(2)[0], b"damaged"), (0, 1, 2), {0: WEEKS[0], 1: WEEKS[1]}),
    ],
    ids=["a week changed", "a week deleted", "no table", "a damaged table", "a damaged week"],
)
def test_whatever_else_happens_all_weeks_are_read_again(
    stored: Counting,
    tmp_path: Path,
    happens: Callable[[Storage], None],
    read: tuple[int, ...],
    left: dict[int, list[Row]],
) -> None:
    happens(stored)
    assert identities_differ(stored) == stored.exists(IDENTITIES)
    seen.clear()
    store_identities(stored)
    assert [key for key in seen if key != IDENTITIES] == keys(*read)
    assert stored.read(IDENTITIES) == file_of(tmp_path / "again", left)


def test_weeks_folded_by_other_rules_are_read_again(
    stored: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WEEKS", b"weeks, by rules 0")
    store_identities(stored)
    assert seen == [IDENTITIES, *keys(0, 1, 2)]


def test_without_songs_the_table_is_empty(either: Storage) -> None:
    assert not identities_differ(either)
    assert store_identities(either).num_rows == 0
    assert store_identities(either).num_rows == 0
    assert not identities_differ(either)
