"""A base on S3: `s3://bucket/prefix`, and the boto3 clients that reach AWS.

What each method promises is in `interface`, the errors are in `aws_errors`. Every change is a single
request that S3 carries out completely or not at all; the conditional ones (`If-None-Match`,
`If-Match`) keep two runs from deleting each other's files.
"""

from __future__ import annotations

import os
import posixpath
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from datetime import UTC
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from tenacity import retry, retry_if_exception, stop_after_attempt

from spotify_assets.storage.aws_errors import MISSING, code_of, plain_errors
from spotify_assets.storage.interface import Item, Result, Storage, StoredFile

THREADS = 16
WINDOW = 32  # items in progress, or done and not yet taken; bounds memory
ATTEMPTS = 5
CONFLICTS = {"PreconditionFailed", "412"}
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

    Endpoint, region, profile and credentials come from the variables that all of AWS's tools read:
    AWS_ENDPOINT_URL, AWS_REGION or AWS_DEFAULT_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID and so on.
    `options` are those of botocore's `Config` that have to differ.
    """
    defaults = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=2 * THREADS,
    )
    # boto3 reads AWS_DEFAULT_REGION only; AWS's other tools and its containers use AWS_REGION.
    return boto3.session.Session().client(
        service,
        region_name=region or os.environ.get("AWS_REGION", "").strip() or None,
        config=defaults.merge(Config(**options)),
    )


def _is_worth_another_try(error: BaseException) -> bool:
    """Whether a connection broke within content, or another write of the key is in progress."""
    if isinstance(error, ClientError):
        return code_of(error) == "ConditionalRequestConflict"
    return isinstance(error, HTTPClientError | IncompleteReadError)


persistently = retry(  # what boto3 itself doesn't try again
    retry=retry_if_exception(_is_worth_another_try), stop=stop_after_attempt(ATTEMPTS), reraise=True
)


class S3Storage(Storage):
    """A base in a bucket, optionally below a prefix."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        encryption: str = "",
        new_client: Callable[[], Any] = lambda: aws_client("s3"),
    ) -> None:
        self.bucket = bucket
        self._prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
        self._encryption = _encryption(encryption)
        self._new_client = new_client

    @cached_property
    def client(self) -> Any:
        """The client, made when it is first needed, so that definitions load without credentials."""
        with self._errors(""):
            return self._new_client()

    def files(self, prefix: str, *, hidden: bool = False) -> Iterator[StoredFile]:
        """See `Storage`. The empty objects that S3's console makes for folders aren't files."""
        folder = prefix[: prefix.rfind("/") + 1]
        with self._errors(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._prefix + prefix
            )
            for listed in (listed for page in pages for listed in page.get("Contents", ())):
                key = listed["Key"].removeprefix(self._prefix)
                is_hidden = "/." in f"/{key.removeprefix(folder)}"
                if not key.endswith("/") and (hidden or not is_hidden):
                    moment = listed["LastModified"].astimezone(UTC)
                    yield StoredFile(key, listed["Size"], moment, listed["ETag"])

    def read(self, key: str) -> bytes:
        """See `Storage`. A connection that breaks within the content is retried."""
        with self._errors(key):
            return self._read(key)

    @persistently
    def _read(self, key: str) -> bytes:
        with closing(self.client.get_object(**self._object(key))["Body"]) as body:
            return bytes(body.read())

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """See `Storage`. Sixteen at a time."""
        return in_threads(do, items)

    def write(self, key: str, content: bytes) -> None:
        """See `Storage`."""
        with self._errors(key):
            self._put(key, content)

    def write_once(self, key: str, content: bytes) -> bool:
        """See `Storage`. One request; S3 itself makes sure that only one of several writes."""
        with self._errors(key):
            try:
                persistently(self._put)(key, content, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) not in CONFLICTS:
                    raise
                return False
        return True

    def copy(self, source: str, destination: str) -> None:
        """See `Storage`. The content doesn't leave S3."""
        with self._errors(source):
            self._copy(source, destination)

    def move(self, source: str, destination: str) -> None:
        """See `Storage`. A source that is replaced meanwhile stays."""
        with self._errors(source):
            before = self.client.head_object(**self._object(source))
            self._copy(source, destination, CopySourceIfMatch=before["ETag"])
        with self._errors(destination):
            after = self.client.head_object(**self._object(destination))
        if after["ContentLength"] != before["ContentLength"]:
            raise OSError(f"{self.location(destination)} is not a whole copy; {source} stays")
        self._delete_version(source, before["ETag"])

    def delete(self, key: str) -> None:
        """See `Storage`."""
        with self._errors(key):
            self.client.delete_object(**self._object(key))

    def delete_unchanged(self, file: StoredFile) -> bool:
        """See `Storage`. S3 compares and deletes in one request."""
        return self._delete_version(file.key, file.version)

    def exists(self, key: str) -> bool:
        """See `Storage`."""
        with suppress(FileNotFoundError), self._errors(key):
            self.client.head_object(**self._object(key))
            return True
        return False

    def location(self, key: str) -> str:
        """See `Storage`."""
        return f"s3://{self.bucket}/{self._prefix}{key}"

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self._prefix + key}

    def _errors(self, key: str) -> AbstractContextManager[None]:
        return plain_errors("S3", f"the bucket {self.bucket!r}", self.location(key))

    def _put(self, key: str, content: bytes, **condition: str) -> None:
        ending = posixpath.splitext(key)[1].lower()
        self.client.put_object(
            **self._object(key),
            Body=content,
            ContentType=CONTENT_TYPES.get(ending, "application/octet-stream"),
            **self._encryption,
            **condition,
        )

    def _copy(self, source: str, destination: str, **condition: str) -> None:
        self.client.copy_object(
            **self._object(destination),
            CopySource=self._object(source),
            **self._encryption,
            **condition,
        )

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


def in_threads(
    do: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int = THREADS,
    window: int = WINDOW,
) -> Iterator[tuple[Item, Result]]:
    """Yield each item and what `do` returns for it, in the order of the items.

    At most `window` items are in progress, `threads` of them at a time. What `do` raises is raised when
    that item's turn comes, and what `items` raises after all items before it; then no further item is
    started, nor after the caller has stopped iterating.
    """
    in_progress: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="in_threads")
    remaining = iter(items)
    error: Exception | None = None
    has_more = True
    try:
        while has_more or in_progress:
            try:
                item = next(remaining)
                in_progress.append((item, pool.submit(do, item)))
            except StopIteration:
                has_more = False
            except Exception as raised:
                error, has_more, remaining = raised, False, iter(())
            if len(in_progress) == window or (in_progress and not has_more):
                item, future = in_progress.popleft()
                yield item, future.result()
        if error is not None:
            raise error
    finally:
        pool.shutdown(cancel_futures=True)


def _encryption(setting: str) -> dict[str, str]:
    """Return what a put says about encryption: nothing if the bucket decides."""
    if setting in ("", "AES256"):
        return {"ServerSideEncryption": setting} if setting else {}
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": setting}
