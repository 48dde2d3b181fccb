"""From the inbox into the archive: a run that is killed at any moment loses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial

from spotify_assets.layout import ARCHIVE, INBOX, RawName
from spotify_assets.raw.archive import archived_files, note_sums
from spotify_assets.raw.inbox import Recognised
from spotify_assets.storage import Storage, StoredFile


def take_all_in(storage: Storage, found: Iterable[Recognised]) -> list[RawName]:
    """Move recognised files from the inbox into the archive; return what is new there.

    A file that differs from the archived one replaces it, which is kept as superseded; of several in
    the inbox, the last one counts. All names of a file are archived, also those of other weeks. A
    file that was changed since it was recognised, or can't be read now, stays in the inbox, and so do
    newer ones of its names, or it would replace them next time.

    Killed at any moment, the next call ends as this one would have: superseded versions are copied
    first, then sums are noted, then files are stored, and the inbox file is removed last.
    """
    try:
        return _take_all_in(storage.now, list(found), storage)
    finally:
        storage.forget(INBOX, ARCHIVE)


def _take_all_in(storage: Storage, waiting: list[Recognised], as_read: Storage) -> list[RawName]:
    weeks = {name.week for file in waiting for name in file.names}
    new: list[RawName] = []
    while waiting:
        archived = dict(archived_files(storage, weeks))
        side_by_side, later, names = list[Recognised](), list[Recognised](), set[RawName]()
        for file in waiting:  # of those of one name, one at a time, in order
            (side_by_side if names.isdisjoint(file.names) else later).append(file)
            names.update(file.names)
        prepared = storage.together(partial(_prepare, storage, archived), side_by_side)
        ready = {file: to_store for file, to_store in prepared if to_store is not None}
        digests = {name: file.sha256 for file in ready for name in file.names}
        superseded = [pair for to_store in ready.values() for pair in to_store.items() if pair[1]]
        note_sums(storage, digests, digests, superseded)
        undone = set[RawName]()
        not_taken = [file for file in side_by_side if file not in ready]
        for file, stored in storage.together(
            partial(_store, storage, as_read, archived, ready), ready
        ):
            new += stored
            if len(stored) < len(ready[file]):
                not_taken.append(file)
                undone |= ready[file].keys() - stored
        note_sums(storage, dict.fromkeys(undone, ""), undone)  # the run notes what is there instead
        stay = [file for file in not_taken if later and storage.exists(file.file.key)]
        names_left = {name for file in stay for name in file.names}
        waiting = [file for file in later if names_left.isdisjoint(file.names)]
    return new


def _prepare(
    storage: Storage, archived: Mapping[RawName, StoredFile], file: Recognised
) -> dict[RawName, str] | None:
    """Return the names to store, with the archived versions' digests; None if a file was changed."""
    if file.content(storage) is None:
        return None
    to_store: dict[RawName, str] = {}
    for name in file.names:
        if name not in archived:
            to_store[name] = ""
            continue
        content = storage.read(name.archive_key)
        if archived[name] not in storage.files(name.archive_key):  # another run has replaced it
            return None
        older = hashlib.sha256(content).hexdigest()
        if older != file.sha256:
            storage.write_once(name.superseded_key(older), content)
            to_store[name] = older
    return to_store


def _store(
    storage: Storage,
    as_read: Storage,
    archived: Mapping[RawName, StoredFile],
    ready: Mapping[Recognised, Mapping[RawName, str]],
    file: Recognised,
) -> list[RawName]:
    content = file.content(as_read)
    if content is None:  # another run has taken it in meanwhile
        return []
    for number, (name, superseded) in enumerate(ready[file].items()):
        key = name.archive_key
        is_stored = (
            storage.replace(archived[name], content)
            if superseded
            else storage.write_once(key, content)
        )
        if not is_stored and storage.read(key) != content:
            # Another run was faster: next time, its file is superseded.
            return list(ready[file])[:number]
    storage.delete_unchanged(file.file)
    return list(ready[file])
