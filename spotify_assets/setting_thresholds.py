"""From where on a week is odd: the thresholds of the checks, each a setting with its default.

They make a check that compares fail or pass; what can't be true at all, such as a rank of 0, has
none. What the checks do with them is in `checks`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Thresholds(BaseModel):
    """The thresholds; shares are from 0 to 1."""

    model_config = ConfigDict(frozen=True)

    check_row_count_change: float = Field(
        default=0.2,
        ge=0,
        description="the share by which a chart's rows may differ from its median of eight weeks, 0 up",
    )
    check_songs_kept_least: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="the least share of a chart's songs that were there the week before, 0 to 1",
    )
    check_ranks_unchanged_most: float = Field(
        default=0.75,
        ge=0,
        le=1,
        description="the most of a chart's songs that keep their rank, as a share from 0 to 1",
    )
    check_previous_rank_agreement: float = Field(
        default=0.95,
        ge=0,
        le=1,
        description="the least share of songs whose rank before is as Spotify reports it, 0 to 1",
    )
    check_streams_change: float = Field(
        default=3,
        ge=1,
        description="how many times more or fewer streams than in eight weeks before are odd, 1 up",
    )
    check_genre_coverage: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="the least share of artists with a genre, 0 to 1; 0 asks for none",
    )
    check_shortest_song_seconds: float = Field(
        default=30, ge=0, description="the seconds below which a song's length is odd, 0 up"
    )
    check_longest_song_minutes: float = Field(
        default=20, ge=0, description="the minutes above which a song's length is odd, 0 up"
    )
    check_latest_week_days: float = Field(
        default=3,
        ge=0,
        description="the days after its close within which the latest week should be there, 0 up",
    )
