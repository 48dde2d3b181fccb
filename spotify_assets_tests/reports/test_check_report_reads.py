"""What the report of the checks reads again: only weeks whose files, rules or thresholds changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from spotify_assets.layout import (
    ARCHIVE,
    PUBLISHED,
    TABLES,
    missing_key,
    sums_key,
    table_key,
)
from spotify_assets.reports.check_report.evaluation import Evaluation, evaluate
from spotify_assets.reports.check_report.report import (
    Report,
    remembered,
)
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.made_weeks import (
    LATER,
    TWELVE_WEEKS,
    Made,
    ReadsCounted,
    failing,
    halve,
    make_weeks,
)


@pytest.fixture
def made(base: Path) -> Made:
    return make_weeks(base, TWELVE_WEEKS)


def files_read(made: Made, before: Report) -> tuple[list[str], Evaluation]:
    storage = ReadsCounted(made.base)
    evaluation = evaluate(made.judged(storage), remembered(before))
    return storage.keys, evaluation


def test_what_is_remembered_says_the_same_as_what_is_asked_afresh(made: Made) -> None:
    halve(made, made.weeks[5])
    afresh = made.report()
    again = made.report(afresh, LATER)
    assert again.failing == afresh.failing
    assert again.stamps == afresh.stamps


def test_what_has_not_changed_is_not_read_again(made: Made) -> None:
    keys, evaluation = files_read(made, made.report())
    assert evaluation.judged_anew == 0
    assert not [key for key in keys if key.startswith((ARCHIVE, TABLES))]
    assert not [key for key in keys if key.startswith(PUBLISHED) and key.endswith(".parquet")]


def test_a_week_made_again_has_itself_and_the_eight_after_it_read(made: Made) -> None:
    before = made.report()
    week = made.weeks[1]
    made.rewrite("songs", week, made.rows("songs", week))
    keys, evaluation = files_read(made, before)
    assert evaluation.judged_anew == 9
    assert not [key for key in keys if key.startswith(ARCHIVE)]
    albums = {key for key in keys if key.startswith(f"{TABLES}albums/")}
    assert albums == {table_key("albums", week + ONE_WEEK * n, "parquet") for n in range(9)}


def test_a_raw_file_that_changes_is_read_with_its_week_and_that_after_it(made: Made) -> None:
    before = made.report()
    week = made.weeks[3]
    (made.base / f"{ARCHIVE}week={week}/norway.playlist.json").write_bytes(b"{}")
    report = made.report(before, LATER)
    assert ("raw_playlist.archive_intact", week) in failing(report)
    keys, _ = files_read(made, before)
    weeks = {key.split("/")[2] for key in keys if key.startswith(ARCHIVE)}
    assert weeks == {f"week={week - ONE_WEEK}", f"week={week}", f"week={week + ONE_WEEK}"}
    assert not [key for key in keys if key.startswith(TABLES)]


@pytest.mark.parametrize("group", ["raw", "tables", "audit", "catalog"])
def test_a_week_whose_stamp_is_another_is_asked_afresh(made: Made, group: str) -> None:
    week = made.weeks[5]
    before = made.report()
    stale = {name: dict(stamps) for name, stamps in before.stamps.items()}
    stale[group][week] = "of other rules"
    told = replace(before, stamps=stale)
    assert made.evaluation(told).judged_anew == 1


def test_other_thresholds_have_the_tables_asked_afresh(made: Made) -> None:
    before = made.report()
    evaluation = made.evaluation(before, CHECK_GENRE_COVERAGE="1")
    assert evaluation.judged_anew == TWELVE_WEEKS
    assert evaluation.stamps["raw"] == before.stamps["raw"]
    assert evaluation.stamps["tables"].items().isdisjoint(before.stamps["tables"].items())
    assert not any(v.passed for v in evaluation.verdicts["artists.genre_coverage"].values())


def test_other_charts_have_the_raw_files_asked_afresh(made: Made, tmp_path: Path) -> None:
    charts = tmp_path / "charts.toml"
    charts.write_text(
        '[[charts]]\nslug = "norway"\nname = "Norway"\ncountry = "no"\n'
        '[[charts]]\nslug = "sweden"\nname = "Sweden"\ncountry = "se"\n'
    )
    evaluation = made.evaluation(made.report(), CHARTS_FILE=str(charts))
    present = evaluation.verdicts["raw_playlist.expected_charts_present"]
    assert not any(verdict.passed for verdict in present.values())


STAMP = """
from datetime import date
from spotify_assets.reports.check_report.stamps import audit_stamps
from spotify_assets.publishing.ledger import Published
print(audit_stamps(Published(weeks=[date(2026, 11, 13)])))
"""


def stamp_by(package: Path) -> str:
    """A stamp as the project in this folder makes it."""
    return subprocess.run(
        [sys.executable, "-c", STAMP], cwd=package, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("module", ["checks/song_rules.py", "raw/playlist.py", "tables/schemas.py"])
def test_rules_that_change_have_every_week_asked_afresh(tmp_path: Path, module: str) -> None:
    shutil.copytree(PROJECT / "spotify_assets", tmp_path / "spotify_assets")
    before = stamp_by(tmp_path)
    assert before == stamp_by(PROJECT)
    changed = tmp_path / "spotify_assets" / module
    changed.write_text(changed.read_text(encoding="utf-8") + "# another rule\n", encoding="utf-8")
    assert stamp_by(tmp_path) != before


def test_a_reason_noted_for_a_missing_chart_is_looked_at_again(made: Made) -> None:
    week = made.weeks[-1]
    (made.base / f"{ARCHIVE}week={week}/norway.playlist.json").unlink()
    made.storage.delete(sums_key(week))
    before = made.report()
    made.storage.write(
        missing_key(week), json.dumps({"reasons": {"norway": "Ask again"}, "refused": []}).encode()
    )
    (found,) = [
        one
        for one in made.report(before, LATER).failing
        if one.check == "raw_playlist.expected_charts_present"
    ]
    assert found.findings == ("Ask again",)
    assert found.since == NOW
