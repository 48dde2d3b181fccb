"""Live charts, day by day: a Spotify that is late, swaps rows, repeats songs, refuses, or says no date.

A day is what the schedule does, without Dagster: fetch what the latest week lacks, make what is stale.
What one answer means is in `spotify/test_charts.py`, the schedule in `defs/test_daily_update.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from spotify_assets.checks.making import Base, make_weeks
from spotify_assets.checks.storing import store
from spotify_assets.held_back import charts_held_back
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import why_missing
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import read_week, stored_weeks
from spotify_assets.to_fetch import fetch_latest, why_not_fetch
from spotify_assets.weeks import ONE_WEEK, latest_closed_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, changed, error
from spotify_assets_tests.fakes.spotify_server import FakePlaylist, FakeSpotify, serving

FIRST_WEEK = date(2026, 1, 2)
PLAYLISTS = {
    "norway": raw_samples.NORWAY_PLAYLIST,
    "global": raw_samples.GLOBAL_PLAYLIST,
    "sweden": "Swedish0Weekly",
}
UNKNOWN = "1970-01-01T00:00:00Z"
SIZE = 40


def close_of(week: date) -> datetime:
    """The moment at which a week is over."""
    return datetime.combine(week + ONE_WEEK, datetime.min.time(), tzinfo=UTC)


def songs_of(chart: str, week: date) -> list[str]:
    """A made-up chart: most of its songs were in the week before, at other ranks."""
    first = (week - FIRST_WEEK) // ONE_WEEK * 5 + 100
    pool = [f"{chart} song {number}" for number in range(first, first + 60)]
    return Random(f"{chart} {week}").sample(pool, SIZE)


class Days:
    """A Spotify, and a base that is updated when the test says so."""

    def __init__(self, spotify: FakeSpotify, base: Path) -> None:
        charts = base / "charts.toml"
        charts.write_text(
            "".join(
                f'[[charts]]\nslug = "{s}"\nplaylist_id = "{p}"\n' for s, p in PLAYLISTS.items()
            )
        )
        names = {
            "BASE": str(base),
            "FIRST_WEEK": str(FIRST_WEEK),
            "CHARTS_FILE": str(charts),
            "CHARTS": "",
        }
        settings = load_settings(
            spotify.environment | {PREFIX + name: value for name, value in names.items()}
        )
        self.spotify, self.storage, self.now = spotify, FolderStorage(base), close_of(FIRST_WEEK)
        self.rules = InboxRules(settings.charts, settings.first_week, lambda: self.now)
        self.account = settings.spotify
        self.base = Base(self.storage, settings.charts, settings.thresholds)

    def show(self, chart: str, names: list[str], *dates: str) -> None:
        """Make Spotify show these songs, with these dates, of which the last is that of all others."""
        dated = [*dates, *[dates[-1]] * (len(names) - len(dates))]
        rows = [
            raw_samples.row(raw_samples.track(n), added_at=at)
            for n, at in zip(names, dated, strict=True)
        ]
        self.spotify.playlists[PLAYLISTS[chart]] = FakePlaylist(rows, snapshot_id=f"{names}{dated}")

    def tick(self, now: datetime) -> dict[str, str]:
        """Do what is done every day; return why charts of the latest week are missing."""
        self.now = now
        week = latest_closed_week(now)
        access = SpotifyAccess(self.account, self.rules.clock, lambda _: None)
        if not why_not_fetch(self.storage, self.rules, access, week):
            fetch_latest(self.storage, self.rules, access)
        if weeks := stale_weeks(self.storage):
            store(self.storage, make_weeks(self.base, weeks))
        return why_missing(self.storage, week)

    def repeats_a_song(self, week: date) -> bool:
        """Whether a chart is stored with a rank that is empty because it repeated a song."""
        if week not in stored_weeks(self.storage).get("check_results", []):
            return False
        rows = read_week(self.storage, "check_results", week).to_pylist()
        return any("repeats a song" in row["finding"] for row in rows if not row["passed"])

    def charts(self) -> dict[tuple[date, str], dict[int, str]]:
        """Return what is published: each chart's songs by rank."""
        found: dict[tuple[date, str], dict[int, str]] = {}
        for week in stored_weeks(self.storage).get("songs", []):
            for row in read_week(self.storage, "songs", week).to_pylist():
                found.setdefault((week, row["chart"]), {})[row["rank"]] = row["song_name"]
        return found


@pytest.fixture
def days(base: Path) -> Iterator[Days]:
    with serving(FakeSpotify()) as spotify:
        yield Days(spotify, base)


def ranks(names: list[str]) -> dict[int, str]:
    return dict(enumerate(names, 1))


FIRST, NEXT, THIRD = (FIRST_WEEK + ONE_WEEK * number for number in range(3))
FRIDAY = close_of(NEXT)  # NEXT is over, and FIRST for a week


