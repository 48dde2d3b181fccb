"""How assets' values get to storage and back: the raw files' IO manager and the tables'.

Both take one week or two hundred in one run. Table files are made in `table_files`, the rules of the
inbox and the archive are in `sources`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.layout import RawName, table_key, week_of_table_key
from spotify_assets.raw.archive import Fetched, RawFiles, archive_fetched, archived_files, note_sums
from spotify_assets.raw.inbox import Recognised, take_all_in
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES, WEEK, Table
from spotify_assets.tables.store import (
    concatenate,
    decode,
    drop_other_format,
    split_by_week,
    write_week,
)

SHOWN_FILES = 20


@dataclass(frozen=True)
class WeeklyFrames:
    """Frames that together hold some weeks of a table, none of them parted between two frames.

    A week in `weeks` without a row in any frame is stored as a week without rows. `altered` has, for
    each week, the raw files that its rows come from and that were no longer as received.
    """

    weeks: Sequence[date]
    frames: Iterable[pa.Table]
    altered: Mapping[date, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class IncomingFiles:
    """What `raw_playlist` hands to storage: recognised inbox files, and what Spotify was asked for.

    `digests` are the SHA-256 of all raw files of its weeks, those that the archive holds as well.
    """

    found: Sequence[Recognised]
    fetched: Sequence[Fetched] = ()
    digests: Mapping[RawName, str] = field(default_factory=dict)


class RawFileIOManager(dg.IOManager):
    """Takes recognised inbox files into the archive, and hands the archive's files downstream."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def handle_output(self, context: dg.OutputContext, obj: IncomingFiles) -> None:
        """Archive each snapshot and each file; a file is then removed from the inbox."""
        new = take_all_in(self._storage, obj.found)
        new += [s.name for s in obj.fetched if archive_fetched(self._storage, s)]
        new.sort()
        note_sums(self._storage, obj.digests, new)
        context.add_output_metadata(
            {
                "inbox files taken in": len(obj.found),
                "charts fetched from Spotify": len(obj.fetched),
                "archive": dg.MetadataValue.path(self._storage.location("raw/processed")),
            }
        )
        if new:
            # One message: with a line per file, years of weeks would bury all others.
            more = f" and {len(new) - SHOWN_FILES} more" if len(new) > SHOWN_FILES else ""
            shown = ", ".join(name.path for name in new[:SHOWN_FILES])
            context.log.info(f"New in the archive: {shown}{more}")

    def load_input(self, context: dg.InputContext) -> RawFiles:
        """The archive's files of the run's weeks."""
        weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]
        return RawFiles(self._storage, archived_files(self._storage, weeks))


@dataclass
class WeeklyTableIOManager(dg.IOManager):
    """Keeps a table as one file per week; putting a week again replaces its file.

    Takes a pandas or Arrow frame with a `week` column, or `WeeklyFrames` of them, and gives an Arrow
    table back, or a pandas frame where the input is annotated as one.
    """

    storage: Storage
    table_format: TableFormat
    tables: dict[str, Table] = field(default_factory=lambda: TABLES)

    def handle_output(
        self, context: dg.OutputContext, obj: WeeklyFrames | pa.Table | pd.DataFrame
    ) -> None:
        """Write each week's file.

        Raises:
            ValueError: a frame has rows of a week that the run isn't about or that a frame before it
                has, or doesn't fit the declared columns. Weeks before the offending one are stored,
                it and later ones not.
        """
        table = self._table(context.asset_key)
        run_weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]
        value = obj if isinstance(obj, WeeklyFrames) else WeeklyFrames(run_weeks, [obj])
        foreign = sorted(set(value.weeks) - set(run_weeks))
        if foreign:
            raise ValueError(f"{table.name} is given for {foreign[0]}, which this run isn't about")

        def write(part: tuple[date, pa.Table]) -> None:
            altered = value.altered.get(part[0], ())
            write_week(self.storage, table, self.table_format, *part, altered)

        for _ in self.storage.together(write, _weeks_of(value, table, run_weeks)):
            pass
        drop_other_format(self.storage, table, self.table_format, value.weeks)
        context.add_output_metadata(
            {
                "folder": dg.MetadataValue.path(
                    self.storage.location(f"{TABLE_FILES}{table.name}")
                ),
            }
        )

    def load_input(self, context: dg.InputContext) -> pa.Table | pd.DataFrame:
        """The run's weeks as one frame, in order.

        Raises:
            FileNotFoundError: a week hasn't been materialized; names it.
        """
        table = self._table(context.asset_key)
        weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]
        parts = self.storage.together(lambda week: self.read(table, week), weeks)
        rows = concatenate((part for _, part in parts), table)
        wants_pandas = context.dagster_type.typing_type is pd.DataFrame
        return rows.to_pandas() if wants_pandas else rows

    def read(self, table: Table, week: date) -> pa.Table:
        """A week's rows as stored."""
        key = table_key(table.name, week, self.table_format)
        try:
            content = self.storage.read(key)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{self.storage.location(key)} isn't there: materialize {table.name} for {week}"
            ) from None
        return decode(content, table, self.table_format, week)

    def stored_weeks(self, table: Table) -> list[date]:
        """The weeks that the table has a file of, in order."""
        weeks = {
            week
            for file in self.storage.files(f"{TABLE_FILES}{table.name}/")
            if (week := week_of_table_key(file.key))
            and file.key == table_key(table.name, week, self.table_format)
        }
        return sorted(weeks)

    def _table(self, asset_key: dg.AssetKey) -> Table:
        return self.tables[asset_key.path[-1]]


def _weeks_of(
    value: WeeklyFrames, table: Table, run_weeks: Sequence[date]
) -> Iterator[tuple[date, pa.Table]]:
    """Each week and its rows, those without rows last."""
    given: set[date] = set()
    for frame in value.frames:
        for week, rows in split_by_week(_arrow(frame, table)):
            if week not in run_weeks:
                raise ValueError(f"{table.name} has rows of {week}, which this run isn't about")
            if week in given:
                raise ValueError(f"{table.name} has rows of {week} in more than one frame")
            given.add(week)
            yield week, rows
    for week in sorted(set(value.weeks) - given):
        yield week, table.schema.empty_table()


def _arrow(frame: Any, table: Table) -> pa.Table:
    """The frame in Arrow, its `week` column checked: the frame is split by it."""
    if isinstance(frame, pd.DataFrame):
        try:
            frame = pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False)
        except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
            raise ValueError(f"this frame doesn't fit the table {table.name!r}: {error}") from error
    elif not isinstance(frame, pa.Table):
        raise ValueError(f"{table.name} takes a pandas or Arrow frame, not {type(frame).__name__}")
    if WEEK.name not in frame.column_names:
        raise ValueError(
            f"this frame of {table.name} has no column {WEEK.name}, which it is split by"
        )
    weeks = frame.column(WEEK.name)
    if weeks.type != WEEK.dtype or weeks.null_count:
        raise ValueError(
            f"the column {WEEK.name} of this frame of {table.name} must be {WEEK.dtype} without "
            f"nulls; it is {weeks.type} with {weeks.null_count} nulls"
        )
    return frame
