"""How weekly tables, ours or yours, get to storage and back: one week or two hundred in one run.

What a table's file contains is decided in `tables.store`. Raw files are archived by `raw_playlist`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow as pa

from spotify_assets.defs.resources import StorageResource
from spotify_assets.layout import TABLE_FILES
from spotify_assets.tables import schemas
from spotify_assets.tables.schemas import WEEK
from spotify_assets.tables.store import read_week, split_by_week, weeks_of, write_week

if TYPE_CHECKING:
    import pandas as pd  # takes half a second to load, and our own tables are Arrow's


@dataclass(frozen=True)
class WeeklyFrames:
    """A frame of some weeks of a table, for a run that need not store all of its weeks.

    A week in `weeks` without a row is stored as a week without rows.
    """

    weeks: Sequence[date]
    rows: pa.Table


class WeeklyTableIOManager(dg.ConfigurableIOManager):
    """Stores a table as one Parquet file per week; storing a week again replaces its file.

    It takes a pandas or Arrow frame with a `week` column, declared in `tables.schemas` or not. It
    returns an Arrow table, or a pandas frame where the input is annotated as one; there, `week` is a
    datetime.
    """

    storage: dg.ResourceDependency[StorageResource]

    def handle_output(
        self, context: dg.OutputContext, obj: "WeeklyFrames | pa.Table | pd.DataFrame"
    ) -> None:
        """Write each week's file.

        Raises:
            ValueError: the frame has no usable `week` column, has rows of a week that the run isn't
                about, or doesn't fit the declared columns.
        """
        name, storage = context.asset_key.path[-1], self.storage.of_run(context.run_id)
        run_weeks = [date.fromisoformat(key) for key in context.asset_partition_keys]
        if isinstance(obj, WeeklyFrames):
            rows, weeks = obj.rows, obj.weeks
        else:
            rows, weeks = _arrow(obj, name), run_weeks
            if foreign := weeks_of(rows).difference(run_weeks):
                raise ValueError(f"{name} has rows of {min(foreign)}, which this run isn't about")
        parts, empty = dict(split_by_week(rows)), rows.slice(0, 0)

        def write(week: date) -> None:
            write_week(storage, name, week, parts.get(week, empty))

        for _ in storage.together(write, weeks):
            pass
        context.add_output_metadata(
            {"folder": dg.MetadataValue.path(storage.location(f"{TABLE_FILES}{name}"))}
        )

    def load_input(self, context: dg.InputContext) -> "pa.Table | pd.DataFrame":
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
        if name in schemas.TABLES:
            parts.insert(0, schemas.TABLES[name].schema.empty_table())
        rows = pa.concat_tables(parts, promote_options="permissive")
        annotation = context.dagster_type.typing_type
        if getattr(annotation, "__module__", "").split(".")[0] == "pandas":
            return rows.to_pandas(date_as_object=False)
        return rows


def _arrow(frame: Any, name: str) -> pa.Table:
    """Return the frame in Arrow, with `week` as a date without nulls: the frame is split by it."""
    table = schemas.TABLES.get(name)
    if not isinstance(frame, pa.Table):
        import pandas as pd

        if not isinstance(frame, pd.DataFrame):
            raise ValueError(f"{name} takes a pandas or Arrow frame, not {type(frame).__name__}")
        try:
            schema = table.schema if table else None
            frame = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
            raise ValueError(f"this frame doesn't fit the table {name!r}: {error}") from error
    if WEEK.name not in frame.column_names:
        raise ValueError(
            f"the frame of {name} has no column {WEEK.name!r}, by which it is split into files: add it, "
            "with the Friday that the week begins on"
        )
    place = frame.column_names.index(WEEK.name)
    given = frame.column(place)
    try:
        weeks = given.cast(WEEK.dtype)
    except (ValueError, pa.ArrowException):
        weeks = None
    if weeks is None or weeks.null_count:
        raise ValueError(
            f"the column {WEEK.name!r} of the frame of {name} must hold dates without nulls; it is "
            f"{given.type} with {given.null_count} nulls"
        )
    return frame.set_column(place, pa.field(WEEK.name, WEEK.dtype, nullable=False), weeks)
