"""Files that were damaged, spliced and renamed: what `benchmarks.fuzz_files` drops by the thousand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import fuzz_files
from benchmarks.fuzz_files import (
    CHANGES,
    Fault,
    File,
    Fuzzing,
    contradiction,
    made_up_files,
    mutants,
)
from spotify_assets.charts import Charts
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    WEEK,
    as_json,
    chart_csv,
    csv_name,
    page,
    playlist,
    row,
    rows,
    track,
)

DAILY = chart_csv().replace(b"weeks_on_chart", b"days_on_chart")
CHART = File(csv_name(), chart_csv(), frozenset({("norway", WEEK)}))
RENAMED = replace(CHART, is_renamed=True)
UNDATED = as_json(playlist([row(track("Undated"))]))
OTHER = replace(RENAMED, path="week=2026-10-30/norway.chart.csv")


def test_changed_files_are_taken_in_or_rejected_block_none_and_are_what_they_say(
    tmp_path: Path,
) -> None:
    fuzzing = Fuzzing(tmp_path)
    fuzzing.run(mutants(list(made_up_files(1)), 300, 1))
    assert [str(fault) for fault in fuzzing.faults] == []
    assert fuzzing.outcomes["all files", "taken in"] > 50
    assert {name for name, _ in fuzzing.outcomes} == {*CHANGES, "unchanged", "all files"}


def json_file(document: Any, path: str = "x.json") -> File:
    return File(path, as_json(document), CHART.truths)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (CHART, ""),
        (replace(CHART, truths=frozenset({("norway", WEEK.replace(day=13))})), "it is made of"),
        (replace(CHART, content=DAILY), "a daily chart was taken in"),
        (replace(CHART, content=DAILY.decode().encode("utf-16")), "a daily chart was taken in"),
        (replace(RENAMED, path=f"norway/viral-{csv_name()}"), "another kind of chart"),
        (replace(RENAMED, path=csv_name(country="se")), "its name says 'se'"),
        (replace(RENAMED, path="norway/2026-10-29.csv"), "its name says 2026-10-29"),
        (OTHER, "its path says otherwise"),
        (json_file(playlist(rows())), ""),
        (json_file([page(rows()), page([row(track("Undated"))], offset=3)]), ""),
        (replace(RENAMED, path=csv_name(country="se"), content=UNDATED), ""),
        (replace(RENAMED, path=csv_name(WEEK.replace(day=13)), content=UNDATED), ""),
        (
            replace(RENAMED, path="regional-no-weekly-2026-12-03.csv", content=UNDATED),
            "its name says",
        ),
        (json_file(playlist(rows(), GLOBAL_PLAYLIST)), "it is the playlist of global"),
        (json_file(page(rows(), "0" * 22)), "it is a playlist of no known chart"),
        (json_file(playlist(rows(WEEK.replace(day=13)))), "its rows were added from 2026-11-20"),
        (json_file(playlist([*rows(), *rows(WEEK.replace(day=13))])), ""),
    ],
)
def test_what_contradicts_a_chart_and_a_week_is_told(file: File, says: str, charts: Charts) -> None:
    found = contradiction(file, "norway", WEEK, charts)
    assert (says in found) if says else not found


def test_a_good_file_that_is_not_stored_and_a_crash_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuzzing = Fuzzing(tmp_path)
    monkeypatch.setattr(fuzz_files, "witness", lambda _: chart_csv(["A", "A"]))
    fuzzing.run([CHART, replace(CHART, content=b"")])
    assert [fault.what for fault in fuzzing.faults] == [f"a good file of {WEEK} is held back"]
    monkeypatch.setattr(fuzz_files, "derive_tables", lambda *_: 1 / 0)
    fuzzing.run([CHART, replace(CHART, content=b"")])
    assert fuzzing.faults[1:] == [Fault("ZeroDivisionError: division by zero", CHART)]
