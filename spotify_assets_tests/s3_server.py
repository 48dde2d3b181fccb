"""S3 for tests: moto's server on a free port, reached by real boto3 over real HTTP.

Also servers with fixed answers, for what moto never answers.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from spotify_assets.storage.s3 import S3Storage, aws_client
from spotify_assets_tests.fakes.http_server import serving

Answer = tuple[int, Mapping[str, str], bytes]


@contextmanager
def moto_server() -> Iterator[str]:
    """Run a server and return its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


class _Handler(BaseHTTPRequestHandler):
    """Answers every request with what `answer` returns for its body."""

    def answer(self, body: bytes) -> Answer:
        raise NotImplementedError

    def _answer(self) -> None:
        status, headers, body = self.answer(
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        )
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | dict(headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _answer  # noqa: N815 - as the library has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
        pass


@contextmanager
def answering(answers: Sequence[Answer]) -> Iterator[str]:
    """Run a server with these answers, one for each request, the last one repeated."""
    left = list(answers)

    class Handler(_Handler):
        def answer(self, body: bytes) -> Answer:  # noqa: ARG002
            return left.pop(0) if len(left) > 1 else left[0]

    with serving(Handler) as address:
        yield address


def error_answer(status: int, code: str, **headers: str) -> Answer:
    """Return S3's answer with this code."""
    body = f"<Error><Code>{code}</Code><Message>What S3 says.</Message></Error>".encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body


def aws_environment(environment: Mapping[str, str], endpoint: str, folder: Path) -> dict[str, str]:
    """Return an environment whose AWS variables name a server, without any of this machine's own.

    `folder` contains no configuration files of AWS.
    """
    kept = {n: v for n, v in environment.items() if not n.startswith("AWS_") and n != "NO_PROXY"}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key-of-the-tests",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-tests",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        "no_proxy": "127.0.0.1",
    }


def set_aws(patch: pytest.MonkeyPatch, endpoint: str, folder: Path) -> None:
    """Set this process's AWS variables as `aws_environment` does."""
    wanted = aws_environment(os.environ, endpoint, folder)
    for name in os.environ.keys() - wanted.keys():
        patch.delenv(name)
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            patch.setenv(name, value)


@contextmanager
def new_bucket(prefix: str = "some/prefix", **options: Any) -> Iterator[S3Storage]:
    """Return the storage of a bucket that nothing else uses."""
    storage = S3Storage(f"charts-{uuid4().hex}", prefix, **options)
    storage.client.create_bucket(Bucket=storage.bucket)
    with closing_client(storage):
        yield storage


@contextmanager
def impatient(bucket: str = "charts") -> Iterator[S3Storage]:
    """Return the storage of a bucket that may not exist, which sends each request once."""
    storage = S3Storage(bucket)
    once = {"mode": "standard", "total_max_attempts": 1}
    vars(storage)["client"] = aws_client("s3", retries=once)
    with closing_client(storage):
        yield storage


@contextmanager
def closing_client(storage: S3Storage) -> Iterator[None]:
    """Close the storage's connections at the end, if it made any."""
    try:
        yield
    finally:
        if "client" in vars(storage):
            storage.client.close()


def count_requests(storage: S3Storage) -> Counter[str]:
    """Count the requests that the storage sends from now on, by operation."""
    counted: Counter[str] = Counter()

    def count(event_name: str, **_: object) -> None:
        counted[event_name.rsplit(".", 1)[-1]] += 1

    storage.client.meta.events.register("before-send.s3", count)
    return counted


@contextmanager
def changing(
    endpoint: str,
    is_denied: Callable[[str, str, int], bool] = lambda *_: False,
    without: Sequence[str] = (),
) -> Iterator[str]:
    """Run a proxy of the S3 at this address, which doesn't pass on some headers of requests.

    It denies requests by method, path and S3's status.
    """
    target = urlsplit(endpoint).netloc

    class Handler(_Handler):
        def answer(self, body: bytes) -> Answer:
            connection = HTTPConnection(target)
            sent = {name: value for name, value in self.headers.items() if name not in without}
            try:
                connection.request(self.command, self.path, body, sent)
                answer = connection.getresponse()
                if is_denied(self.command, self.path, answer.status):
                    return error_answer(403, "AccessDenied")
                kept = {n: v for n in ("ETag", "Last-Modified") if (v := answer.getheader(n))}
                return answer.status, kept, answer.read()
            finally:
                connection.close()

    with serving(Handler) as address:
        yield address


def is_denied_without_list_bucket(method: str, path: str, status: int) -> bool:  # noqa: ARG001
    """Whether S3 denies it to an identity without s3:ListBucket: listings, and what doesn't exist."""
    return status == HTTPStatus.NOT_FOUND or "list-type=" in path


class Request(NamedTuple):
    """A request that a proxy passed on: `GET some/prefix/raw/...` of s3, `GetTables` of glue."""

    service: str
    operation: str
    about: str = ""


@contextmanager
def counting(endpoint: str, seen: list[Request], seconds: float = 0) -> Iterator[str]:
    """Run a proxy of the AWS at this address that notes each request, and delays it by so much."""
    target = urlsplit(endpoint).netloc

    class Handler(_Handler):
        protocol_version = "HTTP/1.1"

        def answer(self, body: bytes) -> Answer:
            seen.append(_request(self.command, self.path, self.headers.get("X-Amz-Target", "")))
            time.sleep(seconds)
            connection = HTTPConnection(target)
            try:
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                hop = ("connection", "transfer-encoding", "date", "server")
                kept = {n: v for n, v in answer.getheaders() if n.lower() not in hop}
                return answer.status, kept, answer.read()
            finally:
                connection.close()

    with serving(Handler) as address:
        yield address


def _request(method: str, path: str, target: str) -> Request:
    if target:
        service, _, operation = target.partition(".")
        return Request("athena" if "Athena" in service else "glue", operation)
    place, _, query = path.partition("?")
    asked = parse_qs(query)
    if "list-type" in asked:
        return Request("s3", "LIST", asked.get("prefix", [""])[0])
    return Request("s3", method, unquote(place).split("/", 2)[-1])
