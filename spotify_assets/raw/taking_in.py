"""From the inbox into the archive: a run that is killed at any moment loses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from spotify_assets.layout import RawName
from spotify_assets.raw.archive import archived_files, note_sums
from spotify_assets.raw.inbox import Recognised
from spotify_assets.storage import Storage


def take_all_in(storage: Storage, found: Iterable[Recognised]) -> list[RawName]:
    """Move recognised files from the inbox into the archive; return what is new there.

    A file that differs from the archived one replaces it, which is kept as superseded; of several in
    the inbox, the last one counts. All names of a file are archived, also those of other weeks. A
    file that was changed since it was recognised, or can't be read now, stays in the inbox, and so do
    newer ones of its names, or it would replace them next time.

    Killed at any moment, the next call ends as this one would have: superseded versions are copied
    first, then sums are noted, then files are stored, and the inbox file is removed last.
    """
    waiting = list(found)
    weeks = {name.week for file in waiting for name in file.names}
    archived = {name for name, _ in archived_files(storage.now, weeks)}
    new: list[RawName] = []
    while waiting:
        side_by_side, later, names = list[Recognised](), list[Recognised](), set[RawName]()
        for file in waiting:  # of those of one name, one at a time, in order
            (side_by_side if names.isdisjoint(file.names) else later).append(file)
            names.update(file.names)
        prepared = storage.together(lambda f: _prepare(storage, f, archived), side_by_side)
        ready = {file: to_store for file, to_store in prepared if to_store is not None}
        digests = {name: file.sha256 for file in ready for name in file.names}
        superseded = [pair for to_store in ready.values() for pair in to_store.items() if pair[1]]
        note_sums(storage, digests, digests, superseded)
        undone: dict[RawName, str] = {}
        not_taken = [file for file in side_by_side if file not in ready]
        for file, stored in storage.together(partial(_store, storage, ready), ready):
            new += stored
            if len(stored) < len(ready[file]):
                not_taken.append(file)
            if not stored and storage.exists(file.file.key):
                undone |= ready[file]
        note_sums(storage, undone, undone)
        archived.update(new)
        stay = [file for file in not_taken if later and storage.exists(file.file.key)]
        names_left = {name for file in stay for name in file.names}
        waiting = [file for file in later if names_left.isdisjoint(file.names)]
    return new


def _prepare(
    storage: Storage, file: Recognised, archived: Collection[RawName]
) -> dict[RawName, str] | None:
    """Return the names to store, with the archived versions' digests; None if the file was changed."""
    if file.content(storage) is None:
        return None
    to_store: dict[RawName, str] = {}
    for name in file.names:
        if name not in archived:
            to_store[name] = ""
            continue
        older = hashlib.sha256(storage.now.read(name.archive_key)).hexdigest()
        if older != file.sha256:
            storage.copy(name.archive_key, name.superseded_key(older))
            to_store[name] = older
    return to_store


def _store(
    storage: Storage, ready: Mapping[Recognised, Mapping[RawName, str]], file: Recognised
) -> list[RawName]:
    content = file.content(storage)
    if content is None:
        return []
    for number, (name, superseded) in enumerate(ready[file].items()):
        key = name.archive_key
        if superseded:
            storage.write(key, content)
        elif not storage.write_once(key, content) and storage.read(key) != content:
            # Another run was faster: next time, its file is superseded.
            return list(ready[file])[:number]
    storage.delete_unchanged(file.file)
    return list(ready[file])
