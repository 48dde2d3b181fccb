"""Rules about a week's raw files: all there, whole, of that week, and as they were received.

Reading them for the checks is in `raw_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from spotify_assets.charts import Charts
from spotify_assets.checks.verdicts import CheckMeaning, Verdict, listed
from spotify_assets.layout import REJECTED, RawName
from spotify_assets.raw.raw_files import RawSummary
from spotify_assets.spotify import CSV_WAY
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

ASSET = "raw_playlist"
PRESENT = CheckMeaning(
    ASSET,
    "expected_charts_present",
    "Every declared chart has a raw file in the week; names those that haven't, and why.",
    "WARN",
    "A week with some of its charts is worth having, and a later drop completes it.",
)
COMPLETE = CheckMeaning(
    ASSET,
    "charts_complete",
    "A playlist has as many rows as Spotify says it has.",
    "WARN",
    "The rows that are there are true; the rest can be dropped later.",
)
REFRESHED = CheckMeaning(
    ASSET,
    "refreshed_this_week",
    "A playlist was refreshed for the week, and isn't the snapshot of the week before.",
    "ERROR",
    "It would be another week's chart under this week's date.",
)
INTACT = CheckMeaning(
    ASSET,
    "archive_intact",
    "The archive holds what was received, byte for byte (SHA-256).",
    "ERROR",
    "The archive is what all tables are made from, and the only copy of a week that is gone.",
)
NONE_REJECTED = CheckMeaning(
    ASSET,
    "no_rejected_files",
    "No rejected file waits to be looked at.",
    "WARN",
    "Somebody dropped it for a reason, but what was taken in is not affected.",
)
LATEST = CheckMeaning(
    ASSET,
    "latest_week_present",
    "The week that closed last is stored, some days after its close.",
    "WARN",
    "Spotify only ever gives the latest week: soon it can be had as a CSV file only.",
    thresholds=("check_latest_week_days",),
)
OF_A_WEEK = (PRESENT, COMPLETE, REFRESHED, INTACT)
OF_ALL = (NONE_REJECTED, LATEST)
RAW_CHECKS = (*OF_A_WEEK, *OF_ALL)


@dataclass(frozen=True)
class RawWeek:
    """A week's raw files as the archive has them; of chart files as received, the rows aren't counted.

    `unreadable` says why some can't be read; `received` is what was noted of them when they came;
    `snapshots_before` are the week before's playlists, by chart; `why_missing` what is known of charts
    that could not be had.
    """

    week: date
    files: dict[RawName, RawSummary] = field(default_factory=dict)
    unreadable: dict[RawName, str] = field(default_factory=dict)
    received: dict[RawName, str] = field(default_factory=dict)
    snapshots_before: Mapping[str, str] = field(default_factory=dict)
    why_missing: dict[str, str] = field(default_factory=dict)


def charts_present(raw: RawWeek, charts: Charts) -> Verdict:
    """Whether every declared chart has a raw file."""
    had = {name.chart for name in (*raw.files, *raw.unreadable)}
    lacking = [chart.slug for chart in charts.charts if chart.slug not in had]
    findings = [
        raw.why_missing.get(slug, f"{slug} was not collected. {CSV_WAY}") for slug in lacking
    ]
    return Verdict(
        listed([chart.slug for chart in charts.charts]),
        listed(sorted(had)) or "no chart",
        tuple(findings),
    )


def charts_complete(raw: RawWeek) -> Verdict:
    """Whether playlists, or the pages of one together, have all their rows.

    Where the chart has a CSV file, that rules the ranks, and the playlist only adds details.
    """
    from_files = {name.chart for name in raw.files if name.kind != "playlist"}
    pages: dict[str, list[RawSummary]] = {}
    for name, summary in sorted(raw.files.items()):
        if summary.stated_total is not None and name.chart not in from_files:
            of_chart = pages.setdefault(name.chart, [])
            if not of_chart or of_chart[0].refreshed_at == summary.refreshed_at:
                of_chart.append(summary)  # a page that an older capture left behind isn't used
    stated = {
        chart: max(page.stated_total or 0 for page in of_chart) for chart, of_chart in pages.items()
    }
    had = {chart: sum(page.rows for page in of_chart) for chart, of_chart in pages.items()}
    findings = [
        f"{chart} has {had[chart]} of {total} rows: drop the pages that are missing, or the chart's "
        "CSV file"
        for chart, total in stated.items()
        if had[chart] < total
    ]
    return Verdict(_counts(stated), _counts(had), tuple(findings))


def refreshed(raw: RawWeek) -> Verdict:
    """Whether playlists show the week that they are archived as."""
    findings, seen = [], []
    for name, summary in raw.files.items():
        if summary.refreshed_at is not None:
            shows = latest_closed_week(summary.refreshed_at)
            seen.append(f"{name.chart} {summary.refreshed_at:%Y-%m-%d}")
            if shows != raw.week:
                findings.append(
                    f"{name.path} was refreshed on {summary.refreshed_at:%Y-%m-%d}, so it shows the "
                    f"week {shows}"
                )
        before = raw.snapshots_before.get(name.chart)
        if before and before == summary.snapshot_id:
            findings.append(f"{name.path} is the snapshot of the week before ({before})")
    return Verdict(
        "playlists refreshed after the week's close",
        listed(seen) or "no playlist says when it was refreshed",
        tuple(findings),
    )


def intact(raw: RawWeek) -> Verdict:
    """Whether each file is what was received."""
    findings = [f"{name.path} can't be read: {why}" for name, why in raw.unreadable.items()]
    for name, summary in raw.files.items():
        noted = raw.received.get(name)
        if noted is None:
            findings.append(
                f"{name.path} has no SHA-256 noted: materialize raw_playlist to have it noted"
            )
        elif noted != summary.sha256:
            findings.append(
                f"{name.path} isn't what was received: its SHA-256 is {summary.sha256[:12]}…, and was "
                f"{noted[:12]}…. Drop the good file again, or take it from a backup"
            )
    gone = sorted(set(raw.received) - set(raw.files) - set(raw.unreadable))
    findings += [f"{name.path} was received, and is gone from the archive" for name in gone]
    return Verdict(
        f"{len(raw.received)} files as received",
        f"{len(raw.files) + len(raw.unreadable)} files, {len(findings)} of them otherwise",
        tuple(findings),
    )


def none_rejected(rejected: Sequence[str]) -> Verdict:
    """Whether no file waits among the rejected."""
    findings: tuple[str, ...] = ()
    if rejected:
        names = [key.removeprefix(REJECTED) for key in rejected]
        waiting = "1 rejected file waits" if len(rejected) == 1 else f"{len(rejected)} files wait"
        findings = (
            f"{waiting} in raw/rejected/: {listed(names)}. Each has its reason beside it; "
            "once mended: spotify-assets update --retry-rejected",
        )
    return Verdict("no rejected file", f"{len(rejected)} of them", findings)


def latest_present(
    stored: date | None, latest: date, days_since_close: float, grace: float
) -> Verdict:
    """Whether the week that closed last is stored, or in its first days, the one before it.

    Where nothing is stored yet, the first days pass.
    """
    is_early = days_since_close <= grace
    due, days = (
        (latest - ONE_WEEK, days_since_close + 7) if is_early else (latest, days_since_close)
    )
    findings: tuple[str, ...] = ()
    if (stored is None and not is_early) or (stored is not None and stored < due):
        findings = (f"{due} closed {days:.0f} days ago and isn't stored. {CSV_WAY}",)
    return Verdict(
        f"{latest}, within {grace:g} days of its close",
        f"the latest stored is {stored}" if stored else "no week is stored",
        findings,
    )


def _counts(rows: Mapping[str, int]) -> str:
    return listed([f"{chart} {count}" for chart, count in rows.items()]) or "no playlist says"
