"""A base in which nothing is wrong: a few made-up weeks of two charts, archived, derived, published.

Norway comes as playlists, Global as a playlist and a chart file. What is done to such a base is in
`mutations` and the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from spotify_assets.catalog.duckdb_catalog import publish
from spotify_assets.catalog.duckdb_contents import DuckDBContents
from spotify_assets.publishing.ledger import Published
from spotify_assets.publishing.publish import publish_weeks, withdraw

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.demo import sample_files
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import note_sums
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK, TableFormat
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.fixed_clock import NOW, fixed_clock
from spotify_assets_tests.stored_samples import store_tables

LATEST = date(2026, 11, 13)  # the week that closed last, by the tests' clock
GOOD_WEEKS = tuple(LATEST - ONE_WEEK * back for back in (3, 2, 1, 0))
CHARTS = read_charts(shipped_charts_file())
RULES = InboxRules(CHARTS, FIRST_DOWNLOADABLE_WEEK, fixed_clock)


@dataclass(frozen=True)
class Base:
    """A base with its catalog on one machine."""

    storage: FolderStorage
    table_format: TableFormat = "parquet"

    @property
    def database(self) -> Path:
        """The catalog's file."""
        return self.storage.root / "spotify_charts.duckdb"

    @property
    def catalog(self) -> DuckDBContents:
        """What the catalog shows."""
        return DuckDBContents(self.database)

    def archive(self, files: Mapping[RawName, bytes]) -> None:
        """Take raw files in, as `raw_playlist` does."""
        for name, content in files.items():
            self.storage.write(name.archive_key, content)
        digests = {name: sha256(content).hexdigest() for name, content in files.items()}
        note_sums(self.storage, digests, digests)

    def publish(self) -> Published:
        """Audit and publish, as `catalog` does."""
        published = publish_weeks(self.storage, self.table_format, lambda _: None)
        publish(self.storage, self.table_format, published.weeks, self.database)
        withdraw(self.storage, published)
        return published


@cache
def good_raw_files() -> dict[RawName, bytes]:
    """The made-up raw files, in order of their names."""
    found = {}
    for sample in sample_files(LATEST, len(GOOD_WEEKS)):
        for name in recognise(sample.name, sample.content, CHARTS, FIRST_DOWNLOADABLE_WEEK, NOW):
            found[name] = sample.content
    return dict(sorted(found.items()))


def good_base(folder: Path) -> Base:
    """A base in this folder, archived, derived and published."""
    base = Base(FolderStorage(folder))
    base.archive(good_raw_files())
    store_tables(base.storage, good_raw_files(), CHARTS)
    assert base.publish() == Published(list(GOOD_WEEKS), {})
    return base