def test_a_song_twice_costs_one_rank_and_no_other_chart_until_spotify_mends_it(days: Days) -> None:
    names = songs_of("norway", FIRST)
    refreshed = raw_samples.added_at(FIRST)
    days.show("norway", [*names[:6], names[2], *names[7:]], refreshed)
    days.show("global", songs_of("global", FIRST), refreshed)
    days.tick(close_of(FIRST) + timedelta(hours=12))
    without_seventh = {rank: name for rank, name in ranks(names).items() if rank != 7}
    assert days.charts() == {
        (FIRST, "norway"): without_seventh,
        (FIRST, "global"): ranks(songs_of("global", FIRST)),
    }
    assert days.repeats_a_song(FIRST)
    days.show("norway", names, refreshed)
    for day in (1, 2):
        days.spotify.asked.clear()
        days.tick(close_of(FIRST) + timedelta(days=day))
        assert days.charts()[FIRST, "norway"] == ranks(names)
        assert (PLAYLISTS["norway"] in str(days.spotify.asked)) == (day == 1)
    assert not days.repeats_a_song(FIRST)


def test_a_chart_that_is_last_weeks_under_new_dates_is_held_back_and_asked_for_until_it_is_refreshed(
    days: Days,
) -> None:
    for week in (FIRST, NEXT):
        days.show("global", songs_of("global", week), raw_samples.added_at(week))
        was = songs_of("norway", FIRST)
        shown = was if week == FIRST else [*was[:3], "Swapped in", *was[4:]]
        days.show("norway", shown, raw_samples.added_at(week))
        days.tick(close_of(week) + timedelta(hours=12))
    assert charts_held_back(days.storage, [FIRST, NEXT], days.rules.charts) == {(NEXT, "norway")}
    assert sorted(days.charts()) == [(FIRST, "global"), (FIRST, "norway"), (NEXT, "global")]
    days.show("norway", songs_of("norway", NEXT), raw_samples.added_at(NEXT))
    days.tick(FRIDAY + timedelta(days=1))
    assert days.charts()[NEXT, "norway"] == ranks(songs_of("norway", NEXT))
    kept = [file.key for file in days.storage.files(f"raw/processed/week={NEXT}/superseded/")]
    assert len(kept) == 1
    days.spotify.asked.clear()
    days.tick(FRIDAY + timedelta(days=2))
    assert PLAYLISTS["norway"] not in str(days.spotify.asked)


def test_a_chart_of_a_week_that_is_held_back_proves_nothing(days: Days) -> None:
    for week in (FIRST, NEXT):  # Spotify gives old rows new dates
        days.show("norway", songs_of("norway", FIRST), raw_samples.added_at(week))
        days.tick(close_of(week) + timedelta(hours=12))
    days.show("norway", songs_of("norway", NEXT), UNKNOWN)
    reason = days.tick(close_of(THIRD) + timedelta(hours=12))["norway"]
    assert "no good chart of 2026-01-09 to compare it with" in reason
    assert list(days.charts()) == [(FIRST, "norway")]


@pytest.mark.parametrize("added_at", ["2026-01-09T09:00:00Z", UNKNOWN, "2026-01-15T23:50:00Z"])
@pytest.mark.parametrize("stored", ["missing", "held back", "stored"])
def test_an_older_chart_that_its_dates_prove_is_archived_where_it_was_missing(
    days: Days, added_at: str, stored: str
) -> None:
    names = songs_of("norway", FIRST)
    if stored != "missing":
        days.show("norway", names, "2026-01-09T08:00:00Z")
        if stored == "held back":
            days.spotify.faults.append(at("/playlists/", changed(too_popular)))
        days.tick(close_of(FIRST) + timedelta(hours=12))
    days.show("norway", ["Swapped in", *names[1:]], "2026-01-16T00:10:00Z", added_at)
    reason = days.tick(FRIDAY + timedelta(minutes=30))["norway"]
    is_taken = added_at == "2026-01-09T09:00:00Z" and stored != "stored"
    assert ("It is the chart of 2026-01-02, which was missing" in reason) == is_taken
    published = names if stored == "stored" else ["Swapped in", *names[1:]] if is_taken else None
    assert days.charts() == ({(FIRST, "norway"): ranks(published)} if published else {})


def too_popular(document: Any) -> Any:
    """The playlist with a song that fails a check of severity ERROR."""
    document["tracks"]["items"][0]["track"]["popularity"] = 200
    return document


def test_a_week_before_the_first_is_not_archived(days: Days) -> None:
    days.show("norway", songs_of("norway", FIRST), raw_samples.added_at(FIRST - ONE_WEEK))
    assert "was missing" not in days.tick(close_of(FIRST) + timedelta(hours=1))["norway"]
    assert days.charts() == {}


