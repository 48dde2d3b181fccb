"""The details that were fetched once and are kept for good, shared by all weeks.

They lie in `raw/details/`, some hundred objects a file; a file is never changed. Asking for them is in
`sources.spotify`, their format in `payloads.details`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import DETAILS
from spotify_assets.raw.details_format import DETAIL_KINDS, DetailKind, Details, encode_details
from spotify_assets.storage import Storage

WAITING = f"{DETAILS}waiting.json"
KEPT = re.compile(r"\.([0-9a-f]{16})\.jsonl$")


def read_details(storage: Storage) -> Details:
    """Everything that is known.

    Raises:
        UnreadableRawFile: a file has been damaged; names it.
    """
    details = Details()
    for kind in DETAIL_KINDS:
        keys = [file.key for file in storage.files(f"{DETAILS}{kind}/")]
        for key, content in storage.read_many(keys):
            try:
                _require_as_kept(key, content)
                details.add(kind, content)
            except UnreadableRawFile as error:
                raise UnreadableRawFile(
                    f"{key}: {error} Take it away; what it held is asked for again."
                ) from None
    return details


def _require_as_kept(key: str, content: bytes) -> None:
    """Stop where a file isn't what its name says: each carries the beginning of its SHA-256."""
    noted = KEPT.search(key)
    if noted and not hashlib.sha256(content).hexdigest().startswith(noted[1]):
        raise UnreadableRawFile("It isn't as it was kept: its SHA-256 is another than in its name.")


def keep_details(
    storage: Storage,
    kind: DetailKind,
    objects: Sequence[tuple[str, dict[str, Any] | None]],
    now: datetime,
) -> bytes:
    """Keep objects, by the ids that they were asked for with; gives the file's content."""
    content = encode_details(objects, now)
    digest = hashlib.sha256(content).hexdigest()
    storage.write(f"{DETAILS}{kind}/{now:%Y-%m-%d}.{digest[:16]}.jsonl", content)
    return content


@dataclass(frozen=True)
class Waiting:
    """The weeks whose details could not all be asked for, in order, and why not."""

    weeks: tuple[date, ...] = ()
    why: str = ""


def waiting_details(storage: Storage) -> Waiting:
    """What is noted of weeks that wait for details."""
    try:
        noted = json.loads(storage.read(WAITING))
        return Waiting(tuple(map(date.fromisoformat, noted["weeks"])), str(noted["why"]))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return Waiting()


def note_waiting(
    storage: Storage, weeks: Collection[date], still: Collection[date], why: str = ""
) -> None:
    """Of these weeks, note those that still wait, and why, and forget the others."""
    before = waiting_details(storage)
    waiting = sorted((set(before.weeks) - set(weeks)) | set(still))
    after = Waiting(tuple(waiting), (why or before.why) if waiting else "")
    if after != before:
        noted = {"weeks": [week.isoformat() for week in waiting], "why": after.why}
        storage.write(WAITING, json.dumps(noted, indent=2, ensure_ascii=False).encode())
