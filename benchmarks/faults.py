"""Storage and network that fail at every operation: `python -m benchmarks.faults`.

A `spotify-assets update` of two weeks meets a fault at its Nth operation, a second one meets none. Then
nothing that was dropped may be gone; the first must have ended with 0 only if nothing was undone, and
else have said what failed; and the base must be as if there had been no fault.

Compared are, byte for byte, raw files, tables, what is held back and reports, and the catalog's views
and an answer. Not compared are times within reports, the catalog's file, and Dagster's records.

By default a run is the assets' own functions without Dagster, with empty reports: one through Dagster
(`--dagster`) takes several times as long.
"""

from __future__ import annotations

import argparse
import errno
import io
import logging
import os
import random
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from hashlib import sha256
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from importlib import import_module
from pathlib import Path
from shutil import copytree
from signal import SIGKILL
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import dagster as dg
import duckdb
import pytest
from botocore.config import Config

from spotify_assets.catalog import glue, open_catalog, views
from spotify_assets.catalog.duckdb import DuckDBCatalog
from spotify_assets.catalog.glue import GlueCatalog
from spotify_assets.checks.making import Base
from spotify_assets.checks.storing import leave_changed_stale, make_noting_artists, store
from spotify_assets.cli import FAILED, FILES_REJECTED
from spotify_assets.cli.runs import RunOutcome
from spotify_assets.defs.raw_playlist import _take_in as take_in
from spotify_assets.errors import UserError
from spotify_assets.layout import CHECKS_PAGE, DASHBOARD, INBOX, REPORTS, TABLE_FILES
from spotify_assets.raw.archive import archived_files, note_sums, read_raw
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage, Storage, s3
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import system_clock
from spotify_assets_tests.aws_world import closing_clients
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import WEEKS, digests, empty_home
from spotify_assets_tests.fakes.athena import FakeAthena, athena_server
from spotify_assets_tests.fakes.athena_engine import AthenaEngine
from spotify_assets_tests.fakes.http_server import serving
from spotify_assets_tests.good_data import make_inbox
from spotify_assets_tests.raw_samples import chart_csv, csv_name
from spotify_assets_tests.s3_server import moto_server, new_bucket, set_aws

KINDS = {  # of fault, with the number of an operating system's error
    "error": errno.EIO,
    "timeout": errno.ETIMEDOUT,
    "reset": errno.ECONNRESET,
    "half": errno.EIO,  # half of what is written, or on HTTP of the answer, and then a reset
    "after": errno.EIO,  # it is done, and reported as failed
    "kill": 0,  # the process is killed before, or with half of a file written
    "killed after": 0,
    "meanwhile": 0,  # another update, of another DAGSTER_HOME, does all of its work before it
    "read": 0,  # the same of query, export and digest, in a folder, while a week is made again
}
FAULTS = [kind for kind, number in KINDS.items() if number]
OTHERS = [kind for kind, number in KINDS.items() if not number]
LATE = ("after", "killed after")
STORES = ("folder", "s3")  # the latter with Glue and Athena
STAGES = {  # by what is in an operation's name, the first that fits
    "inbox": "raw/to_be_processed",
    "rejected": "raw/rejected",
    "archive": "raw/",
    "tables": TABLE_FILES,
    "held back": "held_back",
    "reports": REPORTS,
}
WRITING = ("write", "write_once", "copy", "move", "delete", "delete_unchanged", "replace")
READING = ("files", "read", "exists")
TIMES = re.compile(rb"\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[0-9:.+Z]*")
KEPT = ("content-type", "etag", "last-modified", "x-amzn-requestid")
SECONDS_TO_WAIT = 5.0  # for an answer that never comes, instead of a minute
VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY view_name"
DATABASE = "faults"
FEW_VIEWS = ("chart_songs", "chart_history")  # for each costs five requests
DESCRIBED = ("Name", "Description", "Parameters", "PartitionKeys", "StorageDescriptor")
DONE = (0, FILES_REJECTED)  # exit codes: one of the files is rejected
LEFT = "Not taken in"  # what `update` says of files that it couldn't read
SONGS = [f"Song {number}" for number in range(12)]


