"""The rules about raw files, and what is read of the archive for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from spotify_assets.checks.raw_rules import RawWeek
from spotify_assets.checks.raw_weeks import judge_all_raw, judge_raw_weeks, read_raw_weeks
from spotify_assets.setting_thresholds import Thresholds

from spotify_assets.checks import raw_rules
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.layout import REJECTED, RawName, sums_key
from spotify_assets.raw.archive import RawSummary
from spotify_assets.raw.missing import note_missing
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.spotify import CSV_WAY
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.check_examples import Example, every_example, require_example
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.good_data import CHARTS, GOOD_WEEKS, LATEST, RULES, Base, good_base

WEEK = LATEST
NORWAY, GLOBAL = RawName(WEEK, "norway", "playlist"), RawName(WEEK, "global", "chart_csv")
REFRESHED = datetime(2026, 11, 20, 9, 41, tzinfo=UTC)
PLAYLIST = RawSummary(50, 0, 50, REFRESHED, "snapshot two", "a" * 64)
FILE = RawSummary(200, 0, None, None, "", "b" * 64)
RECEIVED = {NORWAY: "a" * 64, GLOBAL: "b" * 64}
GOOD = RawWeek(WEEK, {NORWAY: PLAYLIST, GLOBAL: FILE}, {}, RECEIVED, {"norway": "snapshot one"})


def playlist(**changes: object) -> RawWeek:
    """The good week with another playlist."""
    return replace(GOOD, files={NORWAY: replace(PLAYLIST, **changes), GLOBAL: FILE})  # type: ignore[arg-type]


def pages(*rows: int, refreshed: tuple[datetime | None, ...] = (REFRESHED,) * 3) -> RawWeek:
    """A week of a playlist of 150 rows, saved page by page."""
    found = {
        RawName(WEEK, "norway", "playlist", 100 * number): replace(
            PLAYLIST, rows=count, stated_total=150, refreshed_at=moment
        )
        for number, (count, moment) in enumerate(zip(rows, refreshed, strict=False))
    }
    return RawWeek(WEEK, found)


def present(raw: RawWeek) -> Verdict:
    return raw_rules.charts_present(raw, CHARTS)


EXAMPLES = {
    "raw_playlist.expected_charts_present": Example(
        lambda: present(GOOD),
        lambda: present(RawWeek(WEEK, why_missing={"norway": "norway: Spotify says no."})),
        ("norway: Spotify says no.", f"global was not collected. {CSV_WAY}"),
        expected="norway, global",
        actual="no chart",
    ),
    "raw_playlist.charts_complete": Example(
        lambda: raw_rules.charts_complete(GOOD),
        lambda: raw_rules.charts_complete(playlist(stated_total=200)),
        ("norway has 50 of 200 rows: drop the pages that are missing, or the chart's CSV file",),
        expected="norway 200",
        actual="norway 50",
    ),
    "raw_playlist.refreshed_this_week": Example(
        lambda: raw_rules.refreshed(GOOD),
        lambda: raw_rules.refreshed(
            playlist(
                refreshed_at=datetime(2026, 11, 19, 23, tzinfo=UTC), snapshot_id="snapshot one"
            )
        ),
        (
            "week=2026-11-13/norway.playlist.json was refreshed on 2026-11-19, so it shows the week "
            "2026-11-06",
            "week=2026-11-13/norway.playlist.json is the snapshot of the week before (snapshot one)",
        ),
        expected="playlists refreshed after the week's close",
        actual="norway 2026-11-19",
    ),
    "raw_playlist.archive_intact": Example(
        lambda: raw_rules.intact(GOOD),
        lambda: raw_rules.intact(
            RawWeek(
                WEEK,
                {NORWAY: replace(PLAYLIST, sha256="c" * 64)},
                {RawName(WEEK, "sweden", "chart_csv"): "It is empty."},
                RECEIVED,
            )
        ),
        (
            "week=2026-11-13/sweden.chart.csv can't be read: It is empty.",
            "week=2026-11-13/norway.playlist.json isn't what was received: its SHA-256 is "
            "cccccccccccc…, and was aaaaaaaaaaaa…. Drop the good file again, or take it from a backup",
            "week=2026-11-13/global.chart.csv was received, and is gone from the archive",
        ),
        expected="2 files as received",
        actual="2 files, 3 of them otherwise",
    ),
    "raw_playlist.no_rejected_files": Example(
        lambda: raw_rules.none_rejected([]),
        lambda: raw_rules.none_rejected(["raw/rejected/a.csv", "raw/rejected/b.json"]),
        (
            "2 files wait in raw/rejected/: a.csv, b.json. Each has its reason beside it; "
            "once mended: spotify-assets update --retry-rejected",
        ),
        expected="no rejected file",
        actual="2 of them",
    ),
    "raw_playlist.latest_week_present": Example(
        lambda: raw_rules.latest_present(WEEK, WEEK, 6.5, 3),
        lambda: raw_rules.latest_present(WEEK - ONE_WEEK, WEEK, 3.5, 3),
        (f"2026-11-13 closed 4 days ago and isn't stored. {CSV_WAY}",),
        expected="2026-11-13, within 3 days of its close",
        actual="the latest stored is 2026-11-06",
    ),
}


@every_example(EXAMPLES)
def test_each_rule_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


def test_a_playlist_that_does_not_say_when_or_how_much_passes() -> None:
    raw = playlist(refreshed_at=None, stated_total=None, snapshot_id="")
    assert raw_rules.refreshed(raw).passed
    assert raw_rules.refreshed(raw).actual == "no playlist says when it was refreshed"
    assert raw_rules.charts_complete(raw).passed
    assert raw_rules.charts_complete(raw).actual == "no playlist says"


def test_pages_count_together() -> None:
    assert raw_rules.charts_complete(pages(100, 50)).passed
    (finding,) = raw_rules.charts_complete(pages(100)).findings
    assert finding.startswith("norway has 100 of 150 rows")


def test_a_page_that_an_older_capture_left_behind_does_not_complete_the_newer_one() -> None:
    raw = pages(100, 50, refreshed=(REFRESHED, REFRESHED - ONE_WEEK))
    assert raw_rules.charts_complete(raw).actual == "norway 100"


def test_a_chart_file_completes_what_its_playlist_lacks() -> None:
    short = replace(PLAYLIST, stated_total=200)
    raw = RawWeek(WEEK, {NORWAY: short, RawName(WEEK, "norway", "chart_csv"): FILE})
    assert raw_rules.charts_complete(raw).passed


def test_more_rows_than_stated_are_complete() -> None:
    assert raw_rules.charts_complete(playlist(rows=51)).passed


def test_a_file_that_cannot_be_read_is_present_and_not_intact() -> None:
    raw = RawWeek(WEEK, {GLOBAL: FILE}, {NORWAY: "It is empty."}, RECEIVED)
    assert present(raw).passed
    assert not raw_rules.intact(raw).passed


def test_a_file_that_was_never_noted_says_how_to_have_it_noted() -> None:
    (finding,) = raw_rules.intact(replace(GOOD, received={GLOBAL: "b" * 64})).findings
    assert finding == (
        "week=2026-11-13/norway.playlist.json has no SHA-256 noted: materialize raw_playlist to have "
        "it noted"
    )


def test_a_week_without_anything_is_intact_and_lacks_all_charts() -> None:
    nothing = RawWeek(WEEK)
    for rule in (raw_rules.charts_complete, raw_rules.refreshed, raw_rules.intact):
        assert rule(nothing).passed
    assert len(present(nothing).findings) == 2


@pytest.mark.parametrize(
    ("stored", "days", "passes"),
    [
        (None, 2.9, True),
        (None, 3.1, False),
        (WEEK, 30, True),
        (WEEK - ONE_WEEK, 3, True),
        (WEEK - 2 * ONE_WEEK, 1, False),  # what is older was due a week ago
    ],
)
def test_the_latest_week_has_some_days_of_grace(
    stored: date | None, days: float, passes: bool
) -> None:
    assert raw_rules.latest_present(stored, WEEK, days, 3).passed == passes


# What is read of the archive.


@pytest.fixture
def good(storage: Storage) -> Base:
    return good_base(storage.root)  # type: ignore[attr-defined]


def failing(base: Base, *weeks: date) -> dict[str, list[date]]:
    """The weeks in which each check fails; without weeks, of all."""
    found = judge_raw_weeks(base.storage, RULES, list(weeks) or None)
    said = {
        name: [w for w, v in verdicts.items() if not v.passed] for name, verdicts in found.items()
    }
    return {name: failed for name, failed in said.items() if failed}


def test_good_weeks_pass_together_and_alone(good: Base) -> None:
    assert failing(good) == {}
    for week in GOOD_WEEKS:
        assert failing(good, week) == {}


def test_a_snapshot_of_the_week_before_is_found_alone_and_among_all(good: Base) -> None:
    rows = [raw_samples.row(raw_samples.track(name)) for name in raw_samples.SONGS]
    same = raw_samples.as_json(raw_samples.playlist(rows, snapshot_id="one"))
    for week in GOOD_WEEKS[1:3]:
        good.archive({RawName(week, "norway", "playlist"): same})
    wanted = {"refreshed_this_week": [GOOD_WEEKS[2]]}
    assert failing(good) == wanted
    assert failing(good, GOOD_WEEKS[2]) == wanted
    assert failing(good, GOOD_WEEKS[1]) == failing(good, GOOD_WEEKS[3]) == {}


def test_a_snapshot_of_two_weeks_before_is_not_taken_for_the_week_befores(good: Base) -> None:
    rows = [raw_samples.row(raw_samples.track(name)) for name in raw_samples.SONGS]
    same = raw_samples.as_json(raw_samples.playlist(rows, snapshot_id="one"))
    for week in (GOOD_WEEKS[0], GOOD_WEEKS[2]):
        good.archive({RawName(week, "norway", "playlist"): same})
    assert failing(good) == {}


def test_why_a_chart_could_not_be_had_is_told(good: Base) -> None:
    good.storage.delete(RawName(LATEST, "norway", "playlist").archive_key)
    note_missing(good.storage, LATEST, {"norway": "norway: Spotify answered 404."})
    verdict = judge_raw_weeks(good.storage, RULES, [LATEST])["expected_charts_present"][LATEST]
    assert verdict.findings == ("norway: Spotify answered 404.",)
    assert verdict.actual == "global"


def test_a_week_that_is_not_known_is_left_out_but_for_the_latest(storage: Storage) -> None:
    weeks = [LATEST - ONE_WEEK, LATEST]
    found = judge_raw_weeks(storage, RULES, weeks)["expected_charts_present"]
    assert list(found) == [LATEST]
    (one,) = judge_raw_weeks(storage, RULES, weeks[:1])["expected_charts_present"]
    assert one == LATEST - ONE_WEEK
    assert judge_raw_weeks(storage, RULES, None)["expected_charts_present"] == {}


def test_a_list_of_checksums_that_was_tampered_with_is_no_crash(good: Base) -> None:
    good.storage.write(sums_key(LATEST), b"\xff\xfe not a list\n" + b"0" * 64 + b"  ../x\n")
    (raw,) = read_raw_weeks(good.storage, CHARTS, [LATEST])
    assert raw.received == {}
    assert failing(good, LATEST) == {"archive_intact": [LATEST]}


def test_rejected_files_are_counted_without_their_reasons(good: Base) -> None:
    assert judge_all_raw(good.storage, RULES, Thresholds())["no_rejected_files"].passed
    good.storage.write(f"{REJECTED}chart.csv", b"")
    good.storage.write(f"{REJECTED}chart.csv.reason.txt", b"It is empty.")
    verdict = judge_all_raw(good.storage, RULES, Thresholds())["no_rejected_files"]
    assert verdict.findings[0].startswith("1 rejected file waits in raw/rejected/: chart.csv. ")


def test_the_days_of_grace_are_a_setting(storage: Storage) -> None:
    def verdict(days: str) -> Verdict:
        thresholds = load_settings({f"{PREFIX}CHECK_LATEST_WEEK_DAYS": days})
        return judge_all_raw(storage, RULES, thresholds)["latest_week_present"]

    assert (NOW - datetime(2026, 11, 20, tzinfo=UTC)).total_seconds() == 12 * 3600
    assert verdict("0.6").passed
    assert verdict("0.4").actual == "no week is stored"
    assert not verdict("0.4").passed
