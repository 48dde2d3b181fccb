"""What can happen to good data, and which check is there for it: all mutations.

Each is done to the week that closed last of `good_data`. How data is changed is in `damages`, what the
checks make of it in `mutation_sweep`.
"""

from __future__ import annotations

from spotify_assets_tests.mutations_by_hand import BY_HAND
from spotify_assets_tests.mutations_of_songs import OF_SONGS
from spotify_assets_tests.mutations_of_tables import OF_OTHER_TABLES
from spotify_assets_tests.mutations_of_weeks import OF_CATALOG, OF_RAW_FILES, OF_WEEKS

ALL_MUTATIONS = (*OF_SONGS, *OF_WEEKS, *OF_OTHER_TABLES, *BY_HAND, *OF_RAW_FILES, *OF_CATALOG)
