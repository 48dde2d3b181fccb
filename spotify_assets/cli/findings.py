"""What `spotify-assets doctor` finds: one line of its report each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A line of the report; with a remedy, something has to be mended."""

    subject: str
    says: str
    remedy: str = ""
    is_note: bool = False
