"""The page about tables, views and checks: it says what is declared, and nothing is left out."""

from __future__ import annotations

import pytest

from spotify_assets.catalog.views import VIEWS
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.every_check import EVERY_CHECK, OF_THE_WHOLE
from spotify_assets.checks.verdicts import Check
from spotify_assets.docs_page import COMMAND, data_page
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import variable_of
from spotify_assets.tables.column_origins import ORIGINS
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.commands import PROJECT

PAGE = PROJECT / "docs" / "data.md"


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def section(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    _, _, after = data_page().partition(f"\n### {heading}\n")
    lines = after.split("\n### ")[0].split("\n## ")[0].splitlines()
    return [cells(line) for line in lines if line.startswith("| `")]


def test_the_page_says_what_is_declared_now() -> None:
    said = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert said == data_page(), f"docs/data.md is stale. Write it anew: {COMMAND}"


def test_the_readme_leads_to_it() -> None:
    assert "](docs/data.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_every_column_of_every_table_is_there_with_its_type_and_meaning() -> None:
    for table in TABLES.values():
        assert section(table.name) == [
            [
                f"`{column.name}`",
                f"`{column.dtype}`",
                "yes" if column.nullable else "",
                "key" if column.name in table.key else "",
                column.meaning,
                ", ".join(f"`{field}`" for field in ORIGINS[table.name][column.name]),
            ]
            for column in table.columns
        ]


def test_every_column_of_every_view_is_there_with_its_meaning() -> None:
    for view in VIEWS:
        assert section(view.name) == [[f"`{name}`", said] for name, said in view.columns.items()]


def test_every_check_is_there_with_its_severity_and_why_and_what_it_holds_back() -> None:
    for asset in {check.asset for check in EVERY_CHECK}:
        rows = {row[0]: row for row in section(f"Checks of {asset}")}
        checks = [check for check in EVERY_CHECK if check.asset == asset]
        assert list(rows) == [f"`{check.name}`" for check in checks]
        for check in checks:
            _, asserts, severity, why, goes_by = rows[f"`{check.name}`"]
            assert asserts.startswith(check.asserts)
            assert asserts.endswith("Of the whole.") == (check in OF_THE_WHOLE)
            assert severity.split(",")[0] == {"ERROR": "error", "WARN": "warning"}[check.severity]
            holds_back = isinstance(check, Check) and check.holds_back
            assert ("holds back" in severity) == holds_back
            assert why == check.why
            assert goes_by == ", ".join(f"`{variable_of(name)}`" for name in check.thresholds)


def test_every_threshold_is_there_with_its_default_and_who_goes_by_it() -> None:
    _, _, after = data_page().partition("\n## Thresholds\n")
    rows = [cells(line) for line in after.splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows] == [
        f"`{variable_of(name)}`" for name in Thresholds.model_fields
    ]
    for (_, default, _, by), info in zip(rows, Thresholds.model_fields.values(), strict=True):
        assert float(default.strip("`")) == info.default
        assert by


@pytest.mark.parametrize("check", TABLE_CHECKS, ids=lambda check: check.title)
def test_checks_name_the_thresholds_that_their_rules_read(check: Check) -> None:
    read = set(Thresholds.model_fields) & set(check.rule.__code__.co_names)  # type: ignore[attr-defined]
    assert read == set(check.thresholds)
