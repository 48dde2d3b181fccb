"""The assets `songs`, `albums`, `artists` and `song_artists`: tables derived from raw files.

One step derives all four, so that a raw file is read once. The derivation itself is in
`payloads.tables`; here are metadata and progress. Dagster reads the annotations
here, so they aren't postponed.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import date
from typing import Any

import dagster as dg

from spotify_assets.charts import Charts
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS, damaged_file, run_weeks
from spotify_assets.defs.descriptions import column_lineage, column_schema, week_metadata
from spotify_assets.defs.details import known_details
from spotify_assets.defs.io_managers import WeeklyFrames
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName, table_key
from spotify_assets.raw.archive import RawFiles, slices
from spotify_assets.raw.checksums import altered_files
from spotify_assets.raw.details import Details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.spool import Spool
from spotify_assets.tables.store import split_by_week


def build_chart_tables(
    partitions: dg.PartitionsDefinition[str], table_format: TableFormat
) -> dg.AssetsDefinition:
    """The four tables as one step, on these partitions."""

    @dg.multi_asset(
        specs=[
            dg.AssetSpec(
                table.name,
                deps=["raw_playlist", "details"],
                description=table.meaning,
                group_name="tables",
                kinds={"python", table_format},
                owners=OWNERS,
                freshness_policy=FRESH,
                metadata={
                    "dagster/column_schema": column_schema(table),
                    "dagster/column_lineage": column_lineage(table),
                },
            ).with_io_manager_key("table_io_manager")
            for table in TABLES.values()
        ],
        ins={"raw_files": dg.AssetIn("raw_playlist", input_manager_key="raw_io_manager")},
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        can_subset=True,
    )
    def chart_tables(
        context: dg.AssetExecutionContext,
        raw_files: RawFiles,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> Iterator[dg.Output[WeeklyFrames]]:
        """Songs, albums, artists and their credits, derived from raw files and details."""
        if not raw_files.files:
            raise dg.Failure(
                description=f"The archive has no raw files for {_weeks(run_weeks(context))}: "
                "materialize raw_playlist first, with the weeks' files in the inbox.",
                allow_retries=False,
            )
        names = [key.path[-1] for key in context.selected_asset_keys]
        with ExitStack() as closed_at_the_end:
            spools = {
                name: closed_at_the_end.enter_context(closing(Spool(TABLES[name].schema)))
                for name in TABLES
                if name in names
            }
            made_from: dict[RawName, str] = {}
            metadata = _derive(
                context, raw_files, inbox_rules.charts, known_details(storage), spools, made_from
            )
            altered = altered_files(storage, made_from)
            for name, spool in spools.items():
                nothing = week_metadata(TABLES[name], TABLES[name].schema.empty_table())
                for week in run_weeks(context):
                    file = storage.location(table_key(name, week, table_format))
                    of_week = {
                        **metadata.get((name, week), nothing),
                        "file": dg.MetadataValue.path(file),
                    }
                    context.add_asset_metadata(of_week, name, partition_key=week.isoformat())
                frames = WeeklyFrames(raw_files.weeks, spool, altered)
                yield dg.Output(frames, output_name=name)

    return chart_tables


def _derive(
    context: dg.AssetExecutionContext,
    raw_files: RawFiles,
    charts: Charts,
    details: Details,
    spools: Mapping[str, Spool],
    made_from: dict[RawName, str],
) -> dict[tuple[str, date], dict[str, Any]]:
    """Put the rows of the raw files aside, slice by slice, and note in `made_from` what they were.

    Gives each table's metadata by week.
    """
    metadata = {}
    for weeks in slices(raw_files):
        try:
            derived = derive_tables(raw_files.read(weeks), charts, details)
        except UnreadableRawFile as error:
            raise damaged_file(str(error)) from error
        made_from |= derived.made_from
        for name, spool in spools.items():
            rows = derived.tables[name]
            spool.append(rows)
            for week, of_week in split_by_week(rows):
                metadata[name, week] = week_metadata(TABLES[name], of_week)
        context.log.info(f"Derived {weeks[0]} to {weeks[-1]} of {raw_files.weeks[-1]}")
    return metadata


def _weeks(weeks: list[date]) -> str:
    return f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
