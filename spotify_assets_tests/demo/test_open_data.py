"""What the demo says of open data: the made-up songs, as the tables read them."""

from __future__ import annotations

from spotify_assets.charts import Charts
from spotify_assets.demo import sample_files
from spotify_assets.demo.open_data import store_open_data
from spotify_assets.open_data.facts import read_open_facts
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets_tests.dashboards import records
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.good_data import LATEST, good_raw_files


def test_most_songs_of_the_demo_are_found_and_their_artists_are_from_somewhere(
    storage: FolderStorage, charts: Charts
) -> None:
    samples = [one for one in sample_files(LATEST, 4) if one.name.endswith(".json")]
    store_open_data(storage, [(one.week, one.content) for one in samples], NOW)
    facts = read_open_facts(storage)
    assert facts.damaged == []
    tables = derive_tables(good_raw_files().items(), charts, open_facts=facts).tables
    [norway] = [one for one in records(tables)["charts"] if one["slug"] == "norway"]
    assert min(norway["trends"]["local_known"]) > 35  # of 50
    assert min(norway["trends"]["local"]) > 0.5
    [file] = storage.files("raw/details/")
    before = storage.read(file.key)
    storage.delete(file.key)
    store_open_data(storage, [(one.week, one.content) for one in samples], NOW)
    assert storage.read(file.key) == before
