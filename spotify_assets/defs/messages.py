"""What is said where a run failed or checks did: messages in plain words, as pure functions.

Each names the weeks, what failed, why, what to do, and the run. Nothing here knows a network: how
messages are sent is in `delivery`, when, in `sensors`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spotify_assets.cli.runs import PARTITION, RANGE_END, RANGE_START

if TYPE_CHECKING:
    import dagster as dg

PRODUCT = "spotify-assets"
LONGEST_SUBJECT = 100  # characters; SNS takes no more
LONGEST_REASON = 1000  # characters; with SHOWN twice, far below the 256 KB that SNS takes
SHOWN = 20
LEFT_OUT = "(left out)"
SECRET_LOOKS = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),  # user and password of an address
    re.compile(r"(?<=\bBearer )[\w.~+/=-]+", re.IGNORECASE),
    re.compile(r"(?<=\bBasic )[\w.~+/=-]{8,}", re.IGNORECASE),
)


@dataclass(frozen=True)
class Message:
    """What is sent: a subject that SNS takes, and a body of lines."""

    subject: str
    body: str


@dataclass(frozen=True)
class FailedCheck:
    """A check that failed, of one week; `week` is empty for a check of no week in particular."""

    asset: str
    name: str
    week: str
    why: str


@dataclass(frozen=True)
class EndedRun:
    """A run that has ended: why it failed, by the place in it, and which of its checks did.

    `warnings` are the failed checks that only warn. A run that succeeded has no `failures`.
    """

    run_id: str
    job: str
    weeks: str
    failures: Mapping[str, str] = field(default_factory=dict)
    failed_checks: Sequence[FailedCheck] = ()
    warnings: Sequence[FailedCheck] = ()


def message_about(run: EndedRun) -> Message | None:
    """The one message about a run; None where all went well, or checks merely warned."""
    if run.failures:
        return _run_failed(run)
    return _checks_failed(run) if run.failed_checks else None


def warning_about(run: EndedRun) -> str | None:
    """What the log says of checks that only warn; None where none did."""
    if not run.warnings:
        return None
    return "\n".join(["Checks warn; nobody is told but this log.", *_checks(run.warnings)])


def weeks_of(tags: Mapping[str, str]) -> str:
    """The weeks of a run in words, by its tags: `2026-11-13`, or `2026-10-02 to 2026-11-13`."""
    first, last = tags.get(RANGE_START, ""), tags.get(RANGE_END, "")
    if first and last:
        return first if first == last else f"{first} to {last}"
    return tags.get(PARTITION, "") or "all stored weeks"


def failed_checks(
    evaluations: Iterable[dg.AssetCheckEvaluation], secrets: Collection[str] = ()
) -> list[FailedCheck]:
    """The checks that failed, each once for every week, in order.

    A check over a range also reports on all its weeks at once; that counts only where no single
    week failed.
    """
    failed = [evaluation for evaluation in evaluations if not evaluation.passed]
    by_week = {e.asset_check_key for e in failed if e.partition}
    found = [
        FailedCheck(
            asset=e.asset_key.to_user_string(),
            name=e.check_name,
            week=e.partition or "",
            why=plain(e.description or "it gives no reason", secrets),
        )
        for e in failed
        if e.partition or e.asset_check_key not in by_week
    ]
    return sorted(found, key=lambda check: (check.week, check.asset, check.name))


def plain(text: str, secrets: Collection[str] = ()) -> str:
    """A reason on one line, not too long, without these secrets or what looks like some."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, LEFT_OUT)
    for looks in SECRET_LOOKS:
        text = looks.sub(LEFT_OUT, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 2]} …"


def _run_failed(run: EndedRun) -> Message:
    lines = [f"The run over {run.weeks} failed.", ""]
    lines += _some([f"- {place}: {why}" for place, why in run.failures.items()], "failure")
    if run.failed_checks:
        lines += ["", "These checks failed as well:", *_checks(run.failed_checks)]
    lines += [
        "",
        "What to do: mend the cause, then choose Re-execute on the run's page in Dagster. That is safe "
        "at any time: nothing that is stored is lost, and nothing counts twice.",
    ]
    return _message(f"the run over {run.weeks} failed", run, lines)


def _checks_failed(run: EndedRun) -> Message:
    many = len(run.failed_checks)
    what = f"{many} check{'' if many == 1 else 's'} failed"
    lines = [f"The run over {run.weeks} went through, but {what} on what is stored:", ""]
    lines += _checks(run.failed_checks)
    lines += [
        "",
        "What to do: materialize the named assets again for these weeks; tables are then made anew "
        "from the raw files. Where a check fails again, a raw file of that week is at fault: drop a "
        "good one into the inbox. The Checks tab of the asset in Dagster has every finding.",
    ]
    return _message(f"{what} for {run.weeks}", run, lines)


def _checks(checks: Iterable[FailedCheck]) -> list[str]:
    said = []
    for check in checks:
        of_week = f" of {check.week}" if check.week else ""
        said.append(f"- {check.asset}{of_week}, {check.name}: {check.why}")
    return _some(said, "check")


def _some(lines: Sequence[str], what: str) -> list[str]:
    more = len(lines) - SHOWN
    if more <= 0:
        return list(lines)
    return [*lines[:SHOWN], f"- and {more} {what}{'' if more == 1 else 's'} more"]


def _message(about: str, run: EndedRun, lines: Iterable[str]) -> Message:
    subject = f"{PRODUCT}: {about}".encode("ascii", "replace").decode()
    body = "\n".join([*lines, "", f"Run: {run.run_id} of {run.job}"])
    return Message(subject[:LONGEST_SUBJECT], f"{body}\n")
