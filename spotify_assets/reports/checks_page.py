"""The page of the checks: one HTML file that needs no script, no server and no network.

What is read, and the words for it, are in `checks_text`. Findings contain foreign text, titles for
one, which only ever comes in as text. The Content-Security-Policy lets nothing load, connect or run;
of styles it allows the page's own, by their digest.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from html import escape
from itertools import chain, groupby
from string import Template
from typing import Any
from urllib.parse import urlencode

from spotify_assets.checks.declared import EVERY_CHECK
from spotify_assets.reports import MONTHS, csp_digest, moment_label, source, week_label
from spotify_assets.reports.checks_text import (
    CheckedWeeks,
    CheckResults,
    Result,
    extent,
    since,
)
from spotify_assets.weeks import describe_weeks
from spotify_assets.words import LONGEST, MOST_LISTED, counted, plain

SIGNS = {"ERROR": "✗", "WARN": "▲"}
WORDS = {"ERROR": "error", "WARN": "warning"}  # for readers, and as classes in the style sheet
MEANINGS = {
    "ERROR": "an error holds the chart back",
    "WARN": "a warning doesn't: the data may be right",
}
PASSED, NOT_RUN = "✓", "·"
ASSERTED = {check.title: escape(check.asserts) for check in EVERY_CHECK}
FINDINGS_LISTED = 20  # of a week: one for each chart, and there may be 73
LONGEST_CELL = 80
THEME = re.compile(r':root\[data-theme="dark"\] (\{[^}]*\})')


def checks_page(results: CheckResults, built: datetime, ui: str) -> bytes:
    """Return the whole page; `ui` is the address of Dagster's UI."""
    # No script sets a theme here, so the reader's system chooses.
    dark = r"@media (prefers-color-scheme: dark) { :root \1 }"
    style = THEME.sub(dark, source("page/base.css")) + source("page/checks.css")
    nothing = "every check passes" if results.weeks else "no week is stored yet"
    page = Template(source("page/checks.html")).substitute(
        digest=csp_digest(style),
        style=style,
        built=moment_label(built),
        ui=f'<a href="{escape(ui)}" rel="noreferrer">Dagster</a>',
        notice=_held_back(results),
        headlines="\n".join(_headlines(results)),
        failing="\n".join(_check(title, check, ui) for title, check in results.failing.items())
        or f'<p><span class="mark fine">{PASSED}</span> Nothing: {nothing}.</p>',
        grids="\n".join(_grids(results, ui)),
        week=results.weeks[-1] if results.weeks else "2026-11-13",
    )
    return page.encode()


def _text(value: object, longest: int = LONGEST) -> str:
    """Foreign text as HTML: nothing in it is markup, or turns what follows around."""
    return escape(plain(value, longest))


def _in_dagster(ui: str, title: str, said: str) -> str:
    """A link to a check's page in Dagster."""
    asset, _, name = title.partition(".")
    address = escape(f"{ui}/assets/{asset}?{urlencode({'view': 'checks', 'checkDetail': name})}")
    return f'<a href="{address}" rel="noreferrer">{said.replace("_", "_<wbr>")}</a>'


def _scrolling(label: str, content: str) -> str:
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{content}</div>'


def _headlines(results: CheckResults) -> Iterator[str]:
    for severity, meaning in MEANINGS.items():
        number, word = results.count(severity), WORDS[severity]
        kind, sign = (word, SIGNS[severity]) if number else ("fine", PASSED)
        yield (
            f'<div class="headline {kind}"><p>Failures, by week and check</p>'
            f"<strong>{sign} {counted(number, word)}</strong><p>{meaning}</p></div>"
        )
    weeks = results.weeks
    ends = f"{weeks[0]} to {weeks[-1]}; named by their Fridays" if weeks else "none is stored yet"
    yield (
        f'<div class="headline"><p>Checked</p><strong>{counted(len(weeks), "week")}</strong>'
        f"<p>{ends}</p></div>"
    )


def _held_back(results: CheckResults) -> str:
    """The charts that failed with an error, and in which weeks."""
    weeks: dict[str, set[date]] = defaultdict(set)
    for one in chain.from_iterable(check.failures for check in results.failing.values()):
        if one.severity == "ERROR" and one.week:
            weeks[one.chart or "all charts"].add(one.week)
    if not weeks:
        return ""
    listed = sorted(weeks.items(), key=lambda one: (-len(one[1]), one[0]))
    rows = [f"<li>{_text(chart)}: {describe_weeks(of)}</li>" for chart, of in listed]
    if (more := len(rows) - MOST_LISTED) > 0:
        rows[MOST_LISTED:] = [f"<li>and {counted(more, 'more chart')}</li>"]
    return (
        '<div class="notice"><p><strong>Held back because of errors.</strong> In their place, the '
        "tables and the dashboard show another file of the same chart and week that passes, or "
        "nothing. To fix it, drop a correct file into the inbox and run "
        f"<code>spotify-assets update</code>.</p><ul>{''.join(rows)}</ul></div>"
    )


def _check(title: str, check: CheckedWeeks, ui: str) -> str:
    weeks = check.failed_weeks[: -MOST_LISTED - 1 : -1]
    found = {week: [one for one in check.failures if one.week == week] for week in weeks}
    shown = "\n".join(
        _week(title, week, of, is_open=week == weeks[0]) for week, of in found.items()
    )
    about_base = [f"<li>{_text(one.finding)}</li>" for one in check.failures if not one.week]
    shown = f"<ul>{''.join(about_base)}</ul>" if about_base else shown
    more = len(check.failed_weeks) - len(weeks)
    rest = f'<p class="note">and {counted(more, "earlier week")}</p>' if more else ""
    word = WORDS[check.severity]
    return (
        f'<div class="check {word}" id="{title}">'
        f'<h3><span class="mark">{SIGNS[check.severity]} {word}</span> {title} '
        f'<span class="since">{since(check)}</span> '
        f"{_in_dagster(ui, title, 'in Dagster')}</h3>"
        f'<p class="note">{ASSERTED.get(title, "")} {extent(check)}</p>\n{shown}{rest}</div>'
    )


