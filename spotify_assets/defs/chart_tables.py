"""The five tables as assets of one step, which makes and judges weeks: a raw file is read once.

Deriving is in `tables`, judging and what follows from it in `checks`. Dagster reads the annotations
here, so they aren't postponed.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg

from spotify_assets.checks.making import Made
from spotify_assets.checks.storing import leave_changed_stale, make_noting_artists, store
from spotify_assets.defs import (
    FRESH,
    ONE_RUN,
    OWNERS,
    Shared,
    add_metadata,
    record_others,
    run_weeks,
)
from spotify_assets.defs.descriptions import column_schema, week_metadata
from spotify_assets.defs.io_managers import WeeklyFrames
from spotify_assets.defs.resources import ChartsResource, StorageResource, checked_base
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import HELD_BACK, table_key, week_folder
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import CHECK_RESULTS, TABLES
from spotify_assets.tables.store import split_by_week
from spotify_assets.weeks import describe_weeks
from spotify_assets.words import listed


def build_chart_tables(shared: Shared, settings: Settings) -> dg.AssetsDefinition:
    """Return the five tables as one step."""

    @dg.multi_asset(
        name=shared.name("chart_tables"),
        specs=[
            dg.AssetSpec(
                shared.key(table.name),
                partitions_def=shared.partitions,
                owners=OWNERS,
                freshness_policy=FRESH,
                # Not of raw_playlist as well: where two paths lead to a step of several assets,
                # Dagster refuses about half of the backfills that are launched in its UI.
                deps=shared.keys(["details"]),
                description=table.meaning,
                group_name="tables",
                kinds={"python", "parquet"},
                metadata={"dagster/column_schema": column_schema(table)},
            ).with_io_manager_key(shared.name("table_io_manager"))
            for table in TABLES.values()
        ],
        backfill_policy=ONE_RUN,
    )
    @shared.using
    def chart_tables(
        context: dg.AssetExecutionContext, storage: StorageResource, charts: ChartsResource
    ) -> Iterator[dg.Output[WeeklyFrames]]:
        """Songs, albums, artists and their credits, derived from raw files and details, and judged."""
        base = checked_base(context.run.run_id, storage, charts, settings)
        weeks = run_weeks(context)
        try:
            made = make_noting_artists(base, weeks)
        except UnreadableRawFile as error:
            raise dg.Failure(f"{error} Then materialize again.", allow_retries=False) from error
        mine = [week for week in made.weeks if week in weeks]
        if not mine:
            raise dg.Failure(
                f"The archive has no raw files for {describe_weeks(weeks)}: materialize raw_playlist "
                "first, with the weeks' files in the inbox.",
                allow_retries=False,
            )
        context.log.info(f"Derived and judged {describe_weeks(made.weeks)}")
        store(base.storage, made, but=mine)
        held_back: dict[tuple[date, str], list[str]] = {}
        for verdict in made.verdicts:
            if verdict.holds_back:
                place = (verdict.week, verdict.chart or "all")
                held_back.setdefault(place, []).extend(verdict.findings)
        for (week, chart), findings in held_back.items():
            context.log.warning(f"{chart} of {week} is held back: {listed(findings)}")
        kept = [week for week in mine if week not in made.withdrawn]
        for name, rows in made.all_tables.items():
            metadata = {
                week: _metadata(base.storage, name, week, of_week, made)
                for week, of_week in split_by_week(rows)
                if week in mine
            }
            add_metadata(context, shared.key(name), metadata)
            stored = mine if name == CHECK_RESULTS.name else kept
            yield dg.Output(WeeklyFrames(stored, rows), output_name=shared.name(name))
            record_others(context, shared.key(name), mine, metadata)
        if changed := leave_changed_stale(base.storage, made):  # each output is stored by now
            context.log.warning(
                f"{describe_weeks(changed)}: raw files came in during the run, so the next run makes "
                "this again"
            )

    return chart_tables


def _metadata(storage: Storage, name: str, week: date, rows: Any, made: Made) -> dict[str, Any]:
    metadata = week_metadata(TABLES[name], rows)
    metadata["file"] = dg.MetadataValue.path(storage.location(table_key(name, week)))
    if week in made.held_back and name != CHECK_RESULTS.name:
        place = storage.location(f"{HELD_BACK}{week_folder(week)}")
        metadata["as received, held back"] = dg.MetadataValue.path(place)
    return metadata
