"""What `spotify-assets doctor` finds: one line of its report each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A line of the report; with a remedy, something has to be mended."""

    subject: str
    says: str
    remedy: str = ""
    is_note: bool = False


def guarded(subject: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings as they are made; where the base keeps one from being made, a line that says why."""
    try:
        yield from findings
    except OSError as error:
        yield unreadable(subject, error)


def unreadable(subject: str, error: OSError) -> Finding:
    """Why something can't be looked at; an error of S3 names the remedy in its second sentence."""
    says, _, remedy = str(error.strerror).partition(". ")
    return Finding(subject, says if remedy else str(error), remedy or "give this user access to it")
