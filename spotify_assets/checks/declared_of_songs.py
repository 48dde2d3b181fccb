"""The checks of songs beyond their shape. All checks of the tables together are in `declared`."""

from __future__ import annotations

from spotify_assets.checks import history_rules, song_rules
from spotify_assets.checks.reasons import DOUBLED, UNUSUAL, WRONG
from spotify_assets.checks.verdicts import Check

SONG_CHECKS = (
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
        "charts_differ",
        "No two charts are the same in their first 20 ranks.",
        "ERROR",
        "One of them would be another chart under this one's name.",
        song_rules.charts_differ,
        {"songs": ("chart", "rank", "song_id")},
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
        "streams_as_usual",
        "A chart's first 20 ranks have about as many streams as in the eight weeks before.",
        "WARN",
        UNUSUAL,
        history_rules.streams_as_usual,
        {"songs": ("chart", "rank", "streams")},
        thresholds=("check_streams_change",),
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
        "No chart of 20 rows or more is, rank for rank, that of one of eight weeks before.",
        "ERROR",
        "It would be another week's chart under this week's date.",
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
