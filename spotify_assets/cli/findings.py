"""A line of `spotify-assets doctor`. What there is to look at is in `doctor` and `doctor_spotify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A line of the report. With a remedy there is something to fix, or only to know if `is_note`."""

    subject: str
    says: str
    remedy: str = ""
    is_note: bool = False

    @property
    def mark(self) -> str:
        """How the line begins: ok, note or FIX."""
        return "ok" if not self.remedy else "note" if self.is_note else "FIX"


def guarded(subject: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings; if the base can't be read meanwhile, end with a line that says why."""
    try:
        yield from findings
    except OSError as error:
        says, _, remedy = str(error.strerror).partition(". ")  # S3's errors name the remedy
        yield Finding(
            subject, says if remedy else str(error), remedy or "give this user access to it"
        )
