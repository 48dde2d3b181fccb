"""`spotify-assets checks` and `verify`: run every check now, or derive every week again and compare."""

from __future__ import annotations

import json
from datetime import date

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.checks.catalog import columns_as_declared, shows_the_week
from spotify_assets.checks.declared import BASE_CHECKS, CATALOG_COLUMNS, CATALOG_WEEK, EVERY_CHECK
from spotify_assets.checks.every import base_verdicts, check_stored, verify
from spotify_assets.checks.making import Base
from spotify_assets.checks.verdicts import SHOWN_EXAMPLES, SHOWN_FINDINGS, Check, Verdict, in_words
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of
from spotify_assets.errors import UserError
from spotify_assets.layout import CHECKS_PAGE
from spotify_assets.settings import Settings, load_settings
from spotify_assets.weeks import describe_weeks, parse_week, system_clock


def checks(week: str | None, *, json_wanted: bool) -> int:
    """Run every check over what is stored, print what fails, and return 1 where an ERROR does."""
    settings = load_settings()
    only = _parsed(week) if week is not None else None
    base = _base(settings)
    found = _found(settings, base, only)
    if json_wanted:
        click.echo(json.dumps(_as_json(found, only), ensure_ascii=False, indent=1, default=str))
    else:
        for line in _lines(found):
            click.echo(line)
        if only is None and base.storage.exists(CHECKS_PAGE):
            click.echo(f"As a page, as of the last run: {base.storage.location(CHECKS_PAGE)}")
    is_bad = any(check.severity == "ERROR" and failing for check, failing, _ in found)
    return FAILED if is_bad else 0


def verify_base(week: str | None = None) -> int:
    """Derive every week again, print each stored file that differs, and return 1 where one does."""
    base = _base(load_settings())
    differences = verify(base, None if week is None else [_parsed(week)])
    for said in differences:
        click.echo(said)
    if differences:
        click.echo(f"{len(differences)} files differ from what follows from the raw files.")
        return FAILED
    click.echo("Every stored file is, byte for byte, what follows from the raw files.")
    return 0


Failing = list[tuple[date | None, Verdict | None, tuple[str, ...]]]
Found = list[tuple[Check, Failing, int]]
"""Each check, its failures (week, verdict, findings), and how many weeks it was run on."""


def _base(settings: Settings) -> Base:
    return Base(base_of(settings), settings.charts, settings.thresholds)


def _found(settings: Settings, base: Base, only: date | None) -> Found:
    verdicts = check_stored(base, None if only is None else [only])
    weeks = sorted({verdict.week for verdict in verdicts})
    if only and not weeks:
        raise UserError(
            f"--week {only}: nothing is stored of that week in {settings.base}. Drop its chart files "
            "into the inbox and run: spotify-assets update"
        )
    catalog = open_catalog(settings, base.storage)
    shown = shows_the_week(catalog, base.storage, weeks)
    verdicts += [Verdict(CATALOG_WEEK, week, None, found) for week, found in shown.items()]
    of_base: dict[str, tuple[str, ...]] = {}
    if only is None:
        of_base = base_verdicts(base, system_clock(), settings.first_week)
        of_base[CATALOG_COLUMNS.title] = columns_as_declared(catalog)
    found: Found = []
    for check in EVERY_CHECK:
        if check in BASE_CHECKS:
            if check.title in of_base:
                findings = of_base[check.title]
                found.append((check, [(None, None, findings)] if findings else [], 1))
            continue
        mine = [verdict for verdict in verdicts if verdict.check == check]
        failing: Failing = [(v.week, v, v.findings) for v in mine if not v.passed]
        found.append((check, failing, len({verdict.week for verdict in mine})))
    return found


def _lines(found: Found) -> list[str]:
    lines = []
    for check, failing, count in found:
        if not failing:
            continue
        weeks = sorted({week for week, _, _ in failing if week})
        place = f" in {describe_weeks(weeks)}, of {count}" if weeks else ""
        lines.append(f"{check.severity} {check.title}{place}: {check.asserts}")
        for week, _, findings in failing[-SHOWN_FINDINGS:]:
            lines.append(f"      {f'{week}: ' if week else ''}{in_words(findings)}")
        if len(failing) > SHOWN_FINDINGS:
            lines.append(
                f"      and {len(failing) - SHOWN_FINDINGS} more findings of earlier weeks"
            )
    failed = sum(bool(failing) for _, failing, _ in found)
    weeks_run = max((count for _, _, count in found), default=0)
    said = (
        f"{len(found) - failed} of {len(found)} checks pass"
        if failed
        else f"All {len(found)} checks pass"
    )
    return [*lines, f"{said}, on {weeks_run} weeks."]


def _as_json(found: Found, only: date | None) -> dict[str, object]:
    return {
        "week": only,
        "checks": [
            {
                "check": check.title,
                "severity": check.severity,
                "asserts": check.asserts,
                "passed": not failing,
                "weeks": count,
                "failures": [
                    {
                        "week": week,
                        "chart": verdict.chart if verdict else None,
                        "findings": list(findings),
                        "examples": list(verdict.examples[:SHOWN_EXAMPLES]) if verdict else [],
                    }
                    for week, verdict, findings in failing
                ],
            }
            for check, failing, count in found
        ],
    }


def _parsed(week: str) -> date:
    try:
        return parse_week(week.strip())
    except ValueError as error:
        raise UserError(f"--week {week}: {error}") from None
