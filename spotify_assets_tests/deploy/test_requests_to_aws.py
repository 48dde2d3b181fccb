"""How many requests AWS gets, as a proxy counts them: of a week, and of those who find nothing to do.

Listings grow by a request for every 1,000 keys, and nothing else does: `benchmarks.aws_requests` has the
figures of ten years.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.definitions import build_definitions
from spotify_assets.defs.inbox_sensor import NEW_RAW_FILES
from spotify_assets.defs.schedule import DAILY_UPDATE
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets_tests.aws_world import WEEKS, World
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import drop_csv
from spotify_assets_tests.s3_server import Request, counting

pytestmark = pytest.mark.slow

WEEKLY = {"s3": 60, "glue": 12}


@pytest.fixture
def seconds_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 tells whole seconds: each change is a second after the one before."""
    start = datetime.now(tz=UTC).replace(tzinfo=None) - timedelta(hours=1)
    times = (start + timedelta(seconds=number) for number in itertools.count())
    monkeypatch.setattr("moto.s3.models.utcnow", lambda: next(times))


@pytest.fixture
def seen(
    world: World, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Request]]:
    """The requests of our own clients from now on; the other clients don't ask by the proxy."""
    assert world.athena.engine.glue
    assert world.athena.engine.s3
    requests: list[Request] = []
    with counting(s3_endpoint, requests) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy)
        yield requests


@pytest.mark.usefixtures("seconds_pass")
def test_a_week_and_idle_ticks_cost_few_requests_however_much_is_stored(
    world: World, seen: list[Request], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_assets.catalog.athena.FIRST_WAIT", 0.0)
    others = {name: of for name, of in world.environment.items() if name != f"{PREFIX}BASE"}

    def update() -> str:
        seen.clear()
        base = world.environment[f"{PREFIX}BASE"]
        ended = cli(base, "update", **others, DAGSTER_HOME=str(tmp_path / "home"))
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    *before, last = [WEEKS[0] - timedelta(weeks=n) for n in range(8, -1, -1)]
    for week in before:
        for country in ("no", "global"):
            drop_csv(world.storage, week, country=country)
    update()
    drop_csv(world.storage, last)
    drop_csv(world.storage, last, country="global")
    assert "made 1 week in 1 run" in update()
    counted = Counter(one.service for one in seen)
    assert counted["s3"] <= WEEKLY["s3"], listed(seen)
    assert counted["glue"] <= WEEKLY["glue"], listed(seen)

    assert "Nothing to do" in update()
    require_idle(seen)

    definitions = build_definitions(load_settings(world.environment))
    with dg.DagsterInstance.ephemeral() as instance:
        resources = definitions.resources or {}
        seen.clear()
        with dg.build_sensor_context(instance, resources=resources) as context:
            definitions.resolve_sensor_def(NEW_RAW_FILES).evaluate_tick(context)
        assert len(seen) <= 3, listed(seen)

        seen.clear()
        now = datetime.now(tz=UTC)
        with dg.build_schedule_context(
            instance, scheduled_execution_time=now, resources=resources
        ) as ticking:
            tick = definitions.resolve_schedule_def(DAILY_UPDATE).evaluate_tick(ticking)
        assert not tick.run_requests
        require_idle(seen)


def require_idle(seen: list[Request]) -> None:
    """Fail unless each folder was listed once, and few other requests were made."""
    listings = [one.about for one in seen if one.operation == "LIST"]
    assert len(set(listings)) == len(listings) <= 8, listed(seen)
    assert len(seen) - len(listings) <= 6, listed(seen)


def listed(seen: list[Request]) -> str:
    return "\n".join(" ".join(one) for one in seen)