@dataclass
class Fault:
    """What fails: the operation with this number, and, if it is tried again, that too.

    With `once`, the second try succeeds. `planned` is its name in a run without faults, `seen` are
    the names of all operations so far.
    """

    kind: str = "error"
    number: int = 0
    once: bool = False
    planned: str = ""
    then: Callable[[], object] = lambda: None  # what is done instead of failing
    seen: list[str] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock)

    def hits(self, name: str) -> bool:
        """Count an operation, and return whether it is to fail."""
        with self._lock:
            self.seen.append(name)
            return len(self.seen) == self.number or (not self.once and name == self.failed)

    @property
    def failed(self) -> str:
        """The name of the operation that fails, empty while none has."""
        return self.seen[self.number - 1] if 0 < self.number <= len(self.seen) else ""

    @property
    def stage(self) -> str:
        """Where from inbox to reports the operation is."""
        name = self.failed or self.planned
        return next((stage for stage, text in STAGES.items() if text in name), "catalog")


@cache
def dropped() -> dict[str, bytes]:
    """Return an inbox with all that happens to files: taken in, replaced, unpacked, rejected."""
    first, second = WEEKS[:2]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr(csv_name(second, "global"), chart_csv(SONGS[:9]))
    return {
        csv_name(first): chart_csv(SONGS[2:11]),
        csv_name(second): chart_csv(SONGS[1:10]),
        "global.zip": packed.getvalue(),
        "page.csv": b"<!DOCTYPE html><title>Log in</title>",
        f"z/{csv_name(first)}": chart_csv(SONGS[2:12]),  # the newer one
    }


@cache
def stored_before() -> dict[str, bytes]:
    """Return the files of a base that has the first week, of a file that is then replaced."""
    with TemporaryDirectory() as folder:
        storage = FolderStorage(Path(folder))
        storage.write(INBOX + csv_name(WEEKS[0]), chart_csv(SONGS[1:9]))
        make_inbox(storage, load_settings({f"{PREFIX}BASE": folder}))
        return dict(
            storage.read_many(file.key for file in storage.files("") if "duckdb" not in file.key)
        )


@contextmanager
def failing_folder(fault: Fault, base: Path) -> Iterator[None]:
    """Let operations of every folder fail, and DuckDB's on files below the base."""

    def failing(name: str, do: Callable[..., Any], key_of: Callable[..., str | None]) -> Any:
        def operation(*arguments: Any, **options: Any) -> Any:
            key = key_of(*arguments)
            if key is None or not fault.hits(f"{name} {key}"):
                return do(*arguments, **options)
            if fault.kind in LATE:
                do(*arguments, **options)
            elif fault.kind == "half" or (fault.kind == "kill" and name.startswith("write")):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(Path, "write_bytes", write_half)
                    patch.setattr("shutil.copyfile", lambda a, b: write_half(b, a.read_bytes()))
                    do(*arguments, **options)
            fault.then()
            if not (number := KINDS[fault.kind]):
                return do(*arguments, **options)
            if name == "connect":
                raise duckdb.IOException(f"IO Error: {os.strerror(number)}: {key}")
            raise OSError(number, os.strerror(number), str(base / key))

        return operation

    def write_half(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        fault.then()
        raise OSError(KINDS["half"], os.strerror(KINDS["half"]), str(path))

    def published(path: Any = "", *more: Any) -> str | None:  # noqa: ARG001
        return (
            Path(path).name if str(path).startswith(f"{base}/") and ".duckdb" in str(path) else None
        )

    def stored(_: Storage, key: Any, *more: Any) -> str:  # noqa: ARG001
        return str(getattr(key, "key", key))

    with pytest.MonkeyPatch.context() as patch:
        for name in (*WRITING, *READING):
            patch.setattr(FolderStorage, name, failing(name, getattr(FolderStorage, name), stored))
        for module, name in ((os, "replace"), (duckdb, "connect")):
            patch.setattr(module, name, failing(name, getattr(module, name), published))
        yield


@contextmanager
def failing_http(fault: Fault, aws: str, athena: str) -> Iterator[str]:
    """Run a proxy of AWS's servers whose requests fail, and return its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # which answers `Expect: 100-continue`, as boto3 waits for

        def answer(self) -> None:
            asked = self.headers.get("X-Amz-Target", "")
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            path = unquote(self.path).partition("some/prefix/")
            name = (
                f"{self.command} {path[2] or path[0]}" if not asked else f"{asked} {body[:300]!r}"
            )
            kind = fault.kind if fault.hits(name) else ""
            self.close_connection = bool(kind)
            if kind in ("kill", "meanwhile"):
                fault.then()
            if kind == "timeout":
                Event().wait(SECONDS_TO_WAIT * 1.5)
            if kind in ("timeout", "reset", "kill") or (kind == "half" and self.command == "PUT"):
                return
            if kind == "error":
                self.reply(500, {}, b"<Error><Code>InternalError</Code></Error>")
                return
            connection = HTTPConnection(urlsplit(athena if "Athena" in asked else aws).netloc)
            try:
                headers = {n: v for n, v in self.headers.items() if n.lower() != "expect"}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
            finally:
                connection.close()
            if kind == "killed after":
                fault.then()
            if kind not in LATE:
                kept = {n: v for n, v in answer.getheaders() if n.lower() in KEPT or "amz" in n}
                if self.command == "HEAD":
                    kept["Content-Length"] = answer.getheader("Content-Length", "0")
                self.reply(
                    answer.status, kept, content, len(content) // (2 if kind == "half" else 1)
                )

        def reply(
            self, status: int, headers: dict[str, str], body: bytes, sent: int | None = None
        ) -> None:
            self.send_response(status)
            headers = {"Content-Length": str(len(body)), **headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[:sent])

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 - as the library has it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            pass

    with serving(Handler) as address:
        yield address


@dataclass
class Trial:
    """A base with an inbox, and what makes its operations fail."""

    environment: dict[str, str]
    storage: Storage
    catalog: DuckDBCatalog | GlueCatalog
    failing: Callable[[Fault], AbstractContextManager[dict[str, str]]]

    def update(self, **more: str) -> tuple[int, str]:
        """Return how the command ended, and what it said."""
        environment = self.environment | more
        result = cli(environment.pop(f"{PREFIX}BASE"), "update", **environment)
        return result.exit_code, result.output

    def lost(self) -> list[str]:
        """Return the dropped files whose content is nowhere below `raw/`."""
        contents = {self.storage.read(file.key) for file in self.storage.files("raw/")}
        packed = chart_csv(SONGS[:9]) in contents
        return [
            path
            for path, content in dropped().items()
            if content not in contents and not (packed and path.endswith(".zip"))
        ]

    def state(self) -> dict[str, Any]:
        """Return all that counts of the base: a digest of each file, and the catalog's answers."""
        found: dict[str, Any] = digests(self.storage, "")
        where = self.storage.location("").rstrip("/").encode()
        for file in self.storage.files(REPORTS):
            content = TIMES.sub(b"", self.storage.read(file.key).replace(where, b""))
            found[file.key] = sha256(content).hexdigest()
        if isinstance(self.catalog, GlueCatalog):
            pages = self.catalog.glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE)
            found["Glue"] = [
                str({name: table.get(name) for name in DESCRIBED}).replace(where.decode(), "")
                for page in pages
                for table in page["TableList"]
            ]
            found["weeks"] = replace(self.catalog).weeks()  # as one sees it who published nothing
        else:
            texts = map(str, self.catalog.query(VIEWS).rows)
            found["views"] = [text.replace(where.decode(), "") for text in texts]
        found["answer"] = self.catalog.query(
            "SELECT * FROM chart_history ORDER BY week, chart, rank"
        ).rows
        return {key: value for key, value in found.items() if not key.endswith(".duckdb")}