def _week(title: str, week: date, found: Sequence[Result], *, is_open: bool) -> str:
    listed, more = found[:FINDINGS_LISTED], len(found[FINDINGS_LISTED:])
    said = [f"{one.chart}: {one.finding}" if one.chart else one.finding for one in listed]
    said += [f"and {more} more"] if more else []
    items = "".join(f"<li>{_text(one)}</li>" for one in said)
    examples = _examples(f"Rows of {title}, {week_label(week)}", listed)
    return (
        f'<details class="week" id="{title}-{week}"{" open" if is_open else ""}>'
        f'<summary>{week_label(week)}</summary><div class="said"><ul>{items}</ul>{examples}</div>'
        "</details>"
    )


def _examples(label: str, found: Sequence[Result]) -> str:
    """Some of the rows concerned, folded away."""
    rows = [json.loads(row) for one in found for row in one.examples]
    if not rows:
        return ""
    names = dict.fromkeys(name for row in rows for name in row)
    heads = "".join(f'<th scope="col">{_text(name, LONGEST_CELL)}' for name in names)
    cells = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in names)}" for row in rows)
    table = f'<table class="rows"><thead><tr>{heads}</thead><tbody>{cells}</tbody></table>'
    summary = "One row as an example" if len(rows) == 1 else f"{len(rows)} rows as examples"
    return f"<details><summary>{summary}</summary>{_scrolling(label, table)}</details>"


def _cell(value: Any) -> str:
    kind = "null" if value is None else type(value).__name__
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'<td class="{kind}">{_text(said, LONGEST_CELL)}'


def _grids(results: CheckResults, ui: str) -> Iterator[str]:
    """Weeks by checks, a table for each year, the latest first.

    The latest year is complete; of earlier ones only the checks that fail are shown, so that the page
    stays readable over many years. The checks of the whole base come first.
    """
    of_base = {title: check for title, check in results.checks.items() if not check.weeks}
    weekly = {title: check for title, check in results.checks.items() if check.weeks}
    if of_base:
        signs = (
            f'<a href="#{t}">{SIGNS[c.severity]} {t}</a>' if c.failures else f"{PASSED} {t}"
            for t, c in of_base.items()
        )
        yield f"<p>The whole base, as this page was built: {', '.join(signs)}</p>"
    if not results.weeks:
        yield '<p class="note">No week is stored yet.</p>'
    for year, of in groupby(reversed(results.weeks), key=lambda week: week.year):
        weeks = list(of)
        is_latest = weeks[0] == results.weeks[-1]
        failing = {t: c for t, c in weekly.items() if set(c.failed_weeks) & set(weeks)}
        if not failing and not is_latest:
            said = f"{counted(len(weeks), 'week')}, and every check passes"
            yield f'<p><span class="mark fine">{PASSED}</span> {year}: {said}.</p>'
            continue
        shown = weekly if is_latest else failing
        rest = len(weekly) - len(shown)
        others = f" All other checks ({rest}) pass in every week." if rest else ""
        heads = "".join(
            f'<th scope="colgroup" colspan="{number}">{MONTHS[month - 1]}</th>'
            for month, number in Counter(week.month for week in weeks).items()
        )
        days = "".join(f'<th scope="col" title="{week_label(w)}">{w.day}</th>' for w in weeks)
        table = (
            f'<table class="grid"><caption>{counted(len(weeks), "week")}, by the Friday on which each '
            f"begins, the latest first.{others}</caption>"
            f'<thead><tr><td class="corner" rowspan="2"></td>{heads}</tr><tr>{days}</tr></thead>\n'
            f"{''.join(_grid_rows(shown, weeks, ui))}</table>"
        )
        grid = _scrolling(f"Weeks of {year} by checks", table)
        yield f"<details open><summary><b>{year}</b></summary>{grid}</details>"


def _grid_rows(checks: Mapping[str, CheckedWeeks], weeks: Sequence[date], ui: str) -> Iterator[str]:
    for asset, titles in groupby(checks, key=lambda title: title.partition(".")[0]):
        yield f'<tbody><tr><th scope="rowgroup" colspan="{len(weeks) + 1}">{asset}</th></tr>'
        for title in titles:
            name = _in_dagster(ui, title, title.partition(".")[2])
            cells = "".join(_grid_cells(title, checks[title], weeks))
            asserted = ASSERTED.get(title, "")
            yield f'<tr><th scope="row" title="{asserted}">{name}</th>{cells}</tr>\n'
        yield "</tbody>"


def _grid_cells(title: str, check: CheckedWeeks, weeks: Sequence[date]) -> Iterator[str]:
    judged, found = set(check.weeks), {one.week: one for one in reversed(check.failures)}
    detailed = check.failed_weeks[-MOST_LISTED:]
    word = WORDS[check.severity]
    for week in weeks:
        if week not in found:
            yield f"<td>{PASSED if week in judged else NOT_RUN}"
            continue
        said = f"{word}, {title.partition('.')[2]}, {week_label(week)}"
        target = f"{title}-{week}" if week in detailed else title
        yield (
            f'<td class="{word}"><a href="#{target}" aria-label="{said}" '
            f'title="{said}: {_text(found[week].finding, 200)}">{SIGNS[check.severity]}</a>'
        )
