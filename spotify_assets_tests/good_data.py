"""Bases without a run: four made-up weeks in which nothing is wrong, and whatever is in an inbox.

Norway comes as playlists, Global as a playlist and a chart file. What is done to such a base is in
`mutations` and in tests; single rows are made in `chart_frames`.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from spotify_assets.catalog import Catalog, open_catalog
from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.checks.making import Base, make_weeks
from spotify_assets.checks.storing import store
from spotify_assets.demo import sample_files
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import note_sums
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox, take_all_in
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import DEFAULT_THRESHOLDS, FIRST_DOWNLOADABLE_WEEK, Settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import ONE_WEEK, system_clock
from spotify_assets_tests.fixed_clock import NOW

LATEST = date(2026, 11, 13)  # the week that closed last, by the tests' clock
GOOD_WEEKS = tuple(LATEST - ONE_WEEK * back for back in (3, 2, 1, 0))
CHARTS = read_charts(shipped_charts_file())


def archive(storage: Storage, files: Mapping[RawName, bytes]) -> None:
    """Put raw files into the archive with their sums, and older versions aside, as the inbox does."""
    older = []
    for name in files:
        with suppress(FileNotFoundError):
            was = storage.read(name.archive_key)
            digest = sha256(was).hexdigest()
            storage.write(name.superseded_key(digest), was)
            older.append((name, digest))
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    note_sums(storage, digests, digests, older)
    for name, content in files.items():
        storage.write(name.archive_key, content)


@cache
def good_raw_files() -> dict[RawName, bytes]:
    """Return the made-up raw files, in order of their names."""
    found = {}
    for sample in sample_files(LATEST, len(GOOD_WEEKS)):
        for name in recognise(sample.name, sample.content, CHARTS, FIRST_DOWNLOADABLE_WEEK, NOW):
            found[name] = sample.content
    return dict(sorted(found.items()))


def base_in(folder: Path) -> Base:
    """Return a base in this folder, with the default thresholds."""
    return Base(FolderStorage(folder), CHARTS, DEFAULT_THRESHOLDS)


def good_base(folder: Path) -> Base:
    """Return a copy of the good base in this folder."""
    shutil.copytree(_made_once(), folder, dirs_exist_ok=True)
    return base_in(folder)


@cache
def _made_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="good-base-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    base = base_in(folder)
    archive(base.storage, good_raw_files())
    made = make_weeks(base, GOOD_WEEKS)
    assert [verdict for verdict in made.verdicts if not verdict.passed] == []
    store(base.storage, made)
    return folder


def make_inbox(storage: Storage, settings: Settings, catalog: Catalog | None = None) -> None:
    """Take in the inbox, make its weeks and publish them, as a run does, without Dagster."""
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    take_all_in(storage, [f for f in scan_inbox(storage, rules) if isinstance(f, Recognised)])
    base = Base(storage, settings.charts, settings.thresholds)
    store(storage, make_weeks(base, stale_weeks(storage)))
    store_identities(storage)
    (catalog or open_catalog(settings, storage)).publish(stored_weeks(storage))