class Year:
    """What Spotify shows in a year: when it refreshes each chart, and what goes wrong on which days.

    Norway and Sweden say when they were refreshed, Sweden also ten minutes before the week's end; Global
    doesn't. In some weeks Sweden's old rows get new dates first, and in some Norway has a song twice.
    """

    def __init__(self, seed: int, weeks: int) -> None:
        dice = Random(seed)
        self.weeks = [FIRST_WEEK + ONE_WEEK * number for number in range(-2, weeks)]
        delays: dict[str, tuple[float, ...]] = {
            "norway": (3, 6, 9, 9, 9, 30, 54, 130, 9999),
            "sweden": (6, 9, 9, 30, -1 / 6),
            "global": (3, 6, 9, 20, 54, 110),
        }
        self.refreshed = {
            (chart, week): close_of(week) + timedelta(hours=hours)
            for chart, choices in delays.items()
            for week in self.weeks
            if (hours := dice.choice(choices)) < 9999
        }
        self.doubled = set(dice.sample(self.weeks, weeks // 5))
        self.dated_early = set(dice.sample(self.weeks, weeks // 5))
        self.days = [close_of(FIRST_WEEK) + timedelta(days=n) for n in range(7 * weeks)]
        first, second = dice.randrange(7 * weeks - 10), dice.randrange(7 * weeks - 10)
        self.refusing = {
            day.date() for day in [*dice.sample(self.days, weeks // 4), *self.days[first:][:10]]
        }
        self.limited_shortly = {day.date() for day in dice.sample(self.days, weeks)}
        self.vanished = {day.date() for day in self.days[second:][:10]}

    def shown(self, chart: str, moment: datetime) -> date:
        return max(w for (c, w), at in self.refreshed.items() if c == chart and at <= moment)

    def has_wrong_dates(self, chart: str, week: date, had: set[tuple[date, str]]) -> bool:
        """Whether the chart's rows get the next week's dates; if it isn't stored, none could tell."""
        return chart == "sweden" and week + ONE_WEEK in self.dated_early and (week, chart) in had

    def set_up(self, days: Days, moment: datetime, had: set[tuple[date, str]]) -> None:
        """Make Spotify what it is at that moment."""
        days.spotify.playlists.clear()
        for chart in PLAYLISTS:
            week = self.shown(chart, moment)
            refreshed = self.refreshed[chart, week]
            names, dates = songs_of(chart, week), [refreshed] * SIZE
            end, mended = close_of(week + ONE_WEEK), refreshed + timedelta(days=2)
            if chart == "norway" and week in self.doubled and moment < mended:
                names[30] = names[4]
            if self.has_wrong_dates(chart, week, had) and moment > end:
                dates = [end + timedelta(minutes=20)] * SIZE
            dice = Random(f"{chart} {week}")
            for n in range(3):  # single rows are swapped, one of them at the next week's beginning
                at_moment = refreshed + timedelta(days=n + 1) if n else end
                place = dice.randrange(SIZE)
                if at_moment <= moment:
                    names[place], dates[place] = f"{chart} swap {week} {n}", at_moment
            texts = [UNKNOWN if chart == "global" else f"{d:%Y-%m-%dT%H:%M:%SZ}" for d in dates]
            days.show(chart, names, *texts)
        if moment.date() in self.vanished:
            del days.spotify.playlists[PLAYLISTS["norway"]]
        days.spotify.faults.clear()
        if moment.date() in self.refusing:
            refusal = error(503) if moment.day % 2 else error(429, Retry_After="7200")
            days.spotify.faults.append(at("/v1/", refusal, times=FOREVER))
        elif moment.date() in self.limited_shortly:
            days.spotify.faults.append(at("/v1/", error(429, Retry_After="5")))

    def add_available(self, had: set[tuple[date, str]], moment: datetime) -> None:
        """Add what can be had at that moment: the chart shown, if anything tells its week."""
        latest = latest_closed_week(moment)
        for chart in PLAYLISTS:
            is_gone = chart == "norway" and moment.date() in self.vanished
            if moment.date() in self.refusing or is_gone:
                continue
            week = self.shown(chart, moment)
            says_when = chart != "global" and self.refreshed[chart, week] >= close_of(week)
            if week < latest and self.has_wrong_dates(chart, week, had):
                continue
            is_late = moment >= close_of(latest) + timedelta(days=5)
            compared = (week - ONE_WEEK, chart) in had or is_late
            if week >= FIRST_WEEK and (says_when or (week == latest and compared)):
                had.add((week, chart))


@pytest.mark.parametrize(("seed", "weeks"), [(1, 10), pytest.param(2, 52, marks=pytest.mark.slow)])
def test_over_many_weeks_no_week_gets_anothers_chart_and_each_gets_what_can_be_had(
    days: Days, weeks: int, seed: int
) -> None:
    year, available = Year(seed, weeks), set[tuple[date, str]]()
    for day in year.days:
        hours = (0.5, 12) if day.weekday() == 4 else (12,)
        for moment in (day + timedelta(hours=hour) for hour in hours):
            year.set_up(days, moment, available)
            latest = latest_closed_week(moment)
            is_complete = {(latest, chart) for chart in PLAYLISTS} <= available
            is_complete &= not days.repeats_a_song(latest)
            year.add_available(available, moment)
            days.spotify.asked.clear()
            days.tick(moment)
            assert is_complete != bool(days.spotify.asked)
    found = days.charts()
    for (week, chart), songs in found.items():
        right = [songs.get(rank) == name for rank, name in ranks(songs_of(chart, week)).items()]
        assert sum(right) >= 0.9 * SIZE, (week, chart)
    assert set(found) == available
    assert len(available) > 2 * weeks
