"""What a real Trino makes of our tables: `python -m benchmarks.trino [--base FOLDER ...] [--workers]`.

Over moto's S3 and Glue: every row of every table and view, and the answer to each documented question,
compared with DuckDB's, on two years of the demo, on the rows of the views' tests and on each base named;
the stages of each plan; what a question reads, by a key that is a date and by one that is text,
and of the tutorial's files. With `--workers`, the views at scale instead, on one node and on three. What
the figures mean is in the README beside this.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import pytest

from benchmarks.athena_scan import OURS, TUTORIALS, WEEKS
from benchmarks.ours import make_tables
from benchmarks.payloads import FIRST_WEEK, charts_of, write_raw_files
from benchmarks.tutorial import transform_all
from benchmarks.views import CHARTS, fill
from benchmarks.views import WEEKS as MOST_WEEKS
from spotify_assets.catalog.glue import EXTERNAL
from spotify_assets.catalog.views import VIEWS
from spotify_assets.demo import sample_files
from spotify_assets.layout import ARCHIVE, INBOX, TABLE_FILES
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.store import write_week
from spotify_assets.weeks import ONE_WEEK, weeks_between
from spotify_assets_tests.catalog import test_views
from spotify_assets_tests.catalog.test_trino import MOST_STAGES
from spotify_assets_tests.chart_frames import made_up, views_over
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.compared_engines import (
    all_of,
    difference,
    differences,
    duckdb_over,
    put,
    stages,
    stored,
)
from spotify_assets_tests.good_data import LATEST, make_inbox
from spotify_assets_tests.places import Place, on_s3
from spotify_assets_tests.s3_server import moto_server
from spotify_assets_tests.trino_server import Trino, TrinoEngine, TrinoMissing, trino_server
from spotify_assets_tests.trino_statements import documented

QUESTIONS = documented(PROJECT / "docs" / "questions.md")
LAST_WEEK = FIRST_WEEK + ONE_WEEK * (WEEKS - 1)
OF_ONE_WEEK = f"SELECT count(*) FROM songs WHERE week = DATE '{LAST_WEEK}'"
OF_CHART = "SELECT count(*) FROM songs WHERE chart = 'chart-01'"
WHOLE = "SELECT count(*), checksum(CAST(ROW({columns}) AS json)) FROM {view}"


def main() -> None:
    """Compare, measure and report; end with 1 if the engines disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trino")
    parser.add_argument("--base", type=Path, action="append", default=[], help="another base")
    parser.add_argument("--workers", action="store_true", help="one node and three, at scale")
    parser.add_argument("--charts", type=int, default=CHARTS)
    parser.add_argument("--weeks", type=int, default=MOST_WEEKS)
    given = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        if given.workers:
            compare_nodes(given.charts, given.weeks)
            return
        with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
            sys.exit(1 if report(Path(folder), given.base) else 0)
    except TrinoMissing as why:
        sys.exit(f"There is no Trino here: {why}")


@contextmanager
def aws(folder: Path) -> Iterator[tuple[str, Path]]:
    """The address of an S3 with a Glue, and a folder for settings of AWS that nobody has."""
    with moto_server() as address:
        (folder / "aws").mkdir()
        yield address, folder / "aws"


def report(folder: Path, bases: list[Path]) -> int:
    """Compare on every base; return how many differences there are."""
    with (
        aws(folder) as (address, no_settings),
        on_s3(address, no_settings),
        trino_server() as trino,
    ):
        wrong = 0
        made = {"demo": demo_base(folder / "demo"), "cases": cases(folder / "cases")}
        for number, base in enumerate(bases):
            copy = folder / f"base-{number}"
            shutil.copytree(base / TABLE_FILES, copy / TABLE_FILES)
            made[str(base)] = FolderStorage(copy)
        for name, base in made.items():
            with on_s3(address, no_settings) as place:
                wrong += compare(name, base, place, trino)
        with on_s3(address, no_settings) as place:
            scans(folder / "scan", place, trino)
    return wrong


