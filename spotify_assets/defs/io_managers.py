"""How assets' values get to storage and back: raw files, and weekly tables, ours or yours.

Each takes one week or two hundred in one run. Table files are made in `tables.store`; the rules of inbox
and archive are in `raw`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from spotify_assets.defs.resources import StorageResource
from spotify_assets.layout import ARCHIVE, TABLES, RawName
from spotify_assets.raw.archive import (
    Fetched,
    RawFiles,
    archive_fetched,
    archived_files,
    note_sums,
)
from spotify_assets.raw.inbox import Recognised, take_all_in
from spotify_assets.tables import schemas
from spotify_assets.tables.schemas import WEEK
from spotify_assets.tables.store import read_week, split_by_week, weeks_of, write_week

SHOWN_FILES = 20


@dataclass(frozen=True)
class WeeklyFrames:
    """A frame of some weeks of a table, for a run that need not store all of its weeks.

    A week in `weeks` without a row is stored as a week without rows.
    """

    weeks: Sequence[date]
    rows: pa.Table


@dataclass(frozen=True)
class IncomingFiles:
    """What `raw_playlist` hands to storage: recognised inbox files, and what Spotify returned.

    `digests` are the SHA-256 of all raw files of its weeks, of those that are archived as well.
    """

    found: Sequence[Recognised]
    fetched: Sequence[Fetched] = ()
    digests: Mapping[RawName, str] = field(default_factory=dict)


class RawFileIOManager(dg.ConfigurableIOManager):
    """Takes recognised inbox files into the archive, and hands the archive's files downstream."""

    storage: dg.ResourceDependency[StorageResource]

    def handle_output(self, context: dg.OutputContext, obj: IncomingFiles) -> None:
        """Archive each snapshot and each file; a file is then removed from the inbox."""
        storage = self.storage.open()
        new = take_all_in(storage, obj.found)
        new += [one.name for one in obj.fetched if archive_fetched(storage, one)]
        note_sums(storage, obj.digests, new)
        context.add_output_metadata(
            {
                "inbox files taken in": len(obj.found),
                "charts fetched from Spotify": len(obj.fetched),
                "archive": dg.MetadataValue.path(storage.location(ARCHIVE)),
            }
        )
        if new:
            # One message: with a line per file, years of weeks would bury all others.
            more = f" and {len(new) - SHOWN_FILES} more" if len(new) > SHOWN_FILES else ""
            shown = ", ".join(name.path for name in sorted(new)[:SHOWN_FILES])
            context.log.info(f"New in the archive: {shown}{more}")

    def load_input(self, context: dg.InputContext) -> RawFiles:
        """Return the archive's files of the run's weeks."""
        weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]
        storage = self.storage.open()
        return RawFiles(storage, archived_files(storage, weeks))


class WeeklyTableIOManager(dg.ConfigurableIOManager):
    """Stores a table as one Parquet file per week; storing a week again replaces its file.

    It takes a pandas or Arrow frame with a `week` column, declared in `tables.schemas` or not. It
    returns an Arrow table, or a pandas frame where the input is annotated as one; there, `week` is a
    datetime.
    """

    storage: dg.ResourceDependency[StorageResource]

    def handle_output(
        self, context: dg.OutputContext, obj: WeeklyFrames | pa.Table | pd.DataFrame
    ) -> None:
        """Write each week's file.

        Raises:
            ValueError: the frame has no usable `week` column, has rows of a week that the run isn't
                about, or doesn't fit the declared columns.
        """
        name, storage = context.asset_key.path[-1], self.storage.open()
        run_weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]
        if isinstance(obj, WeeklyFrames):
            rows, weeks = obj.rows, obj.weeks
        else:
            rows, weeks = _arrow(obj, name), run_weeks
            foreign = sorted(weeks_of(rows) - set(run_weeks))
            if foreign:
                raise ValueError(f"{name} has rows of {foreign[0]}, which this run isn't about")
        parts, empty = dict(split_by_week(rows)), rows.slice(0, 0)

        def write(week: date) -> None:
            write_week(storage, name, week, parts.get(week, empty))

        for _ in storage.together(write, weeks):
            pass
        context.add_output_metadata(
            {"folder": dg.MetadataValue.path(storage.location(f"{TABLES}{name}"))}
        )

    def load_input(self, context: dg.InputContext) -> pa.Table | pd.DataFrame:
        """Return the run's weeks as one frame, in order; of several weeks, those that are stored.

        Raises:
            FileNotFoundError: the one week asked for isn't stored; names the file and the remedy.
        """
        name, storage = context.asset_key.path[-1], self.storage.open()
        weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]

        def read(week: date) -> pa.Table | None:
            try:
                return read_week(storage, name, week)
            except FileNotFoundError:
                if len(weeks) == 1:
                    raise
                return None

        parts = [rows for _, rows in storage.together(read, weeks) if rows is not None]
        declared = schemas.TABLES.get(name)
        if declared is not None:
            parts = [declared.schema.empty_table(), *parts]
        rows = pa.concat_tables(parts, promote_options="permissive")
        if context.dagster_type.typing_type is pd.DataFrame:
            return rows.to_pandas(date_as_object=False)
        return rows


def _arrow(frame: Any, name: str) -> pa.Table:
    """Return the frame in Arrow, with `week` as a date without nulls: the frame is split by it."""
    table = schemas.TABLES.get(name)
    if isinstance(frame, pd.DataFrame):
        try:
            schema = table.schema if table else None
            frame = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
            raise ValueError(f"this frame doesn't fit the table {name!r}: {error}") from error
    elif not isinstance(frame, pa.Table):
        raise ValueError(f"{name} takes a pandas or Arrow frame, not {type(frame).__name__}")
    if WEEK.name not in frame.column_names:
        raise ValueError(
            f"the frame of {name} has no column {WEEK.name!r}, by which it is split into files: add it, "
            "with the Friday that the week begins on"
        )
    place = frame.column_names.index(WEEK.name)
    try:
        weeks = frame.column(place).cast(WEEK.dtype)
    except (ValueError, pa.ArrowException):
        weeks = None
    if weeks is None or weeks.null_count:
        raise ValueError(
            f"the column {WEEK.name!r} of the frame of {name} must hold dates without nulls; it is "
            f"{frame.column(place).type} with {frame.column(place).null_count} nulls"
        )
    return frame.set_column(place, pa.field(WEEK.name, WEEK.dtype, nullable=False), weeks)
