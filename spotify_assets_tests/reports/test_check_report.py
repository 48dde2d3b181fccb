"""The report of the checks: what it says fails, and since when.

What is read again is in `test_check_report_reads`, runs are in `test_check_report_runs`, the page in a
browser in `test_check_report_page`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.every_check import EVERY_CHECK, OF_THE_WHOLE
from spotify_assets.checks.verdicts import SHOWN_ROWS, Verdict
from spotify_assets.defs.table_checks import judge_weeks
from spotify_assets.layout import (
    CHECKS_DATA,
    PUBLISHED,
    REJECTED,
    TABLES,
    published_key,
    table_key,
)
from spotify_assets.reports.check_report.evaluation import Evaluation, evaluate
from spotify_assets.reports.check_report.page import document
from spotify_assets.reports.check_report.report import (
    DAYS_KEPT,
    FIRST,
    as_json,
    read_report,
    report_of,
)
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.made_weeks import LATER, TWELVE_WEEKS, Made, failing, halve, make_weeks


@pytest.fixture
def made(base: Path) -> Made:
    return make_weeks(base, TWELVE_WEEKS)


def test_every_check_is_asked_of_every_stored_week(made: Made) -> None:
    evaluation = made.evaluation()
    assert evaluation.weeks == list(made.weeks)
    assert evaluation.judged_anew == TWELVE_WEEKS
    for check in EVERY_CHECK:
        found = set(evaluation.verdicts[check.title])
        assert found == ({None} if check in OF_THE_WHOLE else set(made.weeks)), check.title


def test_it_says_what_the_checks_themselves_say(made: Made) -> None:
    halve(made, made.weeks[5])
    judged = made.judged()
    said = judge_weeks(judged.storage, "parquet", judged.thresholds, list(TABLE_CHECKS), None)
    found = made.evaluation().verdicts
    assert {title: found[title] for title in said} == said


def test_good_weeks_have_nothing_that_fails(made: Made) -> None:
    report = made.report()
    assert report.failing == ()
    assert report.weeks == sorted(made.weeks, reverse=True)
    assert [(day.day, day.errors, day.warnings) for day in report.history] == [(NOW.date(), 0, 0)]


def test_what_fails_is_there_with_its_week_its_severity_and_what_was_expected(made: Made) -> None:
    week = made.weeks[5]
    halve(made, week)
    by_check = {one.check: one for one in made.report().failing if one.week == week}
    dangling = by_check["albums.references_resolve"]
    assert (dangling.severity, dangling.asset, dangling.since) == ("ERROR", "albums", NOW)
    assert dangling.expected
    assert "not in songs" in dangling.findings[0]
    assert by_check["songs.row_count"].severity == "WARN"


def test_since_is_when_it_was_first_seen_to_fail(made: Made) -> None:
    halve(made, made.weeks[5])
    first = made.report()
    halve(made, made.weeks[9])
    second = made.report(first, LATER)
    since = {(one.check, one.week): one.since for one in second.failing}
    assert since["albums.references_resolve", made.weeks[5]] == NOW
    assert since["albums.references_resolve", made.weeks[9]] == LATER


def test_what_was_mended_and_fails_again_is_new(made: Made) -> None:
    week, good = made.weeks[5], made.rows("songs", made.weeks[5])
    halve(made, week)
    failed = made.report()
    made.rewrite("songs", week, good)
    mended = made.report(failed, NOW + timedelta(days=1))
    assert mended.failing == ()
    halve(made, week)
    again = made.report(mended, LATER)
    assert {one.since for one in again.failing} == {LATER}


def test_a_day_counts_what_its_last_report_found(made: Made) -> None:
    halve(made, made.weeks[5])
    first = made.report()
    morning = made.report(first, LATER)
    (made.base / table_key("songs", made.weeks[9], "parquet")).write_bytes(b"damaged")
    evening = made.report(morning, LATER + timedelta(hours=6))
    assert [day.day for day in evening.history] == [NOW.date(), LATER.date()]
    assert evening.history[0] == first.history[0]
    assert evening.history[1].errors > morning.history[1].errors == first.history[0].errors > 0
    assert evening.history[1].errors == evening.failing_of("ERROR")
    assert evening.history[1].warnings == evening.failing_of("WARN")


def test_the_counts_go_back_some_hundred_days_and_no_further(made: Made) -> None:
    report = made.report()
    evaluation = made.evaluation()
    for number in range(DAYS_KEPT + 5):
        report = report_of(evaluation, report, NOW + timedelta(days=number))
    assert len(report.history) == DAYS_KEPT
    assert report.history[-1].day == NOW.date() + timedelta(days=DAYS_KEPT + 4)


def test_the_same_storage_report_and_clock_give_the_same_bytes(made: Made) -> None:
    halve(made, made.weeks[5])
    before = made.report()
    one, other = made.report(before, LATER), made.report(before, LATER)
    assert as_json(one) == as_json(other)
    assert document(one, "http://ui") == document(other, "http://ui")


def test_a_week_that_is_gone_from_storage_is_gone_from_the_report(made: Made) -> None:
    week = made.weeks[0]
    (made.base / table_key("songs", week, "parquet")).write_bytes(b"damaged")
    before = made.report()
    assert week in {one.week for one in before.failing}
    keys = [
        file.key for prefix in ("raw/", TABLES, PUBLISHED) for file in made.storage.files(prefix)
    ]
    for key in keys:
        if f"week={week}" in key:
            made.storage.delete(key)
    made.publish()
    report = made.report(before, LATER)
    assert week not in report.weeks
    assert week not in {one.week for one in report.failing}


def test_a_week_held_back_fails_with_what_the_audit_found(made: Made) -> None:
    week = made.weeks[5]
    halve(made, week)
    made.publish()
    report = made.report()
    (held,) = [one for one in report.failing if one.check == "catalog.not_held_back"]
    assert held.week == week
    assert held.findings[0].startswith("songs.as_derived")
    assert "albums.references_resolve" in " ".join(held.findings)
    page = document(report, "http://ui").decode()
    assert "1 week held back" in page


def test_a_copy_that_catalogs_show_and_that_is_gone_is_found(made: Made) -> None:
    before = made.report()
    made.storage.delete(published_key("albums", made.weeks[5], "parquet"))
    (found,) = made.report(before, LATER).failing
    assert (found.check, found.week) == ("catalog.row_counts", made.weeks[5])
    assert published_key("albums", made.weeks[5], "parquet") in found.findings[0]


def test_a_catalog_that_cannot_be_asked_is_a_finding(made: Made) -> None:
    database = made.settings().database
    database.unlink()
    report = made.report(made.report())
    (found,) = report.failing
    assert (found.check, found.week) == ("catalog.column_types", None)
    assert str(database) in found.findings[0]
    assert report.judged(next(c for c in EVERY_CHECK if c.name == "row_counts")) == {}


def test_nothing_is_claimed_of_an_empty_base(base: Path) -> None:
    report = Made(base, []).report()
    assert (report.weeks, report.failing) == ([], ())
    page = document(report, "http://ui").decode()
    assert "none is stored yet" in page


def test_rejected_files_fail_of_the_whole(made: Made) -> None:
    made.storage.write(f"{REJECTED}x.csv", b"?")
    assert failing(made.report()) == {("raw_playlist.no_rejected_files", None)}


def test_some_weeks_can_be_asked_alone(made: Made) -> None:
    week = made.weeks[5]
    whole, alone = made.evaluation(), evaluate(made.judged(), only=[week])
    assert alone.weeks == [week]
    for check in EVERY_CHECK:
        wanted = {} if check in OF_THE_WHOLE else {week: whole.verdicts[check.title][week]}
        assert alone.verdicts[check.title] == wanted


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"layout": 2}', b"[]"])
def test_a_damaged_report_before_is_begun_anew_and_says_so(made: Made, content: bytes) -> None:
    halve(made, made.weeks[5])
    made.storage.write(CHECKS_DATA, content)
    before = read_report(made.storage)
    assert isinstance(before, str)
    report = made.report(before, LATER)
    assert {one.since for one in report.failing} == {LATER}
    assert report.begun == LATER
    page = document(report, "http://ui").decode()
    assert "as the report before it could not be read" in page
    # And so do those after it, for their "since" goes back no further.
    after = made.report(report, LATER + timedelta(days=1))
    assert (after.begun, after.begun_because) == (report.begun, report.begun_because)


def test_without_a_report_before_it_begins_here(made: Made) -> None:
    assert read_report(made.storage) == FIRST
    page = document(made.report(), "http://ui").decode()
    assert "go back to the report of 20 Nov 2026, 12:00 UTC." in page


def test_what_is_kept_is_what_was_reported(made: Made) -> None:
    halve(made, made.weeks[5])
    report = made.report()
    made.storage.write(CHECKS_DATA, as_json(report))
    assert read_report(made.storage) == report


def test_moments_are_kept_in_utc_whatever_the_clocks_zone(made: Made) -> None:
    moment = datetime.fromisoformat("2026-11-20T23:30:00.123456-05:00")
    report = report_of(made.evaluation(), FIRST, moment)
    assert report.history[-1].day == date(2026, 11, 21)
    assert b'"made": "2026-11-21T04:30:00Z"' in as_json(report)


def test_years_of_weeks_stay_a_small_page(made: Made) -> None:
    weeks = [date(2017, 1, 6) + ONE_WEEK * number for number in range(500)]
    stamps = {group: dict.fromkeys(weeks, "x" * 20) for group in made.report().stamps}
    verdicts = {check.title: dict.fromkeys(weeks, Verdict("a", "b")) for check in EVERY_CHECK}
    rows = [{"chart": "norway", "rank": 1, "song_name": "A title of usual length"}] * SHOWN_ROWS
    broken = dict.fromkeys(weeks[::10], Verdict("more", "less", ("too few", "by far"), rows))
    verdicts |= {check.title: verdicts[check.title] | broken for check in EVERY_CHECK[:10]}
    whole = {check.title: {} for check in OF_THE_WHOLE}
    evaluation = Evaluation({**verdicts, **whole}, stamps, 500)  # type: ignore[dict-item,arg-type]
    report = report_of(evaluation, FIRST, NOW)
    assert len(report.failing) > 300
    assert len(document(report, "http://ui")) < 1_000_000
    assert len(as_json(report)) < 1_000_000
