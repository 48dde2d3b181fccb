"""What the checks make of each mutation, and the page that keeps it.

Run `python -m spotify_assets_tests.mutation_sweep` to write the page anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from spotify_assets.catalog.duckdb_catalog import open_catalog
from spotify_assets.checks import catalog_rules
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.raw_rules import RAW_CHECKS
from spotify_assets.checks.raw_weeks import judge_all_raw, judge_raw_weeks
from spotify_assets.checks.stored_weeks import judge, read_weeks
from spotify_assets.checks.verdicts import CheckMeaning, Verdict
from spotify_assets.publishing.ledger import published
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.damages import Mutation
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST, RULES, Base, good_base
from spotify_assets_tests.mutations import ALL_MUTATIONS

PAGE = PROJECT / "docs" / "mutations.md"
COMMAND = "python -m spotify_assets_tests.mutation_sweep"
CHECKS: dict[str, CheckMeaning] = {
    check.title: check for check in (*RAW_CHECKS, *TABLE_CHECKS, *catalog_rules.CATALOG_CHECKS)
}
HOLD_BACK = {check.title for check in TABLE_CHECKS if check.holds_back}
NO_GRACE = Thresholds(check_latest_week_days=0)

Shown = dict[tuple[str, date], str]
"""Stands for what the catalog shows of each table's weeks."""


@dataclass(frozen=True)
class Outcome:
    """What the checks said after a mutation, by title, and what the catalog showed."""

    findings: dict[str, tuple[str, ...]]
    held_back: list[date]
    shown: Shown = field(repr=False)

    def caught_by(self, severity: str) -> list[str]:
        """The checks of this severity that failed; what follows of one that holds back is left out."""
        follows = {catalog_rules.NOT_HELD_BACK.title}
        return [t for t in self.findings if CHECKS[t].severity == severity and t not in follows]


@cache
def outcome_of(mutation: Mutation) -> Outcome:
    """Do it to a good base, publish as `catalog` does, and ask every check about the latest week."""
    with TemporaryDirectory() as folder:
        base = good_base(Path(folder))
        mutation.change(base)
        held_back = [] if mutation.of_catalog else list(base.publish().held_back)
        return Outcome(findings_of(base), held_back, shown_by(base))


def outcome_of_nothing() -> Outcome:
    """The same of a good base to which nothing is done."""
    return outcome_of(Mutation("nothing", "", lambda _: None))


def findings_of(base: Base) -> dict[str, tuple[str, ...]]:
    """What every check that fails has to say of the base, in the order in which they are declared."""
    said = {title: verdict.findings for title, verdict in verdicts_of(base) if verdict.findings}
    return {title: said[title] for title in CHECKS if title in said}


def verdicts_of(base: Base) -> Iterator[tuple[str, Verdict]]:
    """Every check's verdict on the latest week, and of the whole."""
    for name, by_week in judge_raw_weeks(base.storage, RULES, [LATEST]).items():
        yield f"raw_playlist.{name}", by_week[LATEST]
    for name, verdict in judge_all_raw(base.storage, RULES, NO_GRACE).items():
        yield f"raw_playlist.{name}", verdict
    (week,) = read_weeks(base.storage, "parquet", [LATEST], list(TABLES))
    for check in TABLE_CHECKS:
        yield check.title, judge(check, week, Thresholds())
    decided = published(base.storage)
    weeks = catalog_rules.weeks_to_ask(base.catalog, decided, None)
    of_catalog = {
        catalog_rules.NOT_HELD_BACK: catalog_rules.held_back_verdicts(decided, GOOD_WEEKS),
        catalog_rules.SAME_WEEKS: catalog_rules.week_verdicts(base.catalog, decided, weeks),
        catalog_rules.ROW_COUNTS: catalog_rules.count_verdicts(
            base.catalog, base.storage, "parquet", decided, weeks
        ),
    }
    for meaning, by_week in of_catalog.items():
        findings = [said for verdict in by_week.values() for said in verdict.findings]
        yield meaning.title, Verdict("", "", tuple(findings))
    yield catalog_rules.COLUMN_TYPES.title, catalog_rules.column_verdict(base.catalog)


def shown_by(base: Base) -> Shown:
    """What the catalog shows, week by week; nothing of a table that doesn't answer."""
    shown: Shown = {}
    with open_catalog(base.database) as connection:
        for name in TABLES:
            rows = f"SELECT week, {name}::VARCHAR AS text FROM {name}"
            sql = f"SELECT week, md5(string_agg(text, '|' ORDER BY text)) FROM ({rows}) GROUP BY 1"
            try:
                answer = connection.execute(sql).fetchall()
            except duckdb.Error:
                continue
            shown |= {(name, week): digest for week, digest in answer}
    return shown


def page() -> str:
    """The table of mutations and what catches them, as Markdown."""
    lines = [
        "# What the checks catch",
        "",
        f"Each line is something done to good data: {len(GOOD_WEEKS)} made-up weeks of two charts, one "
        "of playlists, one of chart files. All checks are then asked. The tests do all of it, and fail "
        f"where this page isn't what comes out. It is written by `{COMMAND}`.",
        "",
        "*Held back* is a week that the catalog doesn't show as it is: what was published of it before "
        "stays. All other weeks stay as they were. Unless it says *by hand*, a table is changed as if "
        "its rows had been derived so, by a mistake in the code.",
        "",
        "| done to the week | errors | warnings | the week |",
        "| --- | --- | --- | --- |",
    ]
    for mutation in ALL_MUTATIONS:
        outcome = outcome_of(mutation)
        then = "held back" if outcome.held_back else "shown"
        cells = (
            mutation.what,
            *(_listed(outcome.caught_by(severity), mutation) for severity in ("ERROR", "WARN")),
            "" if mutation.of_catalog else then,
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "The check that is there for it is in bold; the others notice, too.",
        "",
        "## What no check sees",
        "",
        "- A raw file that was wrong when it came, in a way that a true one could be: two songs of a "
        "playlist swapped, a popularity of 61 instead of 60, a line more or less at the end of a chart "
        "file.",
        "",
        "What is changed by hand later is seen, in the archive, in the tables and in what is published, "
        "unless what was noted of it is changed to match.",
        "",
        "## How many of these each check catches",
        "",
        "| check | severity | catches |",
        "| --- | --- | ---: |",
    ]
    for title, check in CHECKS.items():
        count = sum(title in outcome_of(mutation).findings for mutation in ALL_MUTATIONS)
        lines.append(f"| {title} | {check.severity} | {count} |")
    return "\n".join([*lines, ""])


def _listed(titles: list[str], mutation: Mutation) -> str:
    return ", ".join(f"**{title}**" if title == mutation.check else title for title in titles)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")
