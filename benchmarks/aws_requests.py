"""What an update and idle ticks ask of AWS, however much is stored: `python -m benchmarks.aws_requests`.

S3 and Glue are moto's, Athena is the tests' double; a proxy before them adds 20 ms to each request and
counts. What the figures mean is in the README beside this.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from uuid import uuid4

from spotify_assets.demo import SampleFile, sample_files
from spotify_assets.layout import IDENTITIES, INBOX, REPORTS, TABLE_FILES
from spotify_assets.settings import PREFIX
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.storage.s3 import S3Storage, in_threads
from spotify_assets.tables.schemas import CHECK_RESULTS
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests.fakes.athena import FakeAthena, athena_server
from spotify_assets_tests.fakes.athena_engine import AthenaEngine
from spotify_assets_tests.s3_server import (
    Request,
    aws_environment,
    closing_client,
    counting,
    moto_server,
)

SECONDS = 0.02  # added to each request
TICK = """
import sys
import dagster as dg
from spotify_assets.definitions import defs
name = sys.argv[1]
with dg.DagsterInstance.get() as instance:
    resources = {key: one for key, one in defs.resources.items()}
    if name == "daily_update":
        from datetime import UTC, datetime
        with dg.build_schedule_context(instance, scheduled_execution_time=datetime.now(tz=UTC),
                                       resources=resources) as context:
            said = defs.resolve_schedule_def(name).evaluate_tick(context)
    else:
        with dg.build_sensor_context(instance, resources=resources) as context:
            said = defs.resolve_sensor_def(name).evaluate_tick(context)
assert not said.run_requests, said
print(said.skip_message)
"""
UPDATE = ("-c", "from spotify_assets.cli import main; main()", "update")


@dataclass
class World:
    """A base on S3, the environment of the processes that use it, and what the proxy saw of them."""

    storage: S3Storage
    environment: dict[str, str]
    home: Path
    verbose: bool
    seen: list[Request] = field(default_factory=list)

    def measure(self, what: str, *words: str) -> None:
        """Run Python with these words, and print time, memory and requests of that process."""
        self.seen.clear()
        start = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *words],
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - start
        if status:
            sys.exit(f"{what} went wrong, so its figures mean nothing: {said}")
        calls = Counter(one.service for one in self.seen)
        requests = ", ".join(f"{calls[name]} {name}" for name in ("s3", "glue", "athena"))
        sys.stdout.write(f"{what}: {seconds:.1f} s, {usage.ru_maxrss / 1024:.0f} MB, {requests}\n")
        if self.verbose:
            sys.stdout.write("".join(f"    {' '.join(one)}\n" for one in self.seen))
        sys.stdout.flush()


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aws_requests")
    parser.add_argument("--weeks", type=int, nargs="+", default=[104, 520], help="weeks stored")
    parser.add_argument("--verbose", action="store_true", help="list every request")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the bases for the next time")
    given = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    last_week = latest_closed_week(system_clock())
    for weeks in given.weeks:
        sys.stdout.write(f"\n{weeks} weeks stored\n")
        *stored, last = by_week(sample_files(last_week, weeks + 1))
        with TemporaryDirectory() as folder:
            place = (given.keep or Path(folder)) / str(weeks)
            if not place.exists():
                make_base(place, [one for of in stored for one in of])
            with world_of(place, Path(folder), given.verbose) as world:
                world.measure("published to Glue", *UPDATE)
                world.measure("idle update", *UPDATE)
                world.measure("idle sensor tick", "-c", TICK, "new_raw_files")
                drop(world.storage, last)
                world.measure("a week of 2 charts", *UPDATE)
                world.measure("idle schedule tick", "-c", TICK, "daily_update")
    sys.stdout.write("\nnothing stored\n")
    with TemporaryDirectory() as folder, world_of(None, Path(folder), given.verbose) as world:
        drop(world.storage, list(sample_files(last_week, 2)))
        world.measure("the first two weeks", *UPDATE)


def by_week(samples: Iterator[SampleFile]) -> list[list[SampleFile]]:
    """Return the files of each week, in order."""
    found: dict[object, list[SampleFile]] = {}
    for sample in samples:
        found.setdefault(sample.week, []).append(sample)
    return list(found.values())


def drop(storage: Storage, samples: Sequence[SampleFile]) -> None:
    """Put files into the inbox."""
    for sample in samples:
        storage.write(INBOX + sample.name, sample.content)


def make_base(place: Path, samples: Sequence[SampleFile]) -> None:
    """Make a base in a folder and the Dagster home of it, of these files in one run."""
    drop(FolderStorage(place / "base"), samples)
    given = {f"{PREFIX}BASE": str(place / "base"), "DAGSTER_HOME": str(place / "home")}
    command = [sys.executable, *UPDATE]
    subprocess.run(command, env=_without_settings() | given, stdout=subprocess.DEVNULL, check=True)


def upload(base: Storage, storage: Storage) -> None:
    """Copy a base so that no week is stale there: S3 tells the time in whole seconds."""
    files = [file.key for file in base.files("")]
    judged = f"{TABLE_FILES}{CHECK_RESULTS.name}/"
    last = [key for key in files if key.startswith((REPORTS, IDENTITIES))]
    verdicts = [key for key in files if key.startswith(judged)]
    others = sorted({*files} - {*last} - {*verdicts})
    for keys in (others, verdicts, last):
        for _ in in_threads(lambda key: storage.write(key, base.read(key)), keys):
            pass
        sleep(1.1)


def _without_settings() -> dict[str, str]:
    outer = (PREFIX, "SPOTIPY_", "DAGSTER")
    return {name: value for name, value in os.environ.items() if not name.startswith(outer)}


@contextmanager
def world_of(place: Path | None, folder: Path, verbose: bool) -> Iterator[World]:
    """Run AWS's stand-ins, with a copy of a base on S3, and yield what can be measured there."""
    home = folder / "home"
    with moto_server() as aws:
        os.environ.update(aws_environment(_without_settings(), aws, folder))
        fake = FakeAthena(AthenaEngine())
        vars(fake.engine).update(glue=fake.engine.glue, s3=fake.engine.s3)  # not by the proxy
        name = f"charts-{uuid4().hex}"  # moto's servers of one process share what they hold
        storage = S3Storage(name, "some/prefix")
        seen: list[Request] = []
        with (
            athena_server(fake) as athena,
            counting(aws, seen, SECONDS) as proxy,
            counting(athena, seen, SECONDS) as athena_proxy,
            closing_client(storage),
        ):
            storage.client.create_bucket(Bucket=name)
            if place:
                shutil.copytree(place / "home", home)
                upload(FolderStorage(place / "base"), storage)
            else:
                home.mkdir()
            environment = _without_settings() | {
                f"{PREFIX}BASE": storage.location("").rstrip("/"),
                f"{PREFIX}CATALOG": "glue",
                f"{PREFIX}GLUE_DATABASE": name.replace("-", "_"),
                "AWS_ENDPOINT_URL": proxy,
                "AWS_ENDPOINT_URL_ATHENA": athena_proxy,
                "DAGSTER_HOME": str(home),
            }
            yield World(storage, environment, home, verbose, seen)
            fake.engine.close()


if __name__ == "__main__":
    main()
