"""The views against hand-written cases; `test_views_on_made_up_charts` has the others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from spotify_assets.catalog.views import over_range
from spotify_assets.errors import QueryError
from spotify_assets_tests import expected_views
from spotify_assets_tests.chart_frames import (
    Row,
    album,
    artist,
    chart,
    credit,
    friday,
    reported,
    select,
    song,
    views_over,
)


def of(rows: dict[str, list[Row]] | list[Row], view: str, columns: str, where: str = "true") -> Any:
    """Columns of a view over these rows (songs, if only a list) as tuples, in order."""
    connection = views_over(rows if isinstance(rows, dict) else {"songs": rows})
    query = f"SELECT {columns} FROM {view} WHERE {where} ORDER BY ALL"
    return connection.execute(query).fetchall()


# --- What each song did -------------------------------------------------------------------------


def test_the_first_collected_week_has_no_moves() -> None:
    rows = chart(0, "A B")
    got = of(rows, "chart_history", "song_name, previous_rank, weeks_on_chart, move, rank_change")
    assert got == [("A", None, 1, None, None), ("B", None, 1, None, None)]
    assert of(rows, "chart_history", "on_chart_at_start, figures_from") == [(True, "counted")] * 2
    assert of(rows, "chart_weeks", "new_entries, re_entries, departures, turnover") == [
        (None, None, None, None)
    ]


def test_moves_say_where_a_song_was_the_week_before() -> None:
    rows = chart(0, "A B C") + chart(1, "B A C D")
    columns = "rank, song_name, previous_rank, rank_change, peak_rank, weeks_on_chart, move"
    assert of(rows, "latest_chart", columns) == [
        (1, "B", 2, 1, 1, 2, "up"),
        (2, "A", 1, -1, 1, 2, "down"),
        (3, "C", 3, 0, 3, 2, "same"),
        (4, "D", None, None, 4, 1, "new"),
    ]


def test_a_missed_week_is_not_a_re_entry() -> None:
    rows = chart(0, "A B") + chart(2, "B A C")
    columns = "rank, song_name, previous_week, weeks_since_previous, previous_rank, move"
    assert of(rows, "latest_chart", columns) == [
        (1, "B", friday(0), 2, 2, "up"),
        (2, "A", friday(0), 2, 1, "down"),
        (3, "C", friday(0), 2, None, "new"),
    ]


def test_a_song_that_left_and_came_back_is_a_re_entry() -> None:
    rows = chart(0, "A B") + chart(1, "A C") + chart(2, "B A")
    columns = "song_name, previous_rank, peak_rank, weeks_on_chart, move, first_week"
    assert of(rows, "latest_chart", columns) == [
        ("A", 1, 1, 3, "down", friday(0)),
        ("B", None, 1, 2, "re-entry", friday(0)),
    ]


def test_charts_begin_and_end_each_in_its_own_week() -> None:
    rows = chart(0, "A") + chart(1, "A") + chart(1, "A", chart="global")
    assert of(rows, "chart_history", "chart, week, tracked_since, move, on_chart_at_start") == [
        ("global", friday(1), friday(1), None, True),
        ("norway", friday(0), friday(0), None, True),
        ("norway", friday(1), friday(0), "same", True),
    ]
    rows += chart(2, "B", chart="global")
    assert of(rows, "latest_chart", "chart, week, song_name") == [
        ("global", friday(2), "B"),
        ("norway", friday(1), "A"),
    ]


def test_a_song_under_a_new_id_goes_on() -> None:
    rows = [*chart(0, "B A"), song(1, 1, "A", song_id="album version"), song(1, 2, "B")]
    columns = "song_name, song, previous_rank, weeks_on_chart, move"
    assert of(rows, "latest_chart", columns) == [
        ("A", "A | someone", 2, 2, "up"),
        ("B", "B | someone", 1, 2, "down"),
    ]


@pytest.mark.parametrize("names", ["A B C D E", "E D C B A", "C A E B D", "B E A D C"])
@pytest.mark.parametrize("starts_with", ["name", "id"])
def test_a_song_goes_on_through_a_chain_of_new_names_and_new_ids(
    names: str, starts_with: str
) -> None:
    called = [name for name in names.split() for _ in range(2)]
    under = ["id 0", *(f"id {number}" for number in range(1, 5) for _ in range(2)), "id 5"]
    pairs = list(zip(called, under, strict=True))[0 if starts_with == "name" else 1 :][:8]
    rows = [song(week, 1, name, song_id=song_id) for week, (name, song_id) in enumerate(pairs)]
    rows.append(song(0, 2, "other"))
    first = min(name for name, _ in pairs)
    for order in (rows, rows[::-1]):
        got = of(order, "chart_history", "week, song, weeks_on_chart", "song_name <> 'other'")
        assert got == [(friday(week), f"{first} | someone", week + 1) for week in range(len(pairs))]
    assert set(expected_views.identities(rows).values()) == {
        f"{first} | someone",
        "other | someone",
    }


def test_songs_without_a_name_are_told_apart_by_id() -> None:
    rows = [
        song(0, 1, None, song_id="one"),
        song(0, 2, None, song_id="two"),
        song(1, 1, None, song_id="two"),
    ]
    assert of(rows, "latest_chart", "song, previous_rank, move") == [("id:two", 2, "up")]


def test_a_song_twice_in_a_week_counts_once_by_its_best_rank() -> None:
    rows = [*chart(0, "A B"), song(0, 3, "A", song_id="other"), *chart(1, "B A")]
    columns = "song_name, previous_rank, peak_rank, weeks_on_chart, move"
    assert of(rows, "latest_chart", columns) == [("A", 1, 1, 2, "down"), ("B", 2, 1, 2, "up")]
    twins = of(rows, "chart_history", "rank, peak_rank, weeks_on_chart", "week = '2025-11-07'")
    assert twins == [(1, 1, 1), (2, 2, 1), (3, 1, 1)]
    assert of(rows, "chart_weeks", "entries, departures") == [(2, 0), (3, None)]


def test_reported_figures_give_moves_from_the_first_week_on() -> None:
    rows = [
        song(0, 1, "A", **reported(1, 2, 9)),
        song(0, 2, "B", **reported(2, None, 1)),
        song(0, 3, "C", **reported(1, None, 5)),
    ]
    assert of(rows, "chart_history", "song_name, move") == [
        ("A", "up"),
        ("B", "new"),
        ("C", "re-entry"),
    ]
    columns = "new_entries, re_entries, moves_reported, turnover, departures"
    assert of(rows, "chart_weeks", columns) == [(1, 1, 3, 2 / 3, None)]


def test_counting_goes_on_from_spotify_s_figures() -> None:
    rows = [*chart(0, "B A"), song(1, 1, "B"), song(1, 5, "A", **reported(2, 7, 12))]
    rows += [song(2, 1, "B"), song(2, 3, "A"), song(4, 1, "A"), song(4, 2, "B")]
    columns = (
        "week, previous_rank, peak_rank, weeks_on_chart, figures_from, on_chart_at_start, move"
    )
    assert of(rows, "chart_history", columns, "song_name = 'A'") == [
        (friday(0), None, 2, 1, "counted", True, None),
        (friday(1), 7, 2, 12, "spotify", False, "up"),
        (friday(2), 5, 2, 13, "counted", False, "up"),
        (friday(4), 3, 1, 14, "counted", False, "up"),
    ]


def test_in_a_first_week_that_is_reported_as_all_new_history_simply_starts() -> None:
    new = reported(1, None, 1)
    first = [song(0, rank, name, **new) for rank, name in enumerate("ABC", 1)]
    second = [song(1, rank, name, **new) for rank, name in enumerate("DEF", 1)]
    history = of(first + second, "chart_history", "song_name, weeks_on_chart, move")
    assert history[:3] == [("A", 1, None), ("B", 1, None), ("C", 1, None)]
    assert history[3:] == [("D", 1, "new"), ("E", 1, "new"), ("F", 1, "new")]
    columns = "week, new_entries, re_entries, moves_reported, turnover"
    assert of(first + second, "chart_weeks", columns) == [
        (friday(0), None, None, 0, None),
        (friday(1), 3, 0, 3, 1.0),
    ]


def test_a_reported_peak_worse_than_the_rank_gives_way_to_it() -> None:
    assert of([song(0, 3, "A", **reported(8, None, 1))], "chart_history", "peak_rank") == [(3,)]


# --- What each chart was like -------------------------------------------------------------------


def test_turnover_compares_with_the_last_collected_week() -> None:
    rows = chart(0, "A B C D") + chart(3, "A E F B") + chart(4, "A C E G")
    columns = "week, new_entries, re_entries, departures, turnover, weeks_since_previous"
    assert of(rows, "chart_weeks", columns) == [
        (friday(0), None, None, None, None, None),
        (friday(3), 2, 0, 2, 0.5, 3),
        (friday(4), 1, 1, 2, 0.5, 1),
    ]


@pytest.mark.parametrize(("lengths", "median"), [([3, None, 1], 2.0), ([5, 1, 9], 5.0), ([], None)])
def test_the_median_length_is_of_the_lengths_known(lengths: list[int], median: float) -> None:
    rows = [song(0, 9, "Z"), *(song(0, r, f"{r}", duration_ms=d) for r, d in enumerate(lengths, 1))]
    known = sum(length is not None for length in lengths)
    assert of(rows, "chart_weeks", "median_duration_ms, duration_known") == [(median, known)]


def test_a_share_is_null_where_nothing_is_known() -> None:
    columns = "explicit_share, fresh_share, catalogue_share, variety, streams, lead_artists_known"
    assert of(chart(0, "A"), "chart_weeks", columns) == [(None, None, None, None, None, 0)]


@pytest.mark.parametrize(
    ("days_before_week_end", "fresh", "catalogue"),
    [(-20, 1.0, 0.0), (27, 1.0, 0.0), (28, 0.0, 0.0), (548, 0.0, 0.0), (549, 0.0, 1.0)],
)
def test_fresh_is_of_the_last_four_weeks_and_catalogue_over_548_days(
    days_before_week_end: int, fresh: float, catalogue: float
) -> None:
    released = friday(0) + timedelta(days=6 - days_before_week_end)
    rows = {"songs": [song(0, 1, "A", album_id="x")], "albums": [album(0, "x", released)]}
    assert of(rows, "chart_weeks", "fresh_share, catalogue_share") == [(fresh, catalogue)]


@pytest.mark.parametrize(
    ("released", "precision", "fresh", "catalogue"),
    [
        (date(1984, 1, 1), "year", 0.0, 1.0),
        (date(2025, 1, 1), "year", None, 0.0),  # of the week's own year: fresh, perhaps
        (date(2024, 1, 1), "year", 0.0, None),  # 548 days before 13 November 2025: 14 May 2024
        (date(2024, 5, 1), "month", 0.0, None),
        (date(2024, 4, 17), "month", 0.0, 1.0),
        (date(2025, 11, 1), "month", 1.0, 0.0),
        (date(2025, 10, 1), "month", None, 0.0),  # fresh from 17 October on
    ],
)
def test_a_release_known_by_month_or_year_is_judged_only_where_it_is_certain(
    released: date, precision: str, fresh: float | None, catalogue: float | None
) -> None:
    albums = [album(0, "x", released, precision)]
    rows = {"songs": [song(0, 1, "A", album_id="x")], "albums": albums}
    columns = "fresh_share, fresh_known, catalogue_share, catalogue_known"
    known = (int(fresh is not None), int(catalogue is not None))
    assert of(rows, "chart_weeks", columns) == [(fresh, known[0], catalogue, known[1])]


def test_variety_is_the_effective_number_of_lead_artists() -> None:
    credited = [("A", ["Ada", "Bo"]), ("B", ["Ada"]), ("C", ["Ada"]), ("D", ["Bo"])]
    rows = {
        "songs": chart(0, "A B C D E"),
        "song_artists": [row for name, who in credited for row in credit(0, f"id-{name}", who)],
    }
    columns = "distinct_lead_artists, lead_artists_known, variety"
    assert of(rows, "chart_weeks", columns) == [(2, 4, 1.6)]  # 1 / (0.75^2 + 0.25^2)


def test_charts_share_songs_under_different_ids_and_names() -> None:
    rows = chart(0, "A B C D") + chart(0, "E", chart="sweden") + chart(1, "A")
    rows += [
        song(0, 1, "A", chart="global", song_id="elsewhere"),
        song(0, 2, "B (edited)", chart="global", song_id="id-B"),
        *(song(0, rank, f"{rank}", chart="global") for rank in (3, 4, 5)),
    ]
    assert of(rows, "chart_overlap", "chart, other_chart, shared_songs, share") == [
        ("global", "norway", 2, 0.4),
        ("global", "sweden", 0, 0.0),
        ("norway", "global", 2, 0.5),
        ("norway", "sweden", 0, 0.0),
        ("sweden", "global", 0, 0.0),
        ("sweden", "norway", 0, 0.0),
    ]


# --- Who leads, and what is listened to ---------------------------------------------------------


def test_leading_artists_that_are_equal_share_a_rank_and_places_add_up() -> None:
    rows = {
        "songs": [*chart(0, "A B C"), *chart(2, "C"), song(2, 4, "A", streams=7)],
        "song_artists": credit(0, "id-A", ["Ada", "Bo"])
        + credit(0, "id-B", ["Ada", "Bo", "Bo"])
        + credit(0, "id-C", ["Cy"])
        + credit(2, "id-A", ["Ada"]),
        "artists": [artist(0, "Ada"), artist(0, "Bo") | {"name": "Bo!"}],
    }
    columns = (
        "leader_rank, artist_name, songs, lead_songs, best_rank, chart_places_to_date, "
        "round(place_share, 2), streams"
    )
    assert of(rows, "artist_leaders", columns, f"week = '{friday(0)}'") == [
        (1, "Ada", 2, 2, 1, 2, 0.67, None),
        (1, "Bo!", 2, 0, 1, 2, 0.67, None),
        (3, "Cy", 1, 1, 3, 1, 0.33, None),
    ]
    later = of(rows, "artist_leaders", columns, f"week = '{friday(2)}'")
    assert later == [(1, "Ada", 1, 1, 4, 3, 0.5, 7)]


def test_leading_albums_add_up_over_the_collected_weeks() -> None:
    rows = {
        "songs": [
            song(0, 1, "A", album_id="x"),
            song(0, 2, "B", album_id="x"),
            song(0, 3, "C", album_id="y"),
            song(0, 4, "D"),
            song(2, 1, "A", album_id="x"),
            song(2, 2, "A", album_id="x"),
        ],
        "albums": [album(0, "x"), album(2, "x")],
    }
    columns = (
        "week, leader_rank, album_id, album_name, artist_names, album_type, best_rank, songs, "
        "place_share, chart_weeks_to_date"
    )
    assert of(rows, "album_leaders", columns) == [
        (friday(0), 1, "x", "X", "Makers of x", "single", 1, 2, 0.5, 2),
        (friday(0), 2, "y", None, None, None, 3, 1, 0.25, 1),
        (friday(2), 1, "x", "X", "Makers of x", "single", 1, 2, 1.0, 4),
    ]


def test_where_lead_artists_are_from_and_which_genres_open_data_tells() -> None:
    rows = {
        "songs": chart(0, "A B C D"),
        "song_artists": [
            *credit(0, "id-A", ["Ada", "Bo"]),
            *credit(0, "id-B", ["Ada"]),
            *credit(0, "id-C", ["Bo"]),
        ],
        "artists": [
            artist(0, "Ada", ["folk"], "wikidata") | {"country": "NO"},
            artist(0, "Bo", ["folk"]),
        ],
    }
    assert of(rows, "country_weeks", "country, songs, share, known_share") == [
        ("NO", 2, 0.5, 0.5),
        ("unknown", 2, 0.5, 0.5),
    ]
    shares = "known_share, spotify_share, wikidata_share, musicbrainz_share"
    assert of(rows, "genre_weeks", f"genre, songs, open_data_songs, {shares}") == [
        ("folk", 3, 2, 0.75, 0.25, 0.5, 0),
        ("unknown", 1, 0, 0.75, 0.25, 0.5, 0),
    ]


def test_a_genre_is_the_lead_artist_s_first_and_unknown_without_one() -> None:
    rows = {
        "songs": chart(0, "A B C D E"),
        "song_artists": credit(0, "id-A", ["Ada", "Bo"])
        + credit(0, "id-B", ["Cy", "Ada"])
        + credit(0, "id-C", ["Di"])
        + credit(0, "id-D", ["Gus"]),
        "artists": [
            artist(0, "Ada", ["rock", "pop"]),
            artist(0, "Bo", ["folk"]),
            artist(0, "Cy", []),
            artist(0, "Di", None),
        ],
    }
    assert of(rows, "genre_weeks", "genre, songs, open_data_songs, share, known_share") == [
        ("rock", 1, 0, 0.2, 0.2),
        ("unknown", 4, 0, 0.8, 0.2),
    ]
    assert of(rows, "artist_genres", "artist_name, genre_order, genre") == [
        ("Ada", 1, "rock"),
        ("Ada", 2, "pop"),
        ("Bo", 1, "folk"),
    ]


# --- What each did over a period ----------------------------------------------------------------


def test_the_tenth_place_is_in_the_top_10() -> None:
    rows = chart(0, "A B C D E F G H I J K")
    songs = {
        "songs": rows,
        "song_artists": [
            one for row in rows for one in credit(0, row["song_id"], [row["song_id"]])
        ],
    }
    at = "weeks_in_top_10"
    assert of(songs, "song_totals", f"song_name, {at}", "song_name >= 'J'") == [("J", 1), ("K", 0)]
    assert of(songs, "artist_totals", f"artist_id, {at}", "artist_id >= 'id-j'") == [
        ("id-j", 1),
        ("id-k", 0),
    ]


def test_a_song_comes_from_where_it_was_best_and_other_charts_follow() -> None:
    rows = [*chart(0, "X", chart="a"), *chart(0, "X", chart="b"), *chart(0, "X", chart="c")]
    rows += chart(1, "X A", chart="a") + chart(1, "A X", chart="b") + chart(3, "X A", chart="c")
    columns = "chart, first_chart, charts_at_first, days_after_first, is_partial"
    assert of(rows, "song_travels", columns, "song_name = 'A'") == [
        ("a", "b", 2, 0, False),
        ("b", "b", 2, 0, False),
        ("c", "b", 2, 14, False),
    ]
    pairs = "chart, other_chart, songs_first_here, songs_first_there, songs_same_week, mean_days"
    assert of(rows, "chart_pairs", pairs, "chart <> 'b' AND other_chart <> 'b'") == [
        ("a", "c", 1, 0, 0, 14.0),
        ("c", "a", 0, 1, 0, -14.0),
    ]


def test_a_song_counts_in_the_year_in_which_it_came_first() -> None:
    at_new_year = [
        row for week, names in ((5, "X"), (6, "X A"), (7, "X A")) for row in chart(week, names)
    ]
    later = [
        row for week in (5, 6, 7) for row in chart(week, "X A" if week == 7 else "X", chart="b")
    ]
    columns = "year, chart, weeks, songs_first_here, songs_first_there"
    assert of(at_new_year + later, "chart_pairs", columns) == [
        (2025, "b", 2, 0, 1),
        (2025, "norway", 2, 1, 0),
        (2026, "b", 1, 0, 0),
        (2026, "norway", 1, 0, 0),
    ]


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 12, 25), 2026), (date(2027, 1, 1), 2027), (date(2020, 12, 25), 2020)],
)
def test_a_week_is_of_the_year_of_its_thursday(day: date, year: int) -> None:
    week = (day - friday(0)).days // 7
    assert of([song(week, 1, "A")], "chart_years", "year, first_week") == [(year, day)]


def test_a_year_ranks_by_plays_only_where_all_are_known() -> None:
    rows = [song(0, 1, "A", streams=10), song(0, 2, "B", streams=90), song(1, 1, "A", streams=10)]
    columns = "name, place, measure, value, weeks, peak_rank"
    assert of(rows, "year_charts", columns) == [
        ("A", 2, "streams", 20, 2, 1),
        ("B", 1, "streams", 90, 1, 2),
    ]
    rows[2]["streams"] = None
    assert of(rows, "year_charts", columns) == [
        ("A", 1, "points", 400, 2, 1),
        ("B", 2, "points", 199, 1, 2),
    ]


@pytest.mark.parametrize("sql", ["{}", " with one AS (SELECT 1 AS n) {}"])
def test_a_range_is_ranked_as_a_year_is(sql: str) -> None:
    rows = chart(0, "A B") + chart(1, "B A") + chart(2, "B A") + chart(3, "C D")
    asked = sql.format(
        "SELECT name, place, weeks, year FROM year_charts WHERE kind = 'song' ORDER BY ALL"
    )
    got = views_over({"songs": rows}).execute(over_range(asked, friday(1), friday(2))).fetchall()
    assert got == [("A", 2, 2, 2025), ("B", 1, 2, 2025)]
    commented = f"-- best\n/* of\nthem */ {asked}"
    got = (
        views_over({"songs": rows}).execute(over_range(commented, friday(1), friday(2))).fetchall()
    )
    assert got == [("A", 2, 2, 2025), ("B", 1, 2, 2025)]
    whole = over_range("SELECT * FROM year_charts", date.min, date.max)
    one_year = select(views_over({"songs": rows}), "SELECT * FROM year_charts")
    assert select(views_over({"songs": rows}), whole) == one_year


@pytest.mark.parametrize(
    ("sql", "first", "says"),
    [
        ("SELECT * FROM song_totals", friday(0), "the query names neither"),
        ("SELECT * FROM year_charts", friday(2), "is after --to 2025-11-14"),
    ],
)
def test_a_range_that_would_change_nothing_is_refused(sql: str, first: date, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        over_range(sql, first, friday(1))


def test_a_chart_that_is_collected_later_is_not_behind() -> None:
    rows = chart(0, "X", chart="a") + chart(1, "X A", chart="a") + chart(2, "X A", chart="a")
    rows += chart(2, "X", chart="b") + chart(3, "X A", chart="b")
    columns = "chart, first_chart, days_after_first, is_partial"
    assert of(rows, "song_travels", columns, "song_name = 'A'") == [
        ("a", "a", 0, False),
        ("b", "a", 14, True),
    ]
    assert of(rows, "chart_pairs", "sum(songs_first_here), sum(songs_first_there)") == [(0, 0)]
