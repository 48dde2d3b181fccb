"""The chart week: Friday to Thursday, closed on the next Friday at 00:00 UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from spotify_assets.weeks import (
    describe_weeks,
    holes_between,
    latest_closed_week,
    parse_week,
    runs_of_weeks,
    system_clock,
    week_end,
    week_of_thursday,
    weeks_between,
)

OSLO, NEW_YORK = timezone(timedelta(hours=1)), timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), date(2026, 11, 6)),
        (datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 13)),
        (datetime(2026, 11, 26, 23, 59, tzinfo=UTC), date(2026, 11, 13)),
        (datetime(2023, 10, 27, 8, 45, tzinfo=UTC), date(2023, 10, 20)),
        (datetime(2026, 11, 20, 0, 30, tzinfo=OSLO), date(2026, 11, 6)),
        (datetime(2026, 11, 19, 19, tzinfo=NEW_YORK), date(2026, 11, 13)),
    ],
)
def test_a_week_closes_on_the_next_friday_by_utc(moment: datetime, week: date) -> None:
    assert latest_closed_week(moment) == week


def test_a_file_dated_a_thursday_belongs_to_the_week_that_ends_on_it() -> None:
    assert week_of_thursday(date(2026, 11, 19)) == date(2026, 11, 13)
    assert week_end(date(2026, 11, 13)) == date(2026, 11, 19)
    with pytest.raises(ValueError, match="2026-11-20 is a Friday"):
        week_of_thursday(date(2026, 11, 20))


@pytest.mark.parametrize(
    ("text", "says"),
    {
        "2026-11-12": "is a Thursday; .*: 2026-11-06 or 2026-11-13",
        "2026-11-14": "is a Saturday; .*: 2026-11-13 or 2026-11-20",
        "": "not a date like 2026-11-13",
        "2026-W46-5": "not a date like 2026-11-13",
        "2026-02-30": "not a date like 2026-11-13",
        "0001-01-01": "not a date like 2026-11-13",
        "9999-12-31": "not a date like 2026-11-13",
    }.items(),
)
def test_a_key_is_a_friday_and_any_other_gets_an_error_that_says_why(text: str, says: str) -> None:
    assert parse_week("2026-11-13") == date(2026, 11, 13)
    with pytest.raises(ValueError, match=says):
        parse_week(text)


def test_ranges_of_weeks_include_both_ends_and_have_no_gaps() -> None:
    first, second, third, fourth = weeks = weeks_between(date(2026, 12, 18), date(2027, 1, 8))
    assert weeks == [date(2026, 12, 18), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 8)]
    assert weeks_between(second, first) == runs_of_weeks([]) == []
    assert runs_of_weeks([fourth, second, first, second]) == [(first, second), (fourth, fourth)]
    assert runs_of_weeks([third, fourth, first]) == [(first, first), (third, fourth)]
    assert (holes_between([fourth, first, third]), holes_between([])) == ([second], [])


def test_messages_list_up_to_five_weeks_and_count_more() -> None:
    weeks = weeks_between(date(2026, 10, 2), date(2026, 11, 6))
    assert describe_weeks([]) == "no weeks"
    assert describe_weeks(weeks[:1]) == "2026-10-02"
    assert describe_weeks({weeks[3], weeks[0]}) == "2026-10-02 and 2026-10-23"
    assert describe_weeks(reversed(weeks[:5])) == (
        "2026-10-02, 2026-10-09, 2026-10-16, 2026-10-23 and 2026-10-30"
    )
    assert describe_weeks([*weeks, weeks[0]]) == "6 weeks, 2026-10-02 to 2026-11-06"


def test_the_system_clock_is_in_utc() -> None:
    assert system_clock().tzinfo is UTC
