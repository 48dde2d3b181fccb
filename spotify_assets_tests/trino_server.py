"""A real Trino, which is Athena's engine: over the Glue and S3 that this process's variables name.

Its server and the Hive connector come from Maven Central, once, into the user's cache; `TrinoMissing`
says what keeps it from running here. Nothing of it is imported: it is spoken to over HTTP.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

from spotify_assets_tests.fakes.athena_engine import (
    CREATE_VIEW,
    SCALARS,
    VIEW_TEXT,
    AthenaEngine,
    Failed,
    Result,
    as_text,
)

VERSION = "476"  # the last whose server is on Maven Central
OLDEST_JAVA = 24
PARTS = {"trino-server-core": "tar.gz", "trino-hive": "zip"}
CATALOG = "awsdatacatalog"
LENGTH = re.compile(r"(?:(?<=^varchar)|(?<=^array))\(.*")  # which an answer's type doesn't say
SECONDS_TO_START = 300


class TrinoMissing(Exception):  # noqa: N818 - a fact about this machine, not an error
    """Why there is no Trino here."""


@cache
def java() -> Path:
    """Return a Java that is new enough: JAVA_HOME's, the PATH's, or one that lies beside it."""
    homes = [Path(os.environ.get("JAVA_HOME", "")), *sorted(Path("/usr/lib/jvm").glob("*"))]
    for found in (*(home / "bin" / "java" for home in homes), Path(shutil.which("java") or "")):
        if found.is_file():
            said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
            version = re.search(r'version "(\d+)', said.stderr)
            if version and int(version[1]) >= OLDEST_JAVA:
                return found
    raise TrinoMissing(f"there is no Java {OLDEST_JAVA} or newer, which Trino runs on")


def installed(*, fetch: bool = False) -> Path:
    """Return the folder of Trino's server, which has one plugin; fetch it first, if it may be.

    Raises:
        TrinoMissing: there is no Java for it, or it isn't here and wasn't fetched.
    """
    java()
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache_home / "spotify-assets" / f"trino-{VERSION}"
    if folder.exists():
        return folder
    maven = shutil.which("mvn")
    if not fetch or maven is None:
        raise TrinoMissing("it isn't fetched yet" if maven else "mvn isn't there, which fetches it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(mkdtemp(dir=folder.parent))
    try:
        for part, ending in PARTS.items():
            _fetch(maven, f"io.trino:{part}:{VERSION}:{ending}", aside)
        with tarfile.open(aside / f"trino-server-core-{VERSION}.tar.gz") as server_files:
            server_files.extractall(aside, filter="data")
        with ZipFile(aside / f"trino-hive-{VERSION}.zip") as connector:
            connector.extractall(aside)  # shutil's leaves out names with two dots
        server = aside / f"trino-server-core-{VERSION}"
        shutil.rmtree(server / "plugin")
        (server / "plugin").mkdir()
        (aside / f"trino-hive-{VERSION}").rename(server / "plugin" / "hive")
        with suppress(OSError):  # another test run was faster
            server.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _fetch(maven: str, artifact: str, folder: Path) -> None:
    goal = ["dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    ended = subprocess.run(
        [maven, "--batch-mode", "--quiet", *goal],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = [line for line in ended.stdout.splitlines() if "ERROR" in line]
        raise TrinoMissing(f"mvn can't fetch {artifact}: {said[0] if said else ended.stderr}")


@dataclass
class Trino:
    """A running server. `stats` are those of the last statement, as Trino's protocol has them."""

    port: int
    stats: dict[str, Any] = field(default_factory=dict)

    def run(self, sql: str, database: str = "default") -> Result:
        """Return a statement's answer, its values as JSON has them; raises Failed where it fails."""
        session = {"X-Trino-Catalog": CATALOG, "X-Trino-Schema": database}
        answer = self._send("POST", "/v1/statement", sql, session)
        result, columns = Result(has_header=True), []
        while True:
            self.stats = answer["stats"]
            if error := answer.get("error"):
                raise Failed(f"{error['errorName']}: {error['message']}")
            columns = answer.get("columns", columns)
            result.rows += answer.get("data", [])
            if (further := answer.get("nextUri")) is None:
                result.columns = [(column["name"], column["type"]) for column in columns]
                return result
            answer = self._send("GET", urlsplit(further).path)

    def _send(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_TO_START)
        try:
            connection.request(
                method, path, body.encode(), {"X-Trino-User": "tests", **(headers or {})}
            )
            response = connection.getresponse()
            content = response.read()
            if response.status != 200:
                raise Failed(f"HTTP {response.status}: {content.decode()[:200]}")
            return dict(json.loads(content))
        finally:
            connection.close()


@contextmanager
def trino_server(
    heap: str = "1500M", workers: int = 0, *, caching: bool = False
) -> Iterator[Trino]:
    """Start Trino over this process's AWS, with so many workers beside it, and stop it at the end.

    With `caching`, files are listed and read once: for tables that don't change meanwhile.

    Raises:
        TrinoMissing: it isn't here, and can't be fetched.
    """
    home, ports = installed(), _free_ports(1 + workers)
    with TemporaryDirectory(prefix="trino-") as folder:
        nodes = []
        try:
            for port in ports:
                is_first = port == ports[0]
                settings = {
                    "coordinator": str(is_first).lower(),
                    "node-scheduler.include-coordinator": str(workers == 0).lower(),
                    "http-server.http.port": port,
                    "discovery.uri": f"http://127.0.0.1:{ports[0]}",
                    "node.internal-address": "127.0.0.1",
                    "query.max-memory-per-node": f"{int(heap[:-1]) * 6 // 10}MB",
                    "memory.heap-headroom-per-node": f"{int(heap[:-1]) * 2 // 10}MB",
                    "catalog.management": "static",
                }
                nodes.append(
                    _start(home, Path(folder) / str(port), heap, settings, caching=caching)
                )
            trino = Trino(ports[0])
            _wait(trino, nodes, Path(folder))
            yield trino
        finally:
            for node in nodes:
                node.kill()  # it has nothing to put in order
            for node in nodes:
                node.wait()


