"""Every check of the tables: what it asserts, how bad it is if that fails, and why so bad.

The one list that Dagster's checks, the catalog's audit, the report and the documentation go by. The
rules themselves are in the `_rules` modules. Checks of raw files and catalogs ask more than a week's
tables and are in `raw_checks` and `catalog_checks`.
"""

from __future__ import annotations

from spotify_assets.checks import detail_rules, history_rules, reference_rules, song_rules
from spotify_assets.checks.origin_rules import as_derived_rule
from spotify_assets.checks.schema_rules import SCHEMA, schema_rule, unique_key_rule
from spotify_assets.checks.verdicts import Check
from spotify_assets.schemas import TABLES

SHAPE = "What is downstream relies on the shape, and would fail or answer wrongly."
DOUBLED = "Whatever is counted or summed would count twice."
WRONG = "A value that can't be is a mistake in parsing or a damaged file."
DANGLING = "Joins would lose rows without a word."
ALTERED = "Ranks or names that somebody changed look as true as any."
UNUSUAL = "Unusual, but it can be true: somebody should look."

_SONG_CHECKS = (
    Check(
        "songs",
        "not_empty",
        "The week has songs.",
        "ERROR",
        "An empty week would look like one in which nothing was heard.",
        song_rules.not_empty,
    ),
    Check(
        "songs",
        "song_once_per_chart",
        "No song stands twice in a chart.",
        "ERROR",
        DOUBLED,
        song_rules.song_once_per_chart,
        {"songs": ("chart", "song_id", "rank")},
    ),
    Check(
        "songs",
        "ranks_without_holes",
        "The ranks of a chart go from 1 to its last without one missing.",
        "WARN",
        "Spotify's own files have holes, and what is there is true.",
        song_rules.ranks_without_holes,
        {"songs": ("chart", "rank")},
    ),
    Check(
        "songs",
        "values_possible",
        "No rank, length, popularity, stream count or date that can't be.",
        "ERROR",
        WRONG,
        song_rules.values_possible,
        {
            "songs": (
                "rank",
                "week_end",
                "duration_ms",
                "popularity",
                "streams",
                "reported_peak_rank",
                "reported_previous_rank",
                "reported_weeks_on_chart",
                "source",
            )
        },
    ),
    Check(
        "songs",
        "values_plausible",
        "Songs are neither very short nor very long, and none has 0 streams.",
        "WARN",
        UNUSUAL,
        song_rules.values_plausible,
        {"songs": ("duration_ms", "streams")},
        thresholds=(
            "check_shortest_song_seconds",
            "check_longest_song_minutes",
        ),
    ),
    Check(
        "songs",
        "streams_fall_with_rank",
        "No song has more streams than the one ranked before it.",
        "ERROR",
        "Ranks and streams contradict each other, so one of them is wrong.",
        song_rules.streams_fall_with_rank,
        {"songs": ("chart", "rank", "streams")},
    ),
    Check(
        "songs",
        "row_count",
        "A chart has about as many rows as in the eight weeks before, and no chart has gone.",
        "WARN",
        "Spotify may shorten a chart, and what is there is true.",
        history_rules.row_count,
        {"songs": ("chart", "source")},
        thresholds=("check_row_count_change",),
    ),
    Check(
        "songs",
        "overlap_with_week_before",
        "A chart keeps some of its songs from the week before, and not all of them their rank.",
        "WARN",
        UNUSUAL,
        history_rules.overlap_with_week_before,
        {"songs": history_rules.COLUMNS_COMPARED},
        thresholds=(
            "check_songs_kept_least",
            "check_ranks_unchanged_most",
        ),
    ),
    Check(
        "songs",
        "not_a_copy",
        "No chart of 20 rows or more is, rank for rank, that of the collected week before.",
        "ERROR",
        "It would be last week's chart under this week's date: Spotify hadn't refreshed it.",
        history_rules.not_a_copy,
        {"songs": history_rules.COLUMNS_COMPARED},
    ),
    Check(
        "songs",
        "refreshed_for_week",
        "Charts from playlists were refreshed for this week, where Spotify says when.",
        "ERROR",
        "It would be another week's chart under this week's date.",
        song_rules.refreshed_for_week,
        {"songs": ("chart", "source", "added_at")},
    ),
    Check(
        "songs",
        "previous_rank_agreement",
        "The ranks in the week before are nearly all as Spotify reports them.",
        "WARN",
        "One of the two weeks may be under a wrong date; but Spotify's word may be off, too.",
        history_rules.previous_rank_agreement,
        {
            "songs": (
                *history_rules.COLUMNS_COMPARED,
                "reported_previous_rank",
                "reported_weeks_on_chart",
            )
        },
        thresholds=("check_previous_rank_agreement",),
    ),
)

