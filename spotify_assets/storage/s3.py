"""A base on S3: `s3://bucket/prefix`.

What each method promises is in `interface`, the client in `s3_client`, what it raises in
`s3_errors`. Only single requests that S3 carries out wholly or not at all; the conditional ones
(`If-None-Match`, `If-Match`) are what keeps two runs from taking each other's files away.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from dagster_aws.s3 import S3Resource

from spotify_assets.storage.interface import Item, Result, StoredFile
from spotify_assets.storage.s3_client import s3_resource
from spotify_assets.storage.s3_errors import MISSING, code_of, plain_errors
from spotify_assets.storage.together import together

TRIES = 5  # of what boto3 doesn't retry itself
TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class S3Storage:
    """A base in a bucket, below a prefix or not."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        encryption: str = "",
        resource: Callable[[], S3Resource] = s3_resource,
    ) -> None:
        self.bucket = bucket
        self._prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
        self._encryption = _encryption(encryption)
        self._resource = resource

    @cached_property
    def client(self) -> Any:
        """The client, made when it is first needed: definitions load without credentials."""
        with plain_errors(self.bucket, self.location("")):
            return self._resource().get_client()

    def files(self, prefix: str, *, hidden: bool = False) -> Iterator[StoredFile]:
        """See `Storage`. What S3's console makes for a folder is no file."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._prefix + prefix
        )
        answers = iter(pages)
        folder = prefix[: prefix.rfind("/") + 1]
        while True:
            with self._errors(prefix):
                page = next(answers, None)
            if page is None:
                return
            for listed in page.get("Contents", []):
                key = listed["Key"].removeprefix(self._prefix)
                is_shown = hidden or not _is_hidden(key.removeprefix(folder))
                if is_shown and not key.endswith("/"):
                    moment = listed["LastModified"].astimezone(UTC)
                    yield StoredFile(key, listed["Size"], moment, listed["ETag"])

    def read(self, key: str) -> bytes:
        """See `Storage`. A connection that breaks amid the content is tried again."""
        with self._errors(key):
            for remaining in reversed(range(TRIES)):
                answer = self.client.get_object(**self._object(key))
                try:
                    with closing(answer["Body"]) as body:
                        return bytes(body.read())
                except (HTTPClientError, IncompleteReadError):
                    if not remaining:
                        raise
        raise AssertionError("unreachable")

    def closed_folders(self, prefix: str) -> dict[str, str]:  # noqa: ARG002
        """See `Storage`. There are no folders; what S3 denies, it denies when it is asked."""
        return {}

    def read_many(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """See `Storage`."""
        return self.together(self.read, keys)

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """See `Storage`. Sixteen at a time."""
        return together(do, items)

    def write(self, key: str, content: bytes) -> None:
        """See `Storage`."""
        with self._errors(key):
            self._put(key, content)

    def write_once(self, key: str, content: bytes) -> bool:
        """See `Storage`. One request; S3 itself sees to it that of several one writes."""
        with self._errors(key):
            for remaining in reversed(range(TRIES)):
                try:
                    self._put(key, content, IfNoneMatch="*")
                    return True
                except ClientError as error:
                    if code_of(error) in {"PreconditionFailed", "412"}:
                        return False
                    # Another write or delete is under way; S3 asks to be asked again.
                    if code_of(error) != "ConditionalRequestConflict" or not remaining:
                        raise
        raise AssertionError("unreachable")

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
        """See `Storage`. One request; S3 compares and deletes in one."""
        return self._delete_version(file.key, file.version)

    def exists(self, key: str) -> bool:
        """See `Storage`."""
        try:
            with self._errors(key):
                self.client.head_object(**self._object(key))
        except FileNotFoundError:
            return False
        return True

    def location(self, key: str) -> str:
        """See `Storage`."""
        return f"s3://{self.bucket}/{self._prefix}{key}"

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self._prefix + key}

    def _errors(self, key: str) -> AbstractContextManager[None]:
        return plain_errors(self.bucket, self.location(key))

    def _put(self, key: str, content: bytes, **condition: str) -> None:
        content_type = TYPES.get(posixpath.splitext(key)[1].lower(), "application/octet-stream")
        self.client.put_object(
            **self._object(key),
            Body=content,
            ContentType=content_type,
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
                if code_of(error) in {"PreconditionFailed", "412"}:
                    return False
                if code_of(error) not in MISSING:
                    raise
        return True


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _encryption(setting: str) -> dict[str, str]:
    """What a put says about encryption; nothing where the bucket's own way is to be used."""
    if not setting:
        return {}
    if setting == "AES256":
        return {"ServerSideEncryption": setting}
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": setting}