def run_plainly(
    settings: Settings, _home: Path, storage: Storage, due: Collection[date], **_: Any
) -> list[RunOutcome]:
    """Do what the job does over these weeks, and return how it went, as `run_all`."""
    weeks, failures = sorted(due), list[str]()
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    try:
        take_in(storage, rules, weeks, lambda _: None)
        files = [(name, file.key) for name, file in archived_files(storage, weeks)]
        if not files:
            raise dg.Failure("There are no raw files.")
        note_sums(storage, {n: sha256(c).hexdigest() for n, c in read_raw(storage, files)})
        made = make_noting_artists(Base(storage, settings.charts, settings.thresholds), weeks)
        store(storage, made)
        leave_changed_stale(storage, made)
        store_identities(storage)
        open_catalog(settings, storage).publish(stored_weeks(storage))
        for report in (DASHBOARD, CHECKS_PAGE):
            storage.write(report, b"made")
    except (OSError, UserError, dg.Failure) as error:
        failures.append(str(error))
    return [RunOutcome(weeks, not failures, failures)]


@contextmanager
def trial_in(store: str, moto: str, kind: str = "") -> Iterator[Trial]:
    """A base in a folder or on S3, with a full inbox, for one case."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        environment = {"DAGSTER_HOME": str(copytree(empty_home(), folder / "home"))}
        if store == "folder":
            (folder / "base").mkdir()
            storage: Storage = FolderStorage(folder / "base")
            settings = environment | {f"{PREFIX}BASE": str(folder / "base")}
            catalog = DuckDBCatalog(storage, folder / "base" / "spotify_charts.duckdb")

            @contextmanager
            def failing(fault: Fault) -> Iterator[dict[str, str]]:
                with failing_folder(fault, folder / "base"):
                    yield {}
        else:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            set_aws(patch, moto, folder)
            storage = stack.enter_context(new_bucket())
            settings = environment | {
                f"{PREFIX}BASE": storage.location("").rstrip("/"),
                f"{PREFIX}CATALOG": "glue",
                f"{PREFIX}GLUE_DATABASE": DATABASE,
            }
            athena = stack.enter_context(an_athena(patch))
            catalog = stack.enter_context(
                closing_clients(GlueCatalog(storage, DATABASE, "primary"))
            )
            stack.callback(lambda: catalog.glue.delete_database(Name=DATABASE))
            if kind == "timeout":
                wait = {"read_timeout": SECONDS_TO_WAIT}
                patch.setattr(
                    s3, "Config", lambda **of: Config(**of | (wait if "read_timeout" in of else {}))
                )
            patch.setattr("botocore.endpoint.time.sleep", lambda _: None)

            @contextmanager
            def failing(fault: Fault) -> Iterator[dict[str, str]]:
                with failing_http(fault, moto, athena) as address:
                    yield {"AWS_ENDPOINT_URL": address, "AWS_ENDPOINT_URL_ATHENA": address}

        for key, content in stored_before().items():
            storage.write(key, content)
        for path, content in dropped().items():
            storage.write(INBOX + path, content)
        yield Trial(settings, storage, catalog, failing)


@contextmanager
def an_athena(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run Athena's stand-in, with few views; return its address."""
    athena = FakeAthena(AthenaEngine())
    _ = athena.engine.glue, athena.engine.s3  # which fail never
    patch.setattr(glue, "VIEWS", [view for view in views.VIEWS if view.name in FEW_VIEWS])
    with athena_server(athena) as address:
        patch.setenv("AWS_ENDPOINT_URL_ATHENA", address)
        yield address
        athena.engine.close()


