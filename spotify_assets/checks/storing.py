"""Store weeks that were made: what passes, what is held back, and each week's verdicts last.

While a week is being stored it has no check_results, so that it is stale wherever the run is killed. The
weeks of a Dagster run are written by its IO manager; what is written of them here comes before that.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from spotify_assets.checks.making import Made
from spotify_assets.layout import (
    HELD_BACK,
    held_back_key,
    table_key,
    week_folder,
)
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS, TABLES
from spotify_assets.tables.store import (
    encode,
    held_back_weeks,
    split_by_week,
    stored_weeks,
    write_week,
)


def store(storage: Storage, made: Made, but: Collection[date] = ()) -> None:
    """Write the weeks; of the weeks in `but`, all that isn't for the IO manager to write."""
    weeks = set(made.weeks)
    stored = stored_weeks(storage)
    for week in sorted(weeks & set(stored.get(CHECK_RESULTS.name, ()))):
        storage.delete(table_key(CHECK_RESULTS.name, week))
    _hold_back(storage, made)
    for name in CHART_TABLES:
        for week in sorted(set(made.withdrawn) & set(stored.get(name, ()))):
            storage.delete(table_key(name, week))
    for name, rows in made.all_tables.items():
        parts = dict(split_by_week(rows))
        there = weeks if name == CHECK_RESULTS.name else weeks - set(made.withdrawn)
        for week in sorted(there - set(but)):
            empty = TABLES[name].schema.empty_table()
            write_week(storage, name, week, parts.get(week, empty))


def _hold_back(storage: Storage, made: Made) -> None:
    """Keep the weeks that failed as they were received, where no catalog shows them."""
    for week in sorted(held_back_weeks(storage) & (set(made.weeks) - made.held_back.keys())):
        for file in list(storage.files(f"{HELD_BACK}{week_folder(week)}")):
            storage.delete(file.key)
    for week, tables in made.held_back.items():
        for name, rows in tables.items():
            # As it is: it may be held back because it doesn't fit the declaration.
            storage.write(held_back_key(name, week), encode(rows, None))
