"""`spotify-assets checks`: what fails now and since when, asked afresh; nothing is written."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from spotify_assets.catalog import contents_of
from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of
from spotify_assets.errors import UserError
from spotify_assets.layout import CHECKS_PAGE
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.reports.check_report.evaluation import Evaluation, evaluate
from spotify_assets.reports.check_report.report import (
    Report,
    as_json,
    kept_rows,
    read_report,
    report_of,
)
from spotify_assets.reports.check_report.stamps import Judged
from spotify_assets.reports.check_report.texts import report_lines, week_lines
from spotify_assets.settings import load_settings
from spotify_assets.weeks import parse_week, system_clock


def checks(week: str | None, *, json_wanted: bool) -> int:
    """Run the command; gives its exit code: 1 where a check of severity ERROR fails."""
    settings = load_settings()
    storage = base_of(settings)
    only = parsed(week) if week is not None else None
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    judged = Judged(storage, rules, contents_of(settings), settings.table_format, settings)
    evaluation = evaluate(judged, only=None if only is None else [only])
    if only and only not in evaluation.weeks:
        raise UserError(
            f"--week {only}: nothing is stored of that week in {settings.base}. Drop its chart files "
            "into the inbox and run: spotify-assets update"
        )
    # The report made last knows since when; what it doesn't know is new.
    report = report_of(evaluation, read_report(storage), system_clock())
    if json_wanted and only:
        click.echo(json.dumps(of_week(only, report, evaluation), ensure_ascii=False, indent=1))
    elif json_wanted:
        click.echo(as_json(report).decode(), nl=False)
    elif only:
        click.echo("\n".join(week_lines(only, report, evaluation)))
    else:
        click.echo("\n".join(report_lines(report, evaluation)))
        if storage.exists(CHECKS_PAGE):
            click.echo(f"As a page, as of the last run: {storage.location(CHECKS_PAGE)}")
    return FAILED if report.failing_of("ERROR") else 0


def parsed(week: str) -> date:
    """The week that is asked for.

    Raises:
        UserError: it isn't one; says how to write it.
    """
    try:
        return parse_week(week.strip())
    except ValueError as error:
        raise UserError(f"--week {week}: {error}") from None


def of_week(week: date, report: Report, evaluation: Evaluation) -> dict[str, Any]:
    """What every check says of a week, as JSON has it."""
    since = {one.check: one.since.isoformat() for one in report.failing}
    found = [(check, evaluation.verdicts[check.title].get(week)) for check in EVERY_CHECK]
    return {
        "week": week.isoformat(),
        "checks": [
            {
                "check": check.title,
                "severity": check.severity,
                "passed": verdict.passed,
                "since": since.get(check.title),
                "expected": verdict.expected,
                "actual": verdict.actual,
                "findings": list(verdict.findings),
                "rows": list(kept_rows(verdict)),
            }
            for check, verdict in found
            if verdict is not None
        ],
    }