def _start(
    home: Path, folder: Path, heap: str, settings: Mapping[str, Any], *, caching: bool
) -> subprocess.Popen[bytes]:
    (folder / "catalog").mkdir(parents=True)
    (folder / "cache").mkdir()
    caches = {
        "hive.file-status-cache-tables": "*",
        "hive.file-status-cache-expire-time": "1h",
        "fs.cache.enabled": "true",
        "fs.cache.directories": folder / "cache",
        "fs.cache.max-sizes": "2GB",
    }
    endpoint, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    files = {
        "config.properties": dict(settings) | {
            "catalog.config-dir": folder / "catalog", "plugin.dir": home / "plugin",
        },
        "log.properties": {"io.trino": "WARN"},
        f"catalog/{CATALOG}.properties": {
            "connector.name": "hive",
            "hive.metastore": "glue",
            "hive.metastore.glue.region": region,
            "hive.metastore.glue.endpoint-url": endpoint,
            "hive.metastore.glue.aws-access-key": key,
            "hive.metastore.glue.aws-secret-key": secret,
            "hive.metastore.glue.partitions-segments": 1,  # moto knows no segments
            "hive.metastore-cache-ttl": "0s",
            "hive.table-statistics-enabled": "false",  # moto has none
            "hive.security": "allow-all",
            "fs.native-s3.enabled": "true",
            "s3.endpoint": endpoint,
            "s3.region": region,
            "s3.path-style-access": "true",
            "s3.aws-access-key": key,
            "s3.aws-secret-key": secret,
        } | (caches if caching else {}),
    }  # fmt: skip
    for name, lines in files.items():
        text = "".join(f"{key}={value}\n" for key, value in lines.items())
        (folder / name).write_text(text, encoding="utf-8")
    options = {
        "node.environment": "tests",
        "node.id": folder.name,
        "node.data-dir": folder,
        "config": folder / "config.properties",
        "log.levels-file": folder / "log.properties",
        "jdk.attach.allowAttachSelf": "true",
    }
    command = [
        str(java()), f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
        *(f"-D{name}={value}" for name, value in options.items()),
        "-cp", str(home / "lib" / "*"), "io.trino.server.TrinoServer",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )


def _wait(trino: Trino, nodes: list[subprocess.Popen[bytes]], folder: Path) -> None:
    """Wait until as many nodes as there are answer a query."""
    count = "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'"
    until = monotonic() + SECONDS_TO_START
    while True:
        with suppress(OSError, Failed):
            if trino.run(count).rows == [[len(nodes)]]:
                return
        if monotonic() > until or any(node.poll() is not None for node in nodes):
            logs = "\n".join(
                (folder / f).read_text("utf-8")[-4000:] for f in sorted(folder.glob("*/log"))
            )
            raise AssertionError(f"Trino does not start:\n{logs}")
        sleep(0.2)


def _free_ports(number: int) -> list[int]:
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [server.getsockname()[1] for server in with_ports]
    for server in with_ports:
        server.close()
    return ports


@dataclass
class TrinoEngine(AthenaEngine):
    """What stands for Athena's engine where there is a Trino: that executes, over what Glue declares."""

    trino: Trino = field(default_factory=lambda: Trino(0))

    def execute(self, database: str, sql: str) -> Result:
        """See `AthenaEngine`."""
        result = self.trino.run(sql, database)
        if create := CREATE_VIEW.fullmatch(sql):
            self._describe(database, create[1])
            return Result()
        result.columns = [(name, LENGTH.sub("", of)) for name, of in result.columns]
        result.rows = [[as_text(value) for value in row] for row in result.rows]
        return result

    def _describe(self, database: str, view: str) -> None:
        """List a view's columns in Glue, as Athena does: Trino alone keeps them in its own text."""
        made = self.glue.get_table(DatabaseName=database, Name=view)["Table"]
        text = VIEW_TEXT.fullmatch(made["ViewOriginalText"])
        assert text is not None
        columns = json.loads(base64.b64decode(text[1]))["columns"]
        kept = ("Name", "Owner", "TableType", "Parameters", "ViewOriginalText", "ViewExpandedText")
        hive = dict(SCALARS.values())
        listed = [{"Name": c["name"], "Type": hive.get(c["type"], c["type"])} for c in columns]
        entry = {name: made[name] for name in kept if name in made} | {
            "PartitionKeys": [],
            "StorageDescriptor": made["StorageDescriptor"] | {"Columns": listed},
        }
        self.glue.update_table(DatabaseName=database, TableInput=entry)


if __name__ == "__main__":  # fetch it, so that `make demo-aws` and the tests have one
    try:
        sys.stdout.write(f"{installed(fetch=True)}\n")
    except TrinoMissing as missing:
        sys.exit(f"Tests that need Trino are skipped: {missing}")
