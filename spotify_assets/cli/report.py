"""What an update did, and how that is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import click

from spotify_assets.checks.verdicts import listed, shortly
from spotify_assets.cli import FAILED, FILES_REJECTED
from spotify_assets.cli.environment import base_of, this_command
from spotify_assets.cli.runs import RunOutcome
from spotify_assets.layout import INBOX, REJECTED
from spotify_assets.publishing.ledger import published
from spotify_assets.raw.inbox import about_closed, about_hidden
from spotify_assets.raw.missing import why_missing
from spotify_assets.settings import Settings

REJECTED_TOLD = 50  # more would hide the rest; each has its reason beside it


@dataclass
class UpdateOutcome:
    """What an update did: files taken in and rejected, and how each run ended.

    `only_published` is true where no week was made: there was no need to, the catalog was stale.
    `abandoned` counts the runs of killed commands that were ended first. `damaged` are the keys of
    table files that were found so and whose weeks were due for that, `lost` those of weeks that no
    raw files are kept of. `refused_week` is the latest one where Spotify was asked for its charts and
    gives none of them to this app. `waiting` says of which weeks the details are awaited, and why.
    `hidden` are the files in the inbox that were left alone, in hidden folders, `closed` the folders
    whose files can't be taken away, and why. `superseded` are the keys of archived files that newer ones
    have taken the place of.
    """

    taken_in: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)
    runs: list[RunOutcome] = field(default_factory=list)
    only_published: bool = False
    abandoned: int = 0
    damaged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused_week: date | None = None
    waiting: str = ""
    hidden: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    superseded: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """See `spotify_assets.cli`."""
        for run in self.runs:
            if run.failed_checks or not (run.success or run.last == self.refused_week):
                return FAILED
        return FILES_REJECTED if self.rejected else 0


def report(
    settings: Settings, outcome: UpdateOutcome, only: Collection[date] | None = None
) -> None:
    """Say what was done and what failed."""
    if outcome.abandoned:
        runs = count_of(outcome.abandoned, "run")
        click.echo(f"Told Dagster that {runs} of a command which was killed won't go on.", err=True)
    for keys, then in (
        (outcome.damaged, "its week is made again from the raw files"),
        (outcome.lost, "no raw files are kept of it, so put back a copy of yours"),
    ):
        for key in keys:
            click.echo(f"Damaged {key}: {then}.", err=True)
    for key, reason in outcome.rejected[:REJECTED_TOLD]:
        click.echo(f"Rejected {key.removeprefix(REJECTED)}: {reason}", err=True)
    if len(outcome.rejected) > REJECTED_TOLD:
        others = len(outcome.rejected) - REJECTED_TOLD
        click.echo(f"Rejected {count_of(others, 'more file')}.", err=True)
    for run in outcome.runs:
        if run.made_nothing:
            for reason in why_missing(base_of(settings), run.last).values():
                click.echo(f"Not yet: {reason}", err=True)
        said = "Not had" if run.last == outcome.refused_week else "Failed"
        for failure in run.failures:
            click.echo(f"{said} {run.weeks}: {failure}", err=True)
        for name, what in run.failed_checks.items():
            click.echo(f"Check failed {run.weeks}: {name}: {what}", err=True)
        for name, what in run.warnings.items():
            click.echo(f"Warning {run.weeks}: {name}: {what}", err=True)
    if outcome.superseded:
        files = count_of(len(outcome.superseded), "file")
        click.echo(
            f"Note: newer files took the place of {files} in the archive; the older ones are kept: "
            f"{listed(outcome.superseded)}.",
            err=True,
        )
    if outcome.hidden:
        click.echo(f"Note: files {about_hidden(outcome.hidden)}.", err=True)
    if outcome.closed:
        click.echo(f"Note: folders {about_closed(outcome.closed)}.", err=True)
    if outcome.waiting:
        click.echo(f"Warning: details {outcome.waiting}", err=True)
    for week, findings in published(base_of(settings)).held_back.items():
        click.echo(
            f"Held back {week}: {shortly(findings)}. Make it anew (spotify-assets update --weeks "
            f"{week}), or drop a good file of it",
            err=True,
        )
    if outcome.only_published and any(run.success for run in outcome.runs):
        click.echo("No week was behind, only the catalog or the reports: published it anew.")
    elif outcome.runs:
        made = [run for run in outcome.runs if run.success and not run.made_nothing]
        weeks = sum((run.last - run.first).days // 7 + 1 for run in made)
        done = f"made {count_of(weeks, 'week')} in {count_of(len(outcome.runs), 'run')}"
        rejected = f", rejected {len(outcome.rejected)}" if outcome.rejected else ""
        click.echo(
            f"Took in {count_of(outcome.taken_in, 'file')}{rejected}; {done}; {_checks(outcome.runs)}."
        )
    elif only:
        click.echo(
            "Nothing to do: there are no raw files of these weeks, neither in the archive nor below "
            f"{settings.base}/{INBOX}"
        )
    else:
        readable = "readable " if outcome.rejected else ""
        click.echo(
            f"Nothing to do: no {readable}file below {settings.base}/{INBOX}, and no week is behind."
        )
    if outcome.rejected:
        click.echo(
            f"The reasons are beside the files in {settings.base}/{REJECTED}. Once mended: "
            "spotify-assets update --retry-rejected"
        )


def _checks(runs: Sequence[RunOutcome]) -> str:
    """How the checks went, over all weeks of all runs."""
    names = {name for run in runs for name in run.checks}
    failed = {name for run in runs for name in run.failed_checks}
    weeks = {week for run in runs for week in run.checked_weeks}
    failed_weeks = {week for run in runs for week in run.failed_weeks}
    if not names:
        return "no check ran"
    warned = {name for run in runs for name in run.warnings}
    if not failed and warned:
        passed = f"{len(names - warned)} of {len(names)} checks passed"
        return f"{passed} on {count_of(len(weeks), 'week')}, {len(warned)} warned"
    if not failed:
        return f"all {len(names)} checks passed on {count_of(len(weeks), 'week')}"
    return (
        f"{len(failed)} of {len(names)} checks failed, on {len(failed_weeks)} of "
        f"{count_of(len(weeks), 'week')}"
    )


def query_hint() -> str:
    """A first query to try."""
    columns = "chart, rank, move, song_name, artist_names"
    sql = f"SELECT {columns} FROM latest_chart WHERE rank <= 10 ORDER BY chart, rank"  # noqa: S608
    return f'{this_command()} query "{sql}"'


def count_of(number: int, what: str) -> str:
    """A number and what it counts: `1 file`, `2 files`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