def outcome_of(
    store: str, moto: str, fault: Fault, golden: dict[str, Any]
) -> tuple[int, str, list[str]]:
    """Return how an update ends that meets a fault, what it says, and what is wrong then."""
    with trial_in(store, moto, fault.kind) as trial:
        wrong, code, said = list[str](), -1, ""
        if fault.kind == "read":
            golden = prepare_to_read(trial, fault, wrong)
        try:
            with trial.failing(fault) as environment:
                if fault.kind == "meanwhile":
                    fault.then = lambda: update_meanwhile(trial, environment, wrong)
                if "kill" in fault.kind:
                    code = killed(trial, fault, environment)
                else:
                    code, said = trial.update(**environment)
        except Exception as error:  # a traceback, where users want a sentence
            wrong.append(f"crashed: {error!r}")
        wrong += [f"lost at once: {path}" for path in trial.lost()]
        if code in DONE and LEFT not in said and not wrong:
            wrong += [f"ended with {code}, but {what}" for what in differences(trial, golden)]
        elif not wrong and code not in (*DONE, FAILED, -SIGKILL):
            wrong.append(f"ended with {code}, as if a setting were wrong")
        elif not wrong and code != -SIGKILL and not says_why(said, fault):
            wrong.append("doesn't say what failed")
        again, said_again = trial.update()
        if again not in DONE or LEFT in said_again:
            wrong.append(f"the next update ended with {again}: {said_again}")
        wrong += [f"after the next update {what}" for what in differences(trial, golden)]
    return code, said, wrong


def killed(trial: Trial, fault: Fault, environment: dict[str, str]) -> int:
    """Update in a process of its own, which the fault kills; return how that ended."""
    child = os.fork()
    victim = child or os.getpid()
    fault.then = lambda: os.kill(victim, SIGKILL)
    if not child:
        try:
            trial.update(**environment)
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def update_meanwhile(trial: Trial, environment: dict[str, str], wrong: list[str]) -> None:
    """Update as another machine does, with a DAGSTER_HOME of its own."""
    with TemporaryDirectory() as folder:
        home = copytree(empty_home(), Path(folder, "home"))
        code, said = trial.update(**environment, DAGSTER_HOME=str(home))
    if code not in DONE:
        wrong.append(f"the other update ended with {code}: {said}")


