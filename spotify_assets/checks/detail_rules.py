"""Rules about what albums and artists say of themselves: dates, genres, popularity."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.conditions import Condition, no_rows_where
from spotify_assets.checks.verdicts import StoredWeek, Verdict, some_of
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.weeks import week_end

PRECISIONS = ("year", "month", "day")
ALBUM = ("album_id", "name", "release_date")
ARTIST = ("artist_id", "name")


def release_precision(week: StoredWeek, _: Thresholds) -> Verdict:
    """A release date says how precise it is, and is the first day of what is known."""
    albums = week.tables["albums"]
    dates, precision = albums.column("release_date"), albums.column("release_date_precision")
    has_date, is_known = pc.is_valid(dates), pc.is_in(precision, pa.array(PRECISIONS))
    conditions = {
        "release_date without its precision, or the reverse": pc.not_equal(
            has_date, pc.is_valid(precision)
        ),
        f"precision other than {', '.join(PRECISIONS)}": pc.and_(
            pc.is_valid(precision), pc.invert(is_known)
        ),
        "precision year, but not January 1": pc.and_kleene(
            pc.equal(precision, "year"),
            pc.or_kleene(pc.not_equal(pc.month(dates), 1), pc.not_equal(pc.day(dates), 1)),
        ),
        "precision month, but not its first day": pc.and_kleene(
            pc.equal(precision, "month"), pc.not_equal(pc.day(dates), 1)
        ),
    }
    return no_rows_where(
        albums,
        [Condition(what, "release_date_precision", is_met) for what, is_met in conditions.items()],
        "dates as precise as they say",
        ALBUM,
    )


def release_dates(week: StoredWeek, _: Thresholds) -> Verdict:
    """No album of a charting song came out after the week."""
    albums = week.tables["albums"]
    last = week_end(week.week)
    later = albums.filter(pc.greater(albums.column("release_date"), pa.scalar(last, pa.date32())))
    findings: tuple[str, ...] = ()
    if later.num_rows:
        count = "1 album is" if later.num_rows == 1 else f"{later.num_rows} albums are"
        findings = (f"{count} dated after the week's end",)
    newest = pc.max(albums.column("release_date")).as_py()
    return Verdict(
        f"release dates up to {last}",
        f"the newest is of {newest}" if newest else "no dates",
        findings,
        some_of(later, ("album_id", "name", "release_date", "release_date_precision")),
    )


def values_possible(week: StoredWeek, _: Thresholds) -> Verdict:
    """No popularity or number of followers that can't be."""
    artists = week.tables["artists"]
    popularity = artists.column("popularity")
    conditions = [
        Condition(
            "popularity outside 0 to 100",
            "popularity",
            pc.or_kleene(pc.less(popularity, 0), pc.greater(popularity, 100)),
        ),
        Condition("followers below 0", "followers", pc.less(artists.column("followers"), 0)),
    ]
    return no_rows_where(artists, conditions, "values that can be", ARTIST)


def genre_coverage(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """Enough of the artists have a genre for shares of genres to mean something."""
    artists = week.tables["artists"]
    genres = artists.column("genres")
    count = artists.num_rows
    told = pc.sum(pc.is_valid(genres)).as_py() or 0
    has_genre = pa.array([any(names or ()) for names in genres.to_pylist()], pa.bool_())
    having = pc.sum(has_genre).as_py() or 0
    least = thresholds.check_genre_coverage
    findings: tuple[str, ...] = ()
    if count and having < least * count:
        finding = f"{having} of {count} artists have a genre, fewer than {least:.0%}"
        if not told:
            finding += (
                "; none were given: without credentials nobody is asked, and Spotify doesn't tell "
                "every app. If you can do without, set SPOTIFY_ASSETS_CHECK_GENRE_COVERAGE=0"
            )
        findings = (finding,)
    lacking = artists.filter(pc.invert(has_genre))
    return Verdict(
        f"{least:.0%} or more of the artists",
        f"{having} of {count}",
        findings,
        some_of(lacking, ("artist_id", "name", "genres")) if findings else (),
    )
