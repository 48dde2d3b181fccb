"""Every check of the tables: what it asserts, how bad it is if that fails, and why so bad.

The one list that Dagster's checks, the catalog's audit, the report and the documentation go by. The
rules themselves are in the `_rules` modules. Checks of raw files and catalogs ask more than a week's
tables and are in `raw_checks` and `catalog_checks`.
"""

from __future__ import annotations

from spotify_assets.checks import detail_rules, reference_rules
from spotify_assets.checks.declared_of_songs import SONG_CHECKS
from spotify_assets.checks.origin_rules import as_derived_rule
from spotify_assets.checks.reasons import ALTERED, DANGLING, DOUBLED, SHAPE, WRONG
from spotify_assets.checks.schema_rules import SCHEMA, schema_rule, unique_key_rule
from spotify_assets.checks.verdicts import Check
from spotify_assets.tables.schemas import TABLES

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

TABLE_CHECKS: tuple[Check, ...] = (*_SHAPE_CHECKS, *SONG_CHECKS, *_OTHER_CHECKS)
AUDIT: tuple[Check, ...] = tuple(check for check in TABLE_CHECKS if check.holds_back)
"""The checks that keep a week from being published."""