def prepare_to_read(trial: Trial, fault: Fault, wrong: list[str]) -> dict[str, Any]:
    """Update, drop a newer file, and have the fault query the base; return the state in the end."""
    trial.update()
    base = trial.environment[f"{PREFIX}BASE"]
    verdicts = "(SELECT count(*) > 0 FROM check_results)"
    commands = {
        "query": [f"SELECT week, song_name, {verdicts} AS judged FROM chart_history ORDER BY ALL"],
        "export": ["chart_history", "-o", str(Path(base).parent / "export.csv"), "--force"],
        "digest": [],
    }
    answers = [cli(base, "query", *commands["query"]).output]
    newer = chart_csv([*SONGS[2:11], "Newest"])
    trial.storage.write(INBOX + csv_name(WEEKS[0]), newer)
    with trial_in("folder", "") as model:
        model.update()
        model.storage.write(INBOX + csv_name(WEEKS[0]), newer)
        model.update()
        golden = model.state()
        answers += [cli(model.environment[f"{PREFIX}BASE"], "query", *commands["query"]).output]

    def read() -> None:
        for command, arguments in commands.items():
            ended = cli(base, command, *arguments)
            is_told = ended.exit_code and "If a run is making its week now" in ended.output
            is_other = command == "query" and ended.output not in answers
            if not is_told and (ended.exit_code or is_other):
                wrong.append(f"{command} ended with {ended.exit_code}: {ended.output}")

    fault.then = read
    return golden


def says_why(said: str, fault: Fault) -> bool:
    """Whether what an update said has a reason for this fault in it."""
    reasons = (os.strerror(KINDS[fault.kind]), "S3 ", "Glue ", "Athena ", "can't be", LEFT)
    return any(reason in said for reason in reasons) and "Traceback" not in said


def differences(trial: Trial, golden: dict[str, Any]) -> list[str]:
    """Return in which files and answers a base isn't as it would be without a fault."""
    try:
        state = trial.state()
    except UserError as error:
        return [f"the catalog doesn't answer: {error}"]
    return [
        f"{key} is {'missing' if key not in state else 'more' if key not in golden else 'different'}"
        for key in sorted({*golden, *state})
        if golden.get(key) != state.get(key)
    ]


def golden_of(store: str, moto: str) -> tuple[dict[str, Any], list[str]]:
    """Return the state without a fault, and the names of all operations that led to it."""
    with trial_in(store, moto) as trial:
        fault = Fault()
        with trial.failing(fault) as environment:
            code, said = trial.update(**environment)
        if code not in DONE:
            raise SystemExit(said)
        return trial.state(), fault.seen


def applies(kind: str, operation: str) -> bool:
    """Whether a kind of fault is another one than before for this operation."""
    name = operation.partition(" ")[0]
    if kind == "killed after":
        return name not in (*READING, "connect", "HEAD", "GET")
    if name in (*READING, "connect", "HEAD"):
        return kind not in ("half", "after")
    return kind != "half" or name not in ("delete", "delete_unchanged", "replace", "DELETE")


def cases(
    store: str, operations: Sequence[str], kinds: Sequence[str], every: int = 1, seed: int = 1
) -> list[Fault]:
    """Return one in so many of the faults that there can be, chosen at random, in order."""
    found = [
        Fault(kind, number, once, operation)
        for number, operation in enumerate(operations, start=1)
        for kind in kinds
        for once in (
            (False, True) if store != "folder" and kind in FAULTS else (kind not in FAULTS,)
        )
        if applies(kind, operation) and (store == "folder" or kind != "read")
    ]
    chosen = sorted(random.Random(seed).sample(range(len(found)), -(-len(found) // every)))
    return [found[number] for number in chosen]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what came of each fault, and a table of them; return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of %(default)s")
    parser.add_argument("--stores", default=",".join(STORES), help="of %(default)s")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one case in N")
    parser.add_argument("--seed", type=int, default=1, help="by which these are chosen")
    parser.add_argument("--dagster", action="store_true", help="run everything through Dagster")
    given = parser.parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    failed = 0
    with moto_server() as moto, pytest.MonkeyPatch.context() as patch:
        if not given.dagster:
            patch.setattr(import_module("spotify_assets.cli.update"), "run_all", run_plainly)
        for store in given.stores.split(","):
            golden, operations = golden_of(store, moto)
            table: Counter[tuple[str, ...]] = Counter()
            for fault in cases(store, operations, given.kinds.split(","), given.every, given.seed):
                code, said, wrong = outcome_of(store, moto, fault, golden)
                row = (store, fault.stage, fault.kind)
                table.update([(*row, "cases"), (*row, f"ended with {code}")])
                table[*row, "wrong"] += bool(wrong)
                failed += bool(wrong)
                which = f"{fault.number} {fault.kind} {'once' if fault.once else 'always'}"
                lines = [f"{store} {which} {fault.failed or fault.planned}: {code}", *wrong]
                sys.stdout.write("\n  ".join([*lines, *([said] if wrong else [])]) + "\n")
                sys.stdout.flush()
            for key, count in sorted(table.items()):
                sys.stdout.write(f"{' | '.join(key)}: {count}\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
