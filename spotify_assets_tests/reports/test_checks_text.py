"""The checks' results in words and as JSON: which weeks fail, since when, and what was found."""

from __future__ import annotations

import json
from datetime import date

import pytest

from spotify_assets.reports.checks_text import as_json, results_of, since, text_lines, week_lines
from spotify_assets_tests.dashboards import HOSTILE
from spotify_assets_tests.reports.checks import CHECKS, NEW, OLD, SOME, WEEKS, failed, results

ROW = {"rank": 0, "song_name": None}


def test_every_check_is_listed_and_then_what_fails_with_errors_first() -> None:
    assert "\n".join(text_lines(SOME)) == (
        f"ERROR albums.references_resolve                1 of 76 weeks: {NEW}\n"
        "ok    raw_playlist.archive_intact              76 weeks\n"
        f"WARN  songs.row_count                          2 of 76 weeks: {OLD} and {NEW}\n"
        "ok    songs.schema                             76 weeks\n"
        f"\nERROR albums.references_resolve has failed since {NEW}\n"
        f"  {NEW} norway: 2 albums aren't in albums\n"
        f"\nWARN  songs.row_count has failed since {NEW}\n"
        f"  {NEW} global: there are 3 too many\n"
        f"  {NEW} norway: there are 12 too few\n"
        f"  {OLD} norway: there are 38 too few\n"
        f"\n76 weeks, {WEEKS[0]} to {WEEKS[-1]}: 1 error, 2 warnings."
    )


def test_where_every_check_passes_it_says_so() -> None:
    *lines, last = text_lines(results(weeks=WEEKS[:3]))
    assert lines == [f"ok    {check:<40} 3 weeks" for check in CHECKS]
    assert last == "\n2025-06-06, 2025-06-13 and 2025-06-20: every check passes."
    assert list(text_lines(results(weeks=[]))) == ["No week is stored: there is nothing to check."]


def test_no_more_than_five_weeks_and_findings_are_listed() -> None:
    many = results(*(failed(week, "songs.schema", "it can't be read") for week in WEEKS))
    text = "\n".join(text_lines(many))
    assert f"76 of 76 weeks: {WEEKS[0]} to {WEEKS[-1]}\n" in text
    assert text.count("it can't be read") == 5
    assert "\n  and 71 earlier findings\n" in text


@pytest.mark.parametrize(
    ("failing", "says"),
    [
        (WEEKS, f"has failed since {WEEKS[0]}"),
        ([WEEKS[3], *WEEKS[70:]], f"has failed since {WEEKS[70]}"),
        ([NEW], f"has failed since {NEW}"),
        ([OLD], f"last failed in {OLD}"),
    ],
)
def test_since_is_the_first_week_of_an_unbroken_run_up_to_the_latest(
    failing: list[date], says: str
) -> None:
    for weeks in (WEEKS, [week for week in WEEKS if week != WEEKS[-2]]):
        failures = (failed(week, "songs.schema", "bad") for week in failing if week in weeks)
        found = results(
            *failures, weeks=weeks
        )  # a week that was never judged doesn't break the run
        assert since(found.checks["songs.schema"]) == says


def test_one_week_has_every_check_with_its_findings_and_rows() -> None:
    bad = failed(NEW, "songs.row_count", "a rank is 0", ROW)
    assert list(week_lines(results(bad, weeks=[NEW]), NEW)) == [
        "ok    albums.references_resolve",
        "ok    raw_playlist.archive_intact",
        "WARN  songs.row_count",
        f"  {NEW} norway: a rank is 0",
        '    {"rank": 0, "song_name": null}',
        "ok    songs.schema",
        f"Week {NEW}: 1 warning.",
    ]
    *_, last = week_lines(results(weeks=[NEW]), NEW)
    assert last == f"Week {NEW}: every check passes."


def test_a_finding_about_the_base_has_no_week() -> None:
    row = (None, "raw_playlist", "no_gaps", None, "WARN", False, 1, "2 weeks are missing", None)
    assert list(text_lines(results_of([row])))[1:3] == [
        "\nWARN  raw_playlist.no_gaps fails",
        "  the whole base: 2 weeks are missing",
    ]


def test_json_has_every_check_and_all_its_failures() -> None:
    said = json.loads(as_json(SOME))
    assert (said["errors"], said["warnings"]) == (1, 2)
    assert said["weeks"] == list(map(str, WEEKS))
    by_check = {one["check"]: one for one in said["checks"]}
    assert list(by_check) == list(CHECKS)
    assert by_check["songs.schema"]["failures"] == []
    found = by_check["songs.row_count"]
    assert (found["failed_weeks"], found["failed_since"]) == (2, str(NEW))
    assert [(f["week"], f["chart"], f["finding"]) for f in found["failures"]] == [
        (str(NEW), "global", "there are 3 too many"),
        (str(NEW), "norway", "there are 12 too few"),
        (str(OLD), "norway", "there are 38 too few"),
    ]


def test_foreign_texts_do_not_reach_the_terminal_as_commands() -> None:
    found = results(failed(NEW, "songs.schema", "\u001b[31mred " + HOSTILE[2] + "x" * 999))
    text = "\n".join(text_lines(found))
    assert " [31mred" in text
    assert not set(text) & {"\u001b", "\u202e"}
    assert max(map(len, text.splitlines())) < 700
