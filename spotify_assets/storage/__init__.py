"""Files below the base, by key; what they mean, and their keys, is in `layout`."""

from __future__ import annotations

from pathlib import Path

from spotify_assets.storage.folder import FolderStorage
from spotify_assets.storage.interface import Storage, StoredFile
from spotify_assets.storage.run import RunStorage

__all__ = ["FolderStorage", "RunStorage", "Storage", "StoredFile", "open_storage"]


def open_storage(base: str, encryption: str = "") -> Storage:
    """Return the storage of a base, a folder or `s3://bucket/prefix`, without using it yet.

    `encryption` is how S3 encrypts what is written: `AES256`, a KMS key, or empty for the bucket's way.
    """
    if base.startswith("s3://"):
        from spotify_assets.storage.s3 import S3Storage  # AWS's libraries take a second to load

        bucket, _, prefix = base.removeprefix("s3://").partition("/")
        return S3Storage(bucket, prefix, encryption)
    return FolderStorage(Path(base))
