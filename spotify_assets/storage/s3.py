"""A base on S3: `s3://bucket/prefix`, and the boto3 clients that reach AWS.

Every change is a single request that S3 carries out completely or not at all; conditional ones
(`If-None-Match`, `If-Match`) keep two runs from deleting each other's files. Some stores that call
themselves S3 ignore these conditions without a word, so each process tries them once.
"""

from __future__ import annotations

import os
import posixpath
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from tenacity import retry, retry_if_exception, stop_after_attempt

from spotify_assets.errors import UserError
from spotify_assets.layout import CONDITIONS
from spotify_assets.storage.aws_errors import MISSING, code_of, plain_errors
from spotify_assets.storage.interface import Item, Result, Storage, StoredFile

THREADS, ATTEMPTS = 16, 5
WINDOW = 32  # items in progress, or done and not yet taken; bounds memory
CONFLICTS = {"PreconditionFailed", "412"}
NO_ETAG = '"00000000000000000000000000000000"'  # of no content
CONTENT_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


def aws_client(service: str, *, region: str = "", **options: Any) -> Any:
    """Return a client that gives up in time and has a connection for each thread.

    Endpoint, region, profile and credentials come from the variables that all of AWS's tools read.

    Raises:
        UserError: the endpoint is no address.
    """
    defaults = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=2 * THREADS,
    )
    try:
        # boto3 reads AWS_DEFAULT_REGION only; AWS's other tools and its containers use AWS_REGION.
        return boto3.session.Session().client(
            service,
            region_name=region or os.environ.get("AWS_REGION", "").strip() or None,
            config=defaults.merge(Config(**options)),
        )
    except BotoCoreError:  # some of them are ValueErrors, too
        raise
    except ValueError:  # what it says has the address, which may have a password
        variable = f"AWS_ENDPOINT_URL_{service.upper()}"
        name = variable if variable in os.environ else "AWS_ENDPOINT_URL"
        raise UserError(
            f"{name} is no address that AWS's library can use: it must be like http://host:9000, or "
            "unset for AWS itself."
        ) from None


@retry_if_exception
def _is_worth_another_try(error: BaseException) -> bool:
    """Whether a connection broke within content, or another write of the key is in progress."""
    if isinstance(error, ClientError):
        return code_of(error) == "ConditionalRequestConflict"
    return isinstance(error, HTTPClientError | IncompleteReadError)


# What boto3 itself doesn't try again.
persistently = retry(retry=_is_worth_another_try, stop=stop_after_attempt(ATTEMPTS), reraise=True)


