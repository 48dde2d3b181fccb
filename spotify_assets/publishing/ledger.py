"""What was decided over each week, remembered by the version of the files that were looked at.

It lies beside the copies that catalogs show, in `published/audit.json`. If it is lost, or a rule has
changed, every week is audited again. Deciding is in `publish`, what it is about in `stored`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from spotify_assets.checks.history_rules import WEEKS_COMPARED
from spotify_assets.layout import PUBLISHED
from spotify_assets.storage import Storage

LEDGER = f"{PUBLISHED}audit.json"


@dataclass(frozen=True)
class Decision:
    """What was decided over a week.

    `audited` stands for the files that were looked at, `neighbours` for what is served of the weeks that
    they were held against, `published` for the content that is served, empty for none, `copies` for the
    versions of the files that serve it. `findings` say why that isn't the content that was looked at;
    `following` is the later week that a week with findings was held against, too.
    """

    audited: str
    published: str = ""
    findings: tuple[str, ...] = ()
    copies: str = ""
    neighbours: str = ""
    following: date | None = None


@dataclass(frozen=True)
class Published:
    """The weeks that catalogs show, in order, and those held back, with what the audit found.

    A week can be in both: then what is shown is what was published before. `digests` stand for what is
    shown of each week; `withdrawn` are the copies that nothing is to show any more.
    """

    weeks: list[date] = field(default_factory=list)
    held_back: dict[date, tuple[str, ...]] = field(default_factory=dict)
    digests: Mapping[date, str] = field(default_factory=dict, compare=False)
    withdrawn: Collection[str] = field(default=(), compare=False)


def shown_before(decisions: Mapping[date, Decision], week: date) -> list[date]:
    """The weeks before it that are shown and that a week is compared with, the latest first."""
    before = [w for w in decisions if w < week and decisions[w].published]
    return sorted(before, reverse=True)[:WEEKS_COMPARED]


def shown_next(decisions: Mapping[date, Decision], week: date) -> date | None:
    """The first week after it that is shown."""
    return min((w for w in decisions if w > week and decisions[w].published), default=None)


def neighbours_stamp(decisions: Mapping[date, Decision], week: date, following: date | None) -> str:
    """Stands for what is shown of the weeks before and of a following one, empty for neither.

    A week that passed needn't be looked at again as the next one comes: that is held against it.
    """
    beside = [*shown_before(decisions, week), *([following] if following else [])]
    shown = " ".join(decisions[w].published if w in decisions else "" for w in beside)
    return hashlib.sha256(shown.encode()).hexdigest()[:20] if beside else ""


def published(storage: Storage) -> Published:
    """What was published last, and held back then."""
    return as_published(read_ledger(storage))


def as_published(decisions: Mapping[date, Decision]) -> Published:
    """The decisions in short."""
    return Published(
        weeks=sorted(week for week, decision in decisions.items() if decision.published),
        held_back={w: d.findings for w, d in sorted(decisions.items()) if d.findings},
        digests={week: decision.published for week, decision in decisions.items()},
    )


def content_digest(files: Mapping[str, str]) -> str:
    """Stands for the content of a week's files, of which this is each table's SHA-256."""
    digests = "\n".join(f"{name} {digest}" for name, digest in sorted(files.items()))
    return hashlib.sha256(digests.encode()).hexdigest()


def read_ledger(storage: Storage) -> dict[date, Decision]:
    """What was decided; nothing where that can't be read, so that all weeks are audited again."""
    try:
        return msgspec.json.decode(storage.read(LEDGER), type=dict[date, Decision])
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def write_ledger(storage: Storage, decisions: Mapping[date, Decision]) -> None:
    """Remember what was decided."""
    content = msgspec.json.encode(dict(sorted(decisions.items())))
    storage.write(LEDGER, msgspec.json.format(content, indent=1) + b"\n")