def demo_base(folder: Path) -> FolderStorage:
    """Two years of made-up charts, as the demo has them."""
    base = FolderStorage(folder)
    for sample in sample_files(LATEST):
        base.write(INBOX + sample.name, sample.content)
    make_inbox(base, load_settings({f"{PREFIX}BASE": str(folder)}))
    return base


def cases(folder: Path) -> FolderStorage:
    """All rows that the views' tests are made of, each test's apart from the others'."""
    seen = [made_up(seed) for seed in range(6)]

    def noted(rows: Any, **options: Any) -> Any:
        seen.append({name: list(of) for name, of in rows.items()})
        return views_over(seen[-1], **options)

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(sys.stderr):
        patch.setattr(test_views, "views_over", noted)
        pytest.main(["-q", "-n0", str(test_views.__file__)])
    stored(base := FolderStorage(folder), all_of(seen))
    return base


def compare(name: str, base: FolderStorage, place: Place, trino: Trino) -> int:
    """Publish a base, read it all with both engines, and say what differs and what plans are made."""
    database = published(base, place, trino)
    start = perf_counter()
    with duckdb_over(base) as connection:
        rows = sum(connection.sql(f"SELECT count(*) FROM {v.name}").fetchall()[0][0] for v in VIEWS)
        found = [*differences(trino, database, connection)]
        for one in QUESTIONS:
            found += difference(trino, database, connection, one.sql, is_ordered=True)
    planned = {view.name: stages(trino, database, f"SELECT * FROM {view.name}") for view in VIEWS}
    found += [f"{v} has {n} stages" for v, n in planned.items() if n > MOST_STAGES]
    _say(f"{name}: {rows:,} rows of {len(VIEWS)} views, {len(QUESTIONS)} questions: {len(found)}")
    _say(f"differences in {perf_counter() - start:.0f} s")
    for sentence in found:
        _say(f"  {sentence[:600]}")
    most = sorted(planned.items(), key=lambda of: -of[1])[:5]
    _say("  stages: " + ", ".join(f"{view} {number}" for view, number in most))
    return len(found)


def published(base: FolderStorage, place: Place, trino: Trino) -> str:
    """Put a base on S3 and into Glue, by an Athena that is Trino; return the database."""
    assert place.world
    place.world.athena.engine = TrinoEngine(trino=trino)
    put(base, place)
    place.publish()
    return place.world.catalog.database


def scans(folder: Path, place: Place, trino: Trino) -> None:
    """Say what questions read, of our layout by both kinds of key, and of the tutorial's."""
    write_raw_files(folder, 2, WEEKS)
    make_tables(folder, charts_of(2), weeks_between(FIRST_WEEK, LAST_WEEK))
    transform_all(folder / ARCHIVE, folder / "tutorial")
    base = FolderStorage(folder)
    database = published(base, place, trino)
    for name in ("songs", "song_artists"):
        with_text_key(place, name)
    for name in ("song_data", "artist_data"):
        tutorials_table(place, folder / "tutorial" / name, name)
    text = {"songs AS": "songs_by_text AS", "song_artists AS": "song_artists_by_text AS"}
    by_text = OURS.replace("DATE '", "'")
    for old, new in text.items():
        by_text = by_text.replace(old, new)
    _say("                               bytes read splits   ms planned")
    answers = []
    for name, sql in (
        ("ours, by date", OURS),
        ("ours, by text", by_text),
        ("ours, one week", OF_ONE_WEEK),
        ("ours, all weeks of a chart", OF_CHART),
        ("tutorial", TUTORIALS),
    ):
        trino.run(sql, database)  # once, so that no code is new
        answers.append(trino.run(sql, database).rows)
        stats = trino.stats
        planned = stats["planningTimeMillis"] + stats.get("analysisTimeMillis", 0)
        _say(f"{name:<28}{stats['physicalInputBytes']:13,}{stats['completedSplits']:7}{planned:10}")
    _say(f"all of ours and the tutorial's answer alike: {answers[0] == answers[1] == answers[4]}")
    for sql in (OURS, by_text):
        ((plan,),) = trino.run(f"EXPLAIN ANALYZE {sql}", database).rows
        told = ("ScanFilter", ":PARTITION_KEY", "Physical input")
        _say("\n".join(line for line in plan.splitlines() if any(part in line for part in told)))


