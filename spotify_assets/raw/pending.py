"""What lies in the inbox and waits for a run, week by week; a look, nothing is moved.

The work grows with the files that wait, not with the archive. What is done about them is in
`spotify_assets.defs.inbox_sensor`, and in the runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from posixpath import dirname

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX
from spotify_assets.raw.file_names import (
    is_hidden,
    is_in_hidden_folder,
    is_left_alone,
    week_in_name,
)
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.inbox_contents import contents_of
from spotify_assets.raw.recognise import recognise
from spotify_assets.storage import Storage, StoredFile
from spotify_assets.weeks import latest_closed_week

READ_AT_ONCE = 200  # files whose name doesn't tell their week; the others wait for the next look
SETTLED = timedelta(seconds=5)  # unchanged for so long, a file isn't being written any more


@dataclass
class Pending:
    """The files that wait, by week, in order of keys.

    `unrecognised` are those that no run will take in, with the reason; `unsettled` may still be
    written; `unread` are left for the next look, which is to begin behind `read_to`; `hidden` are
    left alone, for they lie in hidden folders, as is all in the folders that are `closed`, and why.
    """

    weeks: dict[date, list[StoredFile]] = field(default_factory=dict)
    unrecognised: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    closed: Mapping[str, str] = field(default_factory=dict)
    unsettled: int = 0
    unread: int = 0
    read_to: str = ""

    def digest(self, week: date) -> str:
        """The same as long as the same files wait: of keys, versions and times of arrival."""
        told = "\n".join(
            f"{file.key} {file.version} {file.size} {file.modified.isoformat()}"
            for file in sorted(self.weeks[week], key=lambda file: file.key)
        )
        return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()[:16]


def pending_files(storage: Storage, rules: InboxRules, read_to: str = "") -> Pending:
    """What waits in the inbox now.

    Files whose name doesn't tell their week are read some at a time, in order of keys from behind
    `read_to` on and round, so that none keeps others from being read.
    """
    now = rules.clock()
    latest = latest_closed_week(now)
    pending = Pending(closed=storage.closed_folders(INBOX))
    to_read: list[StoredFile] = []
    for file in storage.files(INBOX, hidden=True):
        path = file.key.removeprefix(INBOX)
        if is_in_hidden_folder(path):
            pending.hidden.append(path)
        if is_left_alone(path) or is_hidden(path) or dirname(file.key) in pending.closed:
            continue
        if timedelta(0) <= now - file.modified < SETTLED:
            pending.unsettled += 1
            continue
        told = week_in_name(path)
        if told is not None and rules.first_week <= told <= latest:
            pending.weeks.setdefault(told, []).append(file)
        else:
            to_read.append(file)
    to_read.sort(key=lambda file: (file.key <= read_to, file.key))
    pending.unread = len(to_read[READ_AT_ONCE:])
    pending.read_to = to_read[READ_AT_ONCE - 1].key if pending.unread else ""
    for file, content in contents_of(storage, to_read[:READ_AT_ONCE]):
        path = file.key.removeprefix(INBOX)
        try:
            if isinstance(content, UnreadableRawFile):
                raise content
            names = recognise(path, content, rules.charts, rules.first_week, now)
        except UnreadableRawFile as error:
            pending.unrecognised[path] = str(error)
            continue
        for week in {name.week for name in names}:
            pending.weeks.setdefault(week, []).append(file)
    return pending


def hidden_files(storage: Storage) -> list[str]:
    """The paths, below the inbox, of the files that are left alone as they lie in hidden folders."""
    paths = (file.key.removeprefix(INBOX) for file in storage.files(INBOX, hidden=True))
    return [path for path in paths if is_in_hidden_folder(path)]


def about_hidden(paths: Sequence[str]) -> str:
    """What is said of such files, and how to have them taken in."""
    return (
        f"left alone in folders whose name begins with a dot: {len(paths)}, the first: {paths[0]}. "
        "To have them taken in, drop them outside of it, or rename the folder"
    )


def about_closed(folders: Mapping[str, str]) -> str:
    """What is said of folders whose files can't be taken in, and how to have them taken in."""
    key, why = next(iter(folders.items()))
    return (
        f"left alone: {len(folders)}, the first: {key.removeprefix(INBOX)}, for {why}. To have its "
        f"files taken in, give this user the right (chmod u+rwx), or copy them elsewhere below {INBOX}"
    )
