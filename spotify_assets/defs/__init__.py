"""Everything that Dagster loads; here is what all of it shares.

What an asset does is in the rooms below, which know nothing of Dagster. An asset, check, sensor or
schedule that you define in a module of this folder is loaded as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from typing import Any

import dagster as dg

from spotify_assets.defs.run_tags import other_weeks
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK

OWNERS = ["team:charts"]
ONE_RUN = dg.BackfillPolicy.single_run()
"""A range of weeks is one run, whatever its length. Every asset has it, or ranges are split."""
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=9), warn_window=timedelta(days=8))
"""Every asset is made once a week. Dagster looks at the last materialization of any partition, so that
making an old week again counts: the check `latest_week_present` looks at the latest week."""
DAGSTER_FRIDAY = 5  # WeeklyPartitionsDefinition counts from Sunday, 0


def weekly_partitions(
    first_week: date = FIRST_DOWNLOADABLE_WEEK,
) -> dg.WeeklyPartitionsDefinition:
    """Return the chart weeks from `first_week` (a Friday) to the latest closed one, as partitions."""
    return dg.WeeklyPartitionsDefinition(
        start_date=first_week.isoformat(), day_offset=DAGSTER_FRIDAY, end_offset=0
    )


def weekly(first_week: date = FIRST_DOWNLOADABLE_WEEK) -> dict[str, Any]:
    """Return what makes an asset of yours one of the weekly ones: `@dg.asset(**weekly())`.

    Its table is stored by the resource `io_manager`, which here is the IO manager of weekly tables.
    """
    return {"partitions_def": weekly_partitions(first_week), "backfill_policy": ONE_RUN}


@dataclass(frozen=True)
class Shared:
    """What all definitions of a code location share: the assets' partitions, and a prefix of names."""

    partitions: dg.WeeklyPartitionsDefinition
    key_prefix: Sequence[str] = ()

    def key(self, name: str) -> dg.AssetKey:
        """Return the key of one of our assets."""
        return dg.AssetKey([*self.key_prefix, name])

    def keys(self, names: Sequence[str]) -> list[dg.AssetKey]:
        """Return the keys of some of our assets."""
        return [self.key(name) for name in names]

    def name(self, name: str) -> str:
        """Return the name of one of our jobs, sensors, steps or resources: the prefix is in front."""
        return "__".join([*self.key_prefix, name])

    def using(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its resource parameters renamed to the resources' prefixed names."""
        if not self.key_prefix:
            return function
        names: dict[str, str] = {}
        parameters = []
        for name, parameter in inspect.signature(function).parameters.items():
            kind = parameter.annotation
            is_resource = isinstance(kind, type) and issubclass(kind, dg.ConfigurableResource)
            prefixed = self.name(name) if is_resource else name
            names[prefixed] = name
            parameters.append(parameter.replace(name=prefixed))

        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            return function(*arguments, **{names.get(n, n): value for n, value in named.items()})

        # Without what it returns: Dagster would expect a generator's annotation to be on a generator.
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {p.name: p.annotation for p in parameters}
        return call

    def asset(
        self, name: str, *, is_weekly: bool = True, **more: Any
    ) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
        """Return the decorator of one of our assets; `more` is for that asset alone."""
        decorator: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
            key=self.key(name),
            partitions_def=self.partitions if is_weekly else None,
            owners=OWNERS,
            freshness_policy=FRESH,
            backfill_policy=ONE_RUN,
            **more,
        )
        return lambda function: decorator(self.using(function))


def run_weeks(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> list[date]:
    """Return the weeks that a run is about, in order."""
    keys = [date.fromisoformat(key) for key in context.partition_keys]
    return sorted([*other_weeks(context.run.tags), *keys])


def add_metadata(
    context: dg.AssetExecutionContext, key: dg.AssetKey, metadata: Mapping[date, Mapping[str, Any]]
) -> None:
    """Add these to Dagster's records of the weeks, as far as they are in its range of the run."""
    others = other_weeks(context.run.tags)
    for week in sorted(metadata.keys() - set(others)):
        context.add_asset_metadata(metadata[week], key, partition_key=week.isoformat())


def record_others(
    context: dg.AssetExecutionContext,
    key: dg.AssetKey,
    weeks: Collection[date],
    metadata: Mapping[date, Mapping[str, Any]] | None = None,
) -> None:
    """Record that these weeks are made, as far as they aren't in Dagster's range of the run.

    Those in the range Dagster records, with the asset's output.
    """
    for week in sorted({*weeks} & {*other_weeks(context.run.tags)}):
        more = (metadata or {}).get(week)
        made = dg.AssetMaterialization(key, metadata=more, partition=week.isoformat())
        context.log_event(made)
