"""What becomes of each mutation, and the page that lists it.

Run `python -m spotify_assets_tests.mutation_sweep` to write the page again.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from spotify_assets.catalog import open_catalog
from spotify_assets.checks.catalog import columns_as_declared, shows_the_week
from spotify_assets.checks.declared import (
    CATALOG_COLUMNS,
    CATALOG_WEEK,
    EVERY_CHECK,
    WEEKLY_CHECKS,
)
from spotify_assets.checks.every import base_verdicts, check_stored, verify
from spotify_assets.checks.making import make_weeks
from spotify_assets.checks.storing import store
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.layout import HELD_BACK, TABLE_FILES
from spotify_assets.settings import DEFAULT_THRESHOLDS, PREFIX, load_settings
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.store import stored_weeks
from spotify_assets_tests.damages import Mutation
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST, good_base
from spotify_assets_tests.mutations import (
    BY_HAND,
    DERIVED,
    MUTATIONS,
    OF_CATALOG,
    RECEIVED,
    CatalogMutation,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "mutations.md"
COMMAND = "python -m spotify_assets_tests.mutation_sweep"
SEVERITY = {check.title: check.severity for check in EVERY_CHECK}
NO_GRACE = {**DEFAULT_THRESHOLDS, "check_latest_week_days": 0.0}
THE_WEEK = "the week"
WAYS = {"derived": DERIVED, "received": RECEIVED, "by hand": BY_HAND}


@dataclass(frozen=True)
class Outcome:
    """What was found after a mutation, and what is stored.

    Of verdicts, those that failed: `made` when the week was made, `checked` afterwards. `of_base` are
    findings about the whole base, by check; `verified` is what `verify` says of a change by hand;
    `files` are the tables' files, also those held back.
    """

    made: tuple[Verdict, ...]
    checked: tuple[Verdict, ...]
    of_base: dict[str, tuple[str, ...]]
    verified: tuple[str, ...]
    files: dict[str, bytes]

    @property
    def failing(self) -> list[str]:
        """The checks that failed, in the order in which they are declared."""
        titles = {verdict.check.title for verdict in self.checked} | self.of_base.keys()
        return [title for title in SEVERITY if title in titles]

    @property
    def held_back(self) -> list[str]:
        """The charts that were held back when the week was made, or that the week was."""
        charts = {verdict.chart or THE_WEEK for verdict in self.made if verdict.holds_back}
        return [THE_WEEK] if THE_WEEK in charts else sorted(charts)


@cache
def outcome_of(mutation: Mutation) -> Outcome:
    """Do it to a good base, make the week again unless it is by hand, and run every check."""
    with TemporaryDirectory() as folder:
        base = good_base(Path(folder))
        derive = mutation.change(base) or derive_tables
        made: list[Verdict] = []
        if not mutation.by_hand:
            weeks = make_weeks(base, [LATEST], derive)
            store(base.storage, weeks)
            made = [verdict for verdict in weeks.verdicts if not verdict.passed]
        checked = [verdict for verdict in check_stored(base, [LATEST]) if not verdict.passed]
        of_base = base_verdicts(replace(base, thresholds=NO_GRACE), NOW, GOOD_WEEKS[0])
        return Outcome(
            made=tuple(made),
            checked=tuple(checked),
            of_base={title: findings for title, findings in of_base.items() if findings},
            verified=tuple(verify(base, [LATEST])) if mutation.by_hand else (),
            files={
                file.key: base.storage.read(file.key)
                for prefix in (TABLE_FILES, HELD_BACK)
                for file in base.storage.files(prefix)
            },
        )


def outcome_of_nothing(*, by_hand: bool = False) -> Outcome:
    """Return the outcome for a good base to which nothing is done."""
    return outcome_of(Mutation("nothing", "", _nothing, by_hand))


def _nothing(_: object) -> None: ...


@cache
def found_in_catalog(mutation: CatalogMutation | None = None) -> dict[str, tuple[str, ...]]:
    """Publish a good base, change the catalog, and return what its checks find, by their titles."""
    with TemporaryDirectory() as folder:
        base = good_base(Path(folder))
        settings = load_settings({f"{PREFIX}BASE": folder})
        catalog = open_catalog(settings, base.storage)
        catalog.publish(stored_weeks(base.storage))
        if mutation:
            mutation.change(base, settings, catalog)
        shown = {week for of_table in catalog.weeks().values() for week in of_table}
        of_weeks = shows_the_week(catalog, base.storage, {*GOOD_WEEKS, *shown})
        found = {
            CATALOG_WEEK.title: tuple(said for findings in of_weeks.values() for said in findings),
            CATALOG_COLUMNS.title: columns_as_declared(catalog),
        }
        return {title: findings for title, findings in found.items() if findings}


def becomes(mutation: Mutation) -> str:
    """Return what becomes of the week, in words."""
    outcome = outcome_of(mutation)
    if not mutation.by_hand:
        return f"held back: {', '.join(outcome.held_back)}" if outcome.held_back else "shown"
    weekly = {check.title for check in WEEKLY_CHECKS}
    found_by = [
        *(["checks"] if weekly & set(outcome.failing) else []),
        *(["verify"] if outcome.verified else []),
    ]
    return f"found by {' and '.join(found_by)}" if found_by else "shown"


def page() -> str:
    """Return the list of mutations and what catches them, as Markdown."""
    lines = [
        "# What the checks catch",
        "",
        f"Each line is something done to good data: {len(GOOD_WEEKS)} made-up weeks of two charts, "
        "Norway from playlists, Global from chart files and playlists. It is *derived* by a mistake in "
        "the code, *received* in a raw file, or done *by hand* to a stored file afterwards. The tests "
        f"do all of it, and fail if this page isn't what comes out. `{COMMAND}` writes it.",
        "",
        "What becomes of it:",
        "",
        "- *held back*: the chart, or the week, fails a check when it is made. Its rows are kept below "
        "`held_back/`, and the chart is made from its older or other raw files, if these pass. The "
        "week's other charts, and all other weeks, are stored as they were.",
        "- *shown*: it is stored, with a warning if a check has one.",
        "- *found by checks*, *found by verify*: `spotify-assets checks` or `spotify-assets verify` "
        "reports it.",
        "",
        "| done to the week | how | errors | warnings | what becomes of it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mutation in MUTATIONS:
        outcome = outcome_of(mutation)
        how = next(how for how, several in WAYS.items() if mutation in several)
        lines.append(_line(mutation, how, outcome.failing, becomes(mutation)))
    for of_catalog in OF_CATALOG:
        failing = list(found_in_catalog(of_catalog))
        lines.append(_line(of_catalog, "by hand", failing, "found by checks"))
    lines += [
        "",
        "The check that is there for it is in bold; the others notice, too.",
        "",
        "## What no check finds",
        "",
        "- A raw file that was wrong when it came, in a way that a right one could be: two songs of a "
        "playlist swapped, a popularity of 61 instead of 60, a line more or less at the end of a chart "
        "file.",
        "- A raw file that is changed in the archive together with its line in `SHA256SUMS`.",
        "",
        "## How many of these each check catches",
        "",
        "| check | severity | catches |",
        "| --- | --- | ---: |",
    ]
    caught = [title for mutation in MUTATIONS for title in outcome_of(mutation).failing]
    caught += [title for of_catalog in OF_CATALOG for title in found_in_catalog(of_catalog)]
    counts = {title: caught.count(title) for title in SEVERITY}
    lines += [
        f"| {title} | {SEVERITY[title]} | {count} |" for title, count in counts.items() if count
    ]
    return "\n".join([*lines, ""])


def _line(mutation: Mutation | CatalogMutation, how: str, failing: list[str], then: str) -> str:
    cells = [
        ", ".join(
            f"**{title}**" if title == mutation.caught_by else title
            for title in failing
            if SEVERITY[title] == severity
        )
        for severity in ("ERROR", "WARN")
    ]
    if mutation.caught_by == "verify":
        then = then.replace("verify", "**verify**")
    return f"| {mutation.what} | {how} | {' | '.join(cells)} | {then} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")
