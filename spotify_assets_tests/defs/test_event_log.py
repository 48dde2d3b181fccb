"""Dagster's event log, its files kept open: the same files, and nobody else's engines."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import create_engine, text

from spotify_assets.defs import event_log
from spotify_assets.defs.event_log import KeptOpenEventLog
from spotify_assets_tests.dagster_runs import instance_in

NORMAL, FULL = 1, 2  # what PRAGMA synchronous answers


def report(instance: dg.DagsterInstance, asset: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition="2024-03-01"))


def assets_in(instance: dg.DagsterInstance) -> set[str]:
    return {key.to_user_string() for key in instance.all_asset_keys()}


def test_our_settings_name_it_and_it_keeps_one_connection_per_file_which_waits_less(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    log = instance.event_log_storage
    assert isinstance(log, KeptOpenEventLog)
    report(instance, "songs")
    with log.index_connection() as first:
        kept = first.connection.dbapi_connection
    report(instance, "albums")
    with log.index_connection() as second:
        assert second.connection.dbapi_connection is kept
        assert second.execute(text("PRAGMA synchronous")).scalar_one() == NORMAL
    assert assets_in(instance) == {"songs", "albums"}
    another = create_engine(f"sqlite:///{tmp_path / 'another.db'}")
    with another.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == FULL
    another.dispose()


def test_dagsters_own_event_log_reads_what_it_wrote_and_the_reverse(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with instance_in(home) as instance:
        report(instance, "songs")
    settings = home / "dagster.yaml"
    ours = settings.read_text(encoding="utf-8")
    document = yaml.safe_load(ours)
    del document["event_log_storage"]
    settings.write_text(yaml.safe_dump(document), encoding="utf-8")
    with instance_in(home) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        assert assets_in(instance) == {"songs"}
        report(instance, "albums")
    settings.write_text(ours, encoding="utf-8")
    with instance_in(home) as instance:
        assert assets_in(instance) == {"songs", "albums"}


def test_the_files_of_many_runs_are_not_all_kept_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MOST_OPEN", 2)
    log = KeptOpenEventLog(str(tmp_path))
    for number in range(4):
        with log.run_connection(f"run-{number}") as connection:
            connection.execute(text("SELECT 1"))
    assert len(log._engines) == 2
    log.dispose()
    assert not log._engines