_OTHER_CHECKS = (
    Check(
        "albums",
        "references_resolve",
        "Every album that a song names is there, and every album is named by a song.",
        "ERROR",
        DANGLING,
        reference_rules.albums_referenced,
        {"songs": ("album_id",), "albums": ("album_id",)},
    ),
    Check(
        "albums",
        "release_precision",
        "A release date says how precise it is, and is the first day of what is known.",
        "ERROR",
        WRONG,
        detail_rules.release_precision,
        {"albums": ("release_date", "release_date_precision")},
    ),
    Check(
        "albums",
        "release_dates",
        "No album of a charting song came out after the week.",
        "WARN",
        "Spotify dates some albums whose first songs are out already in the future.",
        detail_rules.release_dates,
        {"albums": ("release_date",)},
    ),
    Check(
        "artists",
        "references_resolve",
        "Every artist in the credits is there, and every artist is credited.",
        "ERROR",
        DANGLING,
        reference_rules.artists_referenced,
        {"song_artists": ("artist_id",), "artists": ("artist_id",)},
    ),
    Check(
        "artists",
        "values_possible",
        "No popularity or number of followers that can't be.",
        "ERROR",
        WRONG,
        detail_rules.values_possible,
        {"artists": ("popularity", "followers")},
    ),
    Check(
        "artists",
        "genre_coverage",
        "Enough of the artists have a genre.",
        "WARN",
        "Charts are whole without genres; only shares of genres say little.",
        detail_rules.genre_coverage,
        {"artists": ("genres",)},
        thresholds=("check_genre_coverage",),
    ),
    Check(
        "song_artists",
        "references_resolve",
        "Every song that names artists has credits, and every credit is of a song.",
        "ERROR",
        DANGLING,
        reference_rules.songs_credited,
        {"songs": ("song_id", "artist_names"), "song_artists": ("song_id",)},
    ),
    Check(
        "song_artists",
        "positions_from_one",
        "A song's credits are numbered from 1 without one missing.",
        "ERROR",
        WRONG,
        reference_rules.positions_from_one,
        {"song_artists": ("song_id", "artist_position")},
    ),
)

_SHAPE_CHECKS = tuple(
    check
    for table in TABLES.values()
    for check in (
        Check(
            table.name,
            SCHEMA,
            "The stored columns, their types and where they may be null are as declared.",
            "ERROR",
            SHAPE,
            schema_rule(table),
        ),
        Check(
            table.name,
            "unique_key",
            f"No {', '.join(table.key)} stands in two rows.",
            "ERROR",
            DOUBLED,
            unique_key_rule(table),
            {table.name: table.key},
        ),
        Check(
            table.name,
            "as_derived",
            "The stored rows are those that were derived, from raw files as they were received.",
            "ERROR",
            ALTERED,
            as_derived_rule(table.name),
        ),
    )
)

TABLE_CHECKS: tuple[Check, ...] = (*_SHAPE_CHECKS, *_SONG_CHECKS, *_OTHER_CHECKS)
AUDIT: tuple[Check, ...] = tuple(check for check in TABLE_CHECKS if check.holds_back)
"""The checks that keep a week from being published."""