def with_text_key(place: Place, name: str) -> None:
    """Declare a table once more, with weeks that are texts."""
    assert place.world
    glue, database = place.world.catalog.glue, place.world.catalog.database
    kept = ("TableType", "Parameters", "StorageDescriptor")
    table = {k: v for k, v in place.world.table(name).items() if k in kept}
    key = [{"Name": "week", "Type": "string"}]
    entry = {**table, "Name": f"{name}_by_text", "PartitionKeys": key}
    glue.create_table(DatabaseName=database, TableInput=entry)
    weeks = glue.get_partitions(DatabaseName=database, TableName=name)["Partitions"]
    inputs = [{k: p[k] for k in ("Values", "StorageDescriptor")} for p in weeks]
    for start in range(0, len(inputs), 100):
        glue.batch_create_partition(
            DatabaseName=database,
            TableName=f"{name}_by_text",
            PartitionInputList=inputs[start : start + 100],
        )


def tutorials_table(place: Place, folder: Path, name: str) -> None:
    """Put the tutorial's CSV files on S3, and declare them as its crawler does."""
    assert place.world
    for file in sorted(folder.iterdir()):
        place.storage.write(f"tutorial/{name}/{file.name}", file.read_bytes())
    header = next(folder.iterdir()).read_text(encoding="utf-8").splitlines()[0]
    serde = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
    storage = {
        "Columns": [{"Name": column, "Type": "string"} for column in header.split(",")],
        "Location": place.storage.location(f"tutorial/{name}/"),
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"separatorChar": ","}},
    }
    entry = {
        "Name": name,
        "TableType": EXTERNAL,
        "Parameters": {"EXTERNAL": "TRUE", "skip.header.line.count": "1"},
        "PartitionKeys": [],
        "StorageDescriptor": storage,
    }
    place.world.catalog.glue.create_table(
        DatabaseName=place.world.catalog.database, TableInput=entry
    )


def compare_nodes(charts: int, weeks: int) -> None:
    """Say how long each view takes on one node and on three, and whether they answer alike."""
    with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as name:
        folder = Path(name)
        base = FolderStorage(folder / "base")
        with duckdb.connect(str(folder / "charts.duckdb")) as connection:
            connection.execute("SET threads = 2; SET memory_limit = '3GB'")
            fill(connection, charts, weeks)
            for table in ("songs", "albums", "artists", "song_artists"):
                found = connection.sql(f"SELECT DISTINCT week FROM {table}").fetchall()
                for (week,) in found:
                    rows = f"SELECT * FROM {table} WHERE week = DATE '{week}'"
                    write_week(base, table, week, connection.sql(rows).to_arrow_table())
        (folder / "charts.duckdb").unlink()
        with aws(folder) as (address, no_settings), on_s3(address, no_settings) as place:
            seen: list[dict[str, Any]] = []
            for heap, workers in (("3000M", 0), ("1800M", 2)):
                with trino_server(heap, workers, caching=True) as trino:
                    database = published(base, place, trino)
                    seen.append({})
                    for view in VIEWS:
                        columns = ", ".join(view.columns)
                        start = perf_counter()
                        sql = WHOLE.format(columns=columns, view=view.name)
                        seen[-1][view.name] = trino.run(sql, database).rows
                        nodes = trino.stats["nodes"]
                        _say(f"{nodes} nodes {view.name:<16}{perf_counter() - start:8.1f} s")
        _say(f"both answer alike: {seen[0] == seen[1]}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
