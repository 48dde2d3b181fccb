"""The report of the checks: what fails and since when, what is read again, and the run that makes it.

How the page looks in a browser is in `test_check_report_page`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from spotify_assets.check_report.evaluation import Evaluation, evaluate
from spotify_assets.check_report.page import document
from spotify_assets.check_report.report import (
    DAYS_KEPT,
    FIRST,
    Report,
    as_json,
    read_report,
    remembered,
    report_of,
)
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.every_check import EVERY_CHECK, OF_THE_WHOLE
from spotify_assets.checks.table_checks import judge_weeks
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.layout import (
    ARCHIVE,
    CHECKS_DATA,
    CHECKS_PAGE,
    PUBLISHED,
    REJECTED,
    TABLES,
    missing_key,
    published_key,
    table_key,
)
from spotify_assets.settings import Settings
from spotify_assets.sources.checksums import checksums_key
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.conftest import NOW
from spotify_assets_tests.dagster_runs import (
    ALL_ASSETS,
    WEEKS,
    drop_csv,
    failures,
    materializations,
    materialize,
)
from spotify_assets_tests.made_weeks import Made, ReadsCounted, make_weeks
from spotify_assets_tests.places import Place

LATER = NOW + timedelta(days=3)
TWELVE_WEEKS = 12


@pytest.fixture
def made(base: Path) -> Made:
    return make_weeks(base, TWELVE_WEEKS)


def failing(report: Report) -> set[tuple[str, date | None]]:
    return {(one.check, one.week) for one in report.failing}


def halve(made: Made, week: date) -> None:
    """Take half of the songs away: rows that albums and credits name are gone."""
    rows = made.rows("songs", week)
    made.rewrite("songs", week, rows.slice(0, rows.num_rows // 2))


def files_read(made: Made, before: Report) -> tuple[list[str], Evaluation]:
    storage = ReadsCounted(made.base)
    evaluation = evaluate(made.judged(storage), remembered(before))
    return storage.keys, evaluation


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
from spotify_assets.check_report.stamps import audit_stamps
from spotify_assets.publishing.ledger import Published
print(audit_stamps(Published(weeks=[date(2026, 11, 13)])))
"""


def stamp_by(package: Path) -> str:
    """A stamp as the project in this folder makes it."""
    return subprocess.run(
        [sys.executable, "-c", STAMP], cwd=package, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("module", ["checks/song_rules.py", "payloads/playlist.py", "schemas.py"])
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
    made.storage.delete(checksums_key(week))
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
    assert "albums.references_resolve" in held.findings[0]
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
    broken = dict.fromkeys(weeks[::10], Verdict("more", "less", ("too few", "by far")))
    verdicts |= {check.title: verdicts[check.title] | broken for check in EVERY_CHECK[:10]}
    whole = {check.title: {} for check in OF_THE_WHOLE}
    evaluation = Evaluation({**verdicts, **whole}, stamps, 500)  # type: ignore[dict-item,arg-type]
    report = report_of(evaluation, FIRST, NOW)
    assert len(report.failing) > 300
    assert len(document(report, "http://ui")) < 1_000_000


@pytest.fixture
def instance_and_base(
    storage: FolderStorage, instance: dg.DagsterInstance
) -> tuple[FolderStorage, dg.DagsterInstance]:
    for week in WEEKS[:2]:
        drop_csv(storage, week)
        drop_csv(storage, week, country="global")
    return storage, instance


def test_a_run_writes_the_page_and_its_data_and_says_what_fails(
    settings: Settings, instance_and_base: tuple[FolderStorage, dg.DagsterInstance], base: Path
) -> None:
    storage, instance = instance_and_base
    assert failures(materialize(settings, instance, WEEKS[:2])) == {}
    (made,) = materializations(instance, "check_report").values()
    report = read_report(storage)
    assert isinstance(report, Report)
    assert sorted(report.weeks) == list(WEEKS[:2])
    metadata = made.metadata
    assert metadata["page"] == dg.MetadataValue.path(str(base / CHECKS_PAGE))
    assert metadata["weeks"].value == metadata["weeks looked at anew"].value == 2
    assert metadata["errors"].value == report.failing_of("ERROR") == 0
    assert metadata["warnings"].value == report.failing_of("WARN") > 0
    assert "| artists.genre\\_coverage | 2024-03-08 |" in metadata["failing"].value
    assert f"{settings.ui_url}/assets/songs?view=checks" in storage.read(CHECKS_PAGE).decode()


def test_checks_that_fail_do_not_fail_the_report_and_the_next_run_reads_only_what_changed(
    settings: Settings, instance_and_base: tuple[FolderStorage, dg.DagsterInstance], base: Path
) -> None:
    storage, instance = instance_and_base
    assert failures(materialize(settings, instance, WEEKS[:2], ALL_ASSETS)) == {}
    (base / table_key("songs", WEEKS[0], "parquet")).write_bytes(b"damaged")
    assert failures(materialize(settings, instance, [], ["check_report"])) == {}
    report = read_report(storage)
    assert isinstance(report, Report)
    assert ("songs.schema", WEEKS[0]) in failing(report)
    assert failures(materialize(settings, instance, [], ["check_report"])) == {}
    records = instance.fetch_materializations(dg.AssetKey("check_report"), limit=2).records
    anew = [
        record.asset_materialization.metadata["weeks looked at anew"].value
        for record in records
        if record.asset_materialization
    ]
    assert anew == [0, 2]
    assert msgspec.json.decode(storage.read(CHECKS_DATA))["failing"]


def test_the_report_lies_where_the_charts_lie_and_goes_on_from_there(
    place: Place, instance: dg.DagsterInstance
) -> None:
    for week in WEEKS[:2]:
        drop_csv(place.storage, week)
    assert failures(place.run(instance, WEEKS[:2])) == {}
    assert place.storage.read(CHECKS_PAGE).startswith(b"<!doctype html>")
    first = read_report(place.storage)
    assert isinstance(first, Report)
    assert sorted(first.stamps["catalog"]) == list(WEEKS[:2])
    place.storage.delete(published_key("albums", WEEKS[0], "parquet"))
    assert failures(place.run(instance, [], ["check_report"])) == {}
    after = read_report(place.storage)
    assert isinstance(after, Report)
    assert {one.asset for one in after.failing if one.severity == "ERROR"} == {"catalog"}
    assert {one.since for one in after.failing if one.severity == "WARN"} == {first.made}
    assert after.stamps["raw"] == first.stamps["raw"]
