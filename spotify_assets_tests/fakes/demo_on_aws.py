"""`make demo-aws`: the demo end to end on fakes of AWS, in one command that needs no account.

It starts everything, runs it, shows it and stops it: moto's server is S3 and Glue, `athena` is Athena,
and the commands are those that people type, each a process of its own. Run it from the project's
root: python -m spotify_assets_tests.fakes.demo_on_aws
"""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import click

from spotify_assets.cli import STOPPED
from spotify_assets.layout import ARCHIVE, REPORTS, TABLE_FILES
from spotify_assets.settings import PREFIX, SPOTIPY_PREFIX
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.fakes.athena import FakeAthena, athena_server
from spotify_assets_tests.fakes.athena_engine import AthenaEngine
from spotify_assets_tests.s3_server import aws_environment, closing_client, moto_server
from spotify_assets_tests.trino_server import (
    VERSION,
    TrinoEngine,
    TrinoMissing,
    installed,
    trino_server,
)

BUCKET, FOLDER = "spotify-charts-demo", "charts"
DATABASE, WORKGROUP = "spotify_charts", "spotify-charts"
COMMAND = "spotify-assets"
SECONDS_TO_END = 20
QUERY = (
    "SELECT chart, rank, move, weeks_on_chart, song_name, artist_names FROM latest_chart "
    "WHERE rank <= 5 ORDER BY chart, rank"
)
DOUBLES = """
What stood in for AWS, on this machine and in memory: moto's server for S3 and Glue, and for Athena a
fake of this project's, which takes the calls of Athena's API and answers them with {engine}, over the
tables, weeks and views that Glue declares and the files that are stored on S3.
What was real: the commands, Dagster, boto3 over HTTP, the Parquet files, the tables' declarations and
the SQL of the views. Nothing was sent to AWS; no credentials, profile or settings of yours were used.\
"""


@click.command()
@click.option("--weeks", type=int, help="Make up only so many weeks.")
@click.option(
    "--reports",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo_aws"),
    help="The folder that gets a copy of the reports.",
)
@click.option("--duckdb", is_flag=True, help="Answer with DuckDB, even if there is a Trino.")
def main(weeks: int | None, reports: Path, *, duckdb: bool) -> None:
    """Run the demo on stand-ins for AWS: S3, Glue, Athena."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    logging.getLogger("werkzeug").setLevel(
        logging.ERROR
    )  # moto's, which logs a line for every request
    try:
        with TemporaryDirectory(prefix="demo-aws-") as folder:
            options = [f"--weeks={weeks}"] if weeks else []
            code = _demo(Path(folder), options, reports, duckdb=duckdb)
    except KeyboardInterrupt:
        click.echo("Stopped, and so is all that it started.", err=True)
        code = STOPPED
    sys.exit(code)


@contextmanager
def _engine(*, duckdb: bool) -> Iterator[AthenaEngine]:
    """Trino, if it was fetched before, else DuckDB; and say which."""
    try:
        if duckdb:
            raise TrinoMissing("you asked for DuckDB")
        installed()
    except TrinoMissing as why:
        click.echo(f"Athena's queries are executed by DuckDB: {why}.")
        yield AthenaEngine()
        return
    click.echo("Athena's queries are executed by Trino, which takes half a minute to start.")
    with trino_server() as trino:
        yield TrinoEngine(trino=trino)


def _demo(folder: Path, options: list[str], reports: Path, *, duckdb: bool) -> int:
    with moto_server() as aws:
        ours = aws_environment(os.environ, aws, folder)
        os.environ.clear()
        os.environ.update(ours)  # the fake of Athena uses S3 and Glue from this process
        storage = S3Storage(BUCKET, FOLDER)
        workgroups = {WORKGROUP: f"s3://{BUCKET}/_athena_results/"}
        with (
            _engine(duckdb=duckdb) as engine,
            athena_server(fake := FakeAthena(engine, workgroups=workgroups)) as athena,
            closing_client(storage),
        ):
            storage.client.create_bucket(Bucket=BUCKET)
            click.echo(f"AWS for this demo: S3 and Glue on {aws}, Athena on {athena}")
            given = _settings(storage, athena)
            for name, value in given.items():
                click.echo(f"  {name}={value}")
            environment = _without_settings(ours) | given | {"DAGSTER_HOME": str(folder / "home")}
            code = _run(["demo", *options], environment, folder)
            if code:
                return code
            _show_what_is_stored(storage, fake)
            click.echo("\nWhat the demo offers next ends with this AWS; this is what it answers:")
            before = Counter(fake.calls)
            code = _run(["query", QUERY], environment, folder)
            calls = ", ".join(f"{n} {name}" for name, n in sorted((fake.calls - before).items()))
            click.echo(f"That was answered through Athena's API: {calls or 'no call'}.")
            keep_reports(storage, reports)
            trinos = isinstance(engine, TrinoEngine)
            click.echo(DOUBLES.format(engine=f"Trino {VERSION}" if trinos else "DuckDB"))
            return code


def _settings(storage: S3Storage, athena: str) -> dict[str, str]:
    return {
        f"{PREFIX}BASE": storage.location("").rstrip("/"),
        f"{PREFIX}CATALOG": "glue",
        f"{PREFIX}GLUE_DATABASE": DATABASE,
        f"{PREFIX}ATHENA_WORKGROUP": WORKGROUP,
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_ENDPOINT_URL_ATHENA": athena,
    }


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    outer = (PREFIX, SPOTIPY_PREFIX, "DAGSTER")
    return {n: v for n, v in environment.items() if not n.startswith(outer)}


def _run(words: list[str], environment: Mapping[str, str], folder: Path) -> int:
    """Run one of our commands to its end and return its exit code.

    In that folder, because a `.env` is read from the current one; and in a session of its own, so that
    Ctrl-C reaches it once, from here.
    """
    click.echo(f"\n$ {shlex.join([COMMAND, *words])}")
    process = subprocess.Popen(
        [Path(sys.executable).with_name(COMMAND), *words],
        cwd=folder,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _show_what_is_stored(storage: S3Storage, fake: FakeAthena) -> None:
    click.echo("\nOn S3:")
    for folder in (ARCHIVE, TABLE_FILES, REPORTS):
        files = [file.size for file in storage.files(folder)]
        place = storage.location(folder)
        click.echo(f"  {place:<60}{len(files):>5} files {sum(files) / 1e6:>7.1f} MB")
    tables = fake.engine.glue.get_tables(DatabaseName=DATABASE)["TableList"]
    click.echo(f"In Glue's database {DATABASE}:")
    for kind, what in (("EXTERNAL_TABLE", "tables"), ("VIRTUAL_VIEW", "views")):
        names = sorted(table["Name"] for table in tables if table["TableType"] == kind)
        click.echo(f"  {what:<7}{', '.join(names)}")


def keep_reports(storage: S3Storage, reports: Path) -> None:
    """Copy the reports to a folder, which outlives these fakes, and say where."""
    found = [file.key for file in storage.files(REPORTS)]
    if not found:
        click.echo(f"\nThere is no report in {storage.location(REPORTS)}.")
    for key in found:
        copy = reports.absolute() / key.removeprefix(REPORTS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(storage.read(key))
        click.echo(f"\nReport  {storage.location(key)}\n  open a copy of it: {copy}")


def _stop(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - as Python calls it
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
