"""What the archive received: the SHA-256 of every raw file, one list for each week.

In the format of sha256sum, so that `cd raw/processed; sha256sum -c ../checksums/week=….sha256` checks
a week by hand. Comparing is in the checks of `raw_playlist`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from spotify_assets.layout import ARCHIVE, CHECKSUMS, RawName, raw_name_of, week_folder
from spotify_assets.storage import Storage

LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<path>\S+)")


def checksums_key(week: date) -> str:
    """Where a week's list lies: `raw/checksums/week=2026-11-13.sha256`."""
    return f"{CHECKSUMS}{week_folder(week).rstrip('/')}.sha256"


def received(storage: Storage, week: date) -> dict[RawName, str]:
    """The SHA-256 of each of the week's raw files as it was received; of none where there is no list."""
    try:
        text = storage.read(checksums_key(week)).decode(errors="replace")
    except FileNotFoundError:
        return {}
    matches = (LINE.fullmatch(line) for line in text.splitlines())
    named = ((raw_name_of(match["path"]), match["digest"]) for match in matches if match)
    return {name: digest for name, digest in named if name is not None}


def missing_files(storage: Storage) -> list[RawName]:
    """What was received and is in the archive no more, in order; no raw file is read for it."""
    weeks = [week for file in storage.files(CHECKSUMS) if (week := _week_of_list(file.key))]
    archived = {raw_name_of(file.key) for file in storage.files(ARCHIVE)}
    noted = storage.together(lambda week: received(storage, week), weeks)
    return sorted(name for _, names in noted for name in names if name not in archived)


def _week_of_list(key: str) -> date | None:
    try:
        week = date.fromisoformat(key.removeprefix(f"{CHECKSUMS}week=").removesuffix(".sha256"))
    except ValueError:
        return None
    return week if checksums_key(week) == key else None


def altered_files(storage: Storage, digests: Mapping[RawName, str]) -> dict[date, list[str]]:
    """What isn't as it was received of the weeks of these raw files, by week and path.

    Of these files, those with another digest; and those that were received and aren't among them.
    """
    altered: dict[date, list[str]] = {}
    weeks = sorted({name.week for name in digests})
    noted: dict[RawName, str] = {}
    for _, of_week in storage.together(lambda week: received(storage, week), weeks):
        noted |= of_week
    for name, digest in noted.items():
        if digests.get(name) != digest:
            altered.setdefault(name.week, []).append(name.path)
    return altered


def note_received(
    storage: Storage, digests: Mapping[RawName, str], new: Collection[RawName]
) -> None:
    """Add files to their weeks' lists; what a list says already stays, unless the file is new."""
    for week in sorted({name.week for name in digests}):
        noted = received(storage, week)
        of_week = {name: digest for name, digest in digests.items() if name.week == week}
        fresh = {n: d for n, d in of_week.items() if n in new or n not in noted}
        if fresh.items() - noted.items():
            lines = [f"{digest}  {name.path}" for name, digest in sorted((noted | fresh).items())]
            storage.write(checksums_key(week), "".join(f"{line}\n" for line in lines).encode())
