"""A base that the first edition made is taken over by an update: nothing is lost, nothing is left."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

from spotify_assets.demo import sample_files
from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import ARCHIVE, TABLE_FILES, RawName, raw_name_of
from spotify_assets.raw.missing import why_missing
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.commands import cli, run
from spotify_assets_tests.dagster_runs import digests, table_files
from spotify_assets_tests.inbox_files import drop

LAST = date(2024, 3, 8)
WEEKS = (LAST - ONE_WEEK, LAST)
GONE = ("published/", "raw/checksums/", "raw/missing/", "raw/details/waiting.json")
WHY = "Spotify says that this playlist doesn't exist."


def make_old(made: Path, old: Path) -> FolderStorage:
    """Lay out what an update made as the first edition did."""
    storage = FolderStorage(old)
    raw = list(FolderStorage(made).files(ARCHIVE))
    for file in [*raw, *FolderStorage(made).files(TABLE_FILES)]:
        if not file.key.endswith("SHA256SUMS") and CHECK_RESULTS.name not in file.key:
            storage.write(file.key, FolderStorage(made).read(file.key))
    for week in WEEKS:
        names = [n for file in raw if (n := raw_name_of(file.key)) and n.week == week]
        lines = [
            f"{hashlib.sha256(storage.read(name.archive_key)).hexdigest()}  {name.path}\n"
            for name in sorted(names)
        ]
        storage.write(f"raw/checksums/week={week}.sha256", "".join(lines).encode())
        reasons = {"reasons": {"sweden": WHY}, "refused": ["sweden"]}
        storage.write(f"raw/missing/week={week}.json", json.dumps(reasons).encode())
        storage.write(f"published/origins/songs/week={week}.json", b"{}")
        for name in CHART_TABLES:
            key = f"{name}/week={week}/{name}"
            storage.copy(f"{TABLE_FILES}{key}.parquet", f"published/{key}.parquet")
            storage.write(f"{TABLE_FILES}{key}.csv", b"week\n")
    storage.write("published/audit.json", b"{}")
    storage.write("raw/details/waiting.json", b"{}")
    return storage


def test_an_update_takes_over_a_base_of_the_first_edition(tmp_path: Path) -> None:
    made = FolderStorage(tmp_path / "made")
    mark_demo(made, *WEEKS)
    for sample in sample_files(LAST, len(WEEKS)):
        drop(made, sample.name, sample.content)
    assert cli(made.root, "update").exit_code == 0
    old = make_old(made.root, tmp_path / "old")
    mark_demo(old, *WEEKS)
    raw = digests(old, ARCHIVE)
    older = RawName(LAST, "norway", "playlist").superseded_key("0123456789abcdef")
    old.write(older, b"an older version")

    ended = cli(old.root, "update")
    assert ended.exit_code == 0, ended.output
    assert "made 2 weeks in 1 run" in ended.stdout
    assert table_files(old.root) == table_files(made.root)
    assert digests(old, ARCHIVE).items() >= raw.items()
    for week in WEEKS:
        assert why_missing(old, week) == {"sweden": WHY}
        folder = old.root / ARCHIVE / f"week={week}"
        checked = run(["sha256sum", "-c", "SHA256SUMS"], folder, {})
        assert checked.stdout.count(": OK") == 3 + (week == LAST)  # the older version, too
    assert not any((old.root / gone).exists() for gone in GONE)
    assert cli(old.root, "update").stdout.startswith("Nothing to do")


def test_sums_of_a_week_that_is_not_made_again_stay(storage: FolderStorage, base: Path) -> None:
    old = "raw/checksums/week=2024-03-01.sha256"
    storage.write(old, f"{'0' * 64}  week=2024-03-01/norway.chart.csv\n".encode())
    assert cli(base, "update").exit_code == 0
    assert storage.exists(old)  # what says that a raw file is gone
    assert "raw files that were received and are gone: 1" in cli(base, "doctor").stdout
