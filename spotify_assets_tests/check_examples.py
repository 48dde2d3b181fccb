"""What a check's example is: a week in which it passes, one in which it fails, and what it says then.

The examples themselves are in the tests of the rules; that no check goes without is in
`test_every_check_has_examples`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.stored_weeks import judge
from spotify_assets.checks.verdicts import StoredWeek, Verdict
from spotify_assets.settings import PREFIX, load_settings

Judge = Callable[[], Verdict]


@dataclass(frozen=True)
class Example:
    """Verdicts that pass and fail, and what the failing one says.

    `rows` are what is shown of the offending rows: each has these values, among others.
    """

    passing: Judge
    failing: Judge
    findings: tuple[str, ...]
    expected: str
    actual: str
    rows: tuple[Mapping[str, Any], ...] = ()


Examples = dict[str, Example]


def judged(title: str, week: StoredWeek, **settings: str) -> Verdict:
    """What a check of the tables has to say of a week, with these settings of its thresholds."""
    (check,) = (check for check in TABLE_CHECKS if check.title == title)
    variables = {f"{PREFIX}CHECK_{name.upper()}": value for name, value in settings.items()}
    return judge(check, week, load_settings(variables))


def of_table(
    title: str,
    good: StoredWeek,
    bad: StoredWeek,
    *findings: str,
    expected: str,
    actual: str,
    rows: tuple[Mapping[str, Any], ...] = (),
) -> dict[str, Example]:
    """The example of a check of the tables."""
    return {
        title: Example(
            lambda: judged(title, good),
            lambda: judged(title, bad),
            findings,
            expected,
            actual,
            rows,
        )
    }


def every_example(examples: Examples) -> pytest.MarkDecorator:
    """A test for each."""
    return pytest.mark.parametrize("example", examples.values(), ids=list(examples))


def require_example(example: Example) -> None:
    """Stop unless the example is as it says."""
    good, bad = example.passing(), example.failing()
    assert (good.passed, good.findings, good.rows) == (True, (), [] if good.rows == [] else ())
    assert bad.findings == example.findings
    assert not bad.passed
    assert (bad.expected, bad.actual) == (example.expected, example.actual)
    assert len(bad.rows) == len(example.rows)
    for shown, wanted in zip(bad.rows, example.rows, strict=True):
        assert {name: shown[name] for name in wanted} == wanted