@dataclass(eq=False)
class S3Storage(Storage):
    """A base in a bucket, optionally below a prefix. For `encryption` see `open_storage`."""

    bucket: str
    prefix: str = ""
    encryption: str = ""
    _conditions_hold: bool = False
    _trying: Lock = field(default_factory=Lock, repr=False)

    @cached_property
    def client(self) -> Any:
        """The client, made when it is first needed, so that definitions load without credentials."""
        with self._errors(""):
            return aws_client("s3")

    def files(self, prefix: str) -> Iterator[StoredFile]:
        """See `Storage`. The empty objects that S3's console makes for folders aren't files."""
        folder = prefix[: prefix.rfind("/") + 1]
        with self._errors(prefix):
            lister = self.client.get_paginator("list_objects_v2")
            pages = lister.paginate(Bucket=self.bucket, Prefix=self._object(prefix)["Key"])
            for listed in (listed for page in pages for listed in page.get("Contents", ())):
                key = listed["Key"].removeprefix(self._object("")["Key"])
                if not key.endswith("/") and "/." not in f"/{key.removeprefix(folder)}":
                    moment = listed["LastModified"].astimezone(UTC)
                    yield StoredFile(key, listed["Size"], moment, listed["ETag"])

    def read(self, key: str) -> bytes:
        with self._errors(key):
            return self._read(key)

    @persistently
    def _read(self, key: str) -> bytes:
        with closing(self.client.get_object(**self._object(key))["Body"]) as body:
            return bytes(body.read())

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        return in_threads(do, items)

    def write(self, key: str, content: bytes) -> str:
        with self._errors(key):
            return self._put(key, content)

    def write_once(self, key: str, content: bytes) -> str:
        self._require_conditions()
        return self._put_once(key, content)

    def copy(self, source: str, destination: str) -> None:
        with self._errors(source):
            self._copy(source, destination)

    def move(self, source: str, destination: str) -> None:
        """See `Storage`. A source that is replaced meanwhile stays."""
        self._require_conditions()
        with self._errors(source):
            before = self.client.head_object(**self._object(source))
            self._copy(source, destination, CopySourceIfMatch=before["ETag"])
        with self._errors(destination):
            after = self.client.head_object(**self._object(destination))
        if after["ContentLength"] != before["ContentLength"]:
            raise OSError(f"{self.location(destination)} is not a whole copy; {source} stays")
        self._delete_version(source, before["ETag"])

    def delete(self, key: str) -> None:
        with self._errors(key):
            self.client.delete_object(**self._object(key))

    def delete_unchanged(self, file: StoredFile) -> bool:
        self._require_conditions()
        return self._delete_version(file.key, file.version)

    def replace(self, file: StoredFile, content: bytes) -> bool:
        self._require_conditions()
        return self._put_over(file.key, file.version, content)

    def exists(self, key: str) -> bool:
        with suppress(FileNotFoundError), self._errors(key):
            self.client.head_object(**self._object(key))
            return True
        return False

    def location(self, key: str) -> str:
        return f"s3://{self.bucket}/{self._object(key)['Key']}"

    def _object(self, key: str) -> dict[str, str]:
        below = f"{self.prefix.rstrip('/')}/" if self.prefix.strip("/") else ""
        return {"Bucket": self.bucket, "Key": below + key}

    def _encrypted(self) -> dict[str, str]:
        if self.encryption in ("", "AES256"):
            return {"ServerSideEncryption": self.encryption} if self.encryption else {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.encryption}

    def _require_encrypted(self, answer: dict[str, Any]) -> None:
        """Fail if the answer to a write doesn't confirm how it was to be encrypted."""
        wanted = self._encrypted().get("ServerSideEncryption")
        if wanted and answer.get("ServerSideEncryption") != wanted:
            raise UserError(
                f"The store of {self.location('')} doesn't encrypt as SPOTIFY_ASSETS_S3_ENCRYPTION "
                "says: unset it, or use a store that does, as AWS does."
            )

    def _errors(self, key: str) -> AbstractContextManager[None]:
        return plain_errors("S3", f"the bucket {self.bucket!r}", self.location(key))

    def _put(self, key: str, content: bytes, **condition: str) -> str:
        ending = posixpath.splitext(key)[1].lower()
        answer = self.client.put_object(
            **self._object(key),
            Body=content,
            ContentType=CONTENT_TYPES.get(ending, "application/octet-stream"),
            **self._encrypted(),
            **condition,
        )
        self._require_encrypted(answer)
        return str(answer["ETag"])

    def _put_once(self, key: str, content: bytes) -> str:
        with self._errors(key):
            try:
                return persistently(self._put)(key, content, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) not in CONFLICTS:
                    raise
                return ""

    def _put_over(self, key: str, etag: str, content: bytes) -> bool:
        with self._errors(key):
            try:
                persistently(self._put)(key, content, IfMatch=etag)
            except ClientError as error:
                if code_of(error) in CONFLICTS or code_of(error) in MISSING:
                    return False
                raise
        return True

    def _copy(self, source: str, destination: str, **condition: str) -> None:
        # Tags stay behind: copying them takes two more rights, and a tag by which uploads expire would
        # have the archive expire.
        answer = self.client.copy_object(
            **self._object(destination),
            CopySource=self._object(source),
            TaggingDirective="REPLACE",
            **self._encrypted(),
            **condition,
        )
        self._require_encrypted(answer)

    def _delete_version(self, key: str, etag: str) -> bool:
        with self._errors(key):
            try:
                self.client.delete_object(**self._object(key), IfMatch=etag)
            except ClientError as error:
                if code_of(error) in CONFLICTS:
                    return False
                if code_of(error) not in MISSING:
                    raise
        return True

    def _require_conditions(self) -> None:
        """Try on a file of no other use whether the store honours conditions; once is enough.

        Raises:
            UserError: it ignores one, so that two runs at once could lose files.
        """
        with self._trying:
            if self._conditions_hold:
                return
            # The file stays: that it is there is what makes the first request fail, as it has to.
            if self._put_once(CONDITIONS, b"") and self._put_once(CONDITIONS, b""):
                ignored = "If-None-Match of PutObject"
            elif self._put_over(CONDITIONS, NO_ETAG, b""):
                ignored = "If-Match of PutObject"
            elif self._delete_version(CONDITIONS, NO_ETAG):
                ignored = "If-Match of DeleteObject"
            else:
                self._conditions_hold = True
                return
        raise UserError(
            f"The store of {self.location('')} ignores {ignored}, without which two runs at once could "
            "replace or delete each other's files. Nothing is lost: set SPOTIFY_ASSETS_BASE (and "
            "AWS_ENDPOINT_URL) to a store that carries it out, as AWS does."
        )


def in_threads(
    do: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int = THREADS,
    window: int = WINDOW,
) -> Iterator[tuple[Item, Result]]:
    """Yield each item and what `do` returns for it, in order, with at most `window` in progress.

    What `do` raises is raised when that item's turn comes, and what `items` raises after all items
    before it; then no further item is started, nor after the caller has stopped iterating.
    """
    in_progress: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="in_threads")
    remaining = iter(items)
    error: Exception | None = None
    try:
        while True:
            try:
                for item in islice(remaining, window - len(in_progress)):
                    in_progress.append((item, pool.submit(do, item)))
            except Exception as raised:
                error, remaining = raised, iter(())
            if not in_progress:
                break
            item, future = in_progress.popleft()
            yield item, future.result()
        if error is not None:
            raise error
    finally:
        pool.shutdown(cancel_futures=True)
