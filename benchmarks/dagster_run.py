"""Two years of sample charts through Dagster in one run: `python -m benchmarks.dagster_run`.

Everything that `spotify-assets update` does with a full inbox: raw files taken in, five tables, their
checks, the catalog, the reports. What the figures mean is in the README beside this.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import rounds_of
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX
from spotify_assets.settings import PREFIX
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import latest_closed_week, system_clock

WEEKS = 104
MOST_SECONDS_A_WEEK = 0.15


def main() -> None:
    """Measure and report."""
    rounds = rounds_of("dagster_run", 3)
    seconds, events = [], 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
            taken, events = update_once(Path(folder))
            seconds.append(taken / WEEKS)
    sys.stdout.write(
        f"{WEEKS} weeks in one run, {rounds} rounds: {median(seconds):.3f} s a week "
        f"(wanted: under {MOST_SECONDS_A_WEEK}), {events:,} events, {events / WEEKS:.1f} a week\n"
    )


def update_once(base: Path) -> tuple[float, int]:
    """Update a new base; return the seconds without imports, and the number of events recorded."""
    for name in list(os.environ):
        if name.startswith(PREFIX) or name == "DAGSTER_HOME":
            del os.environ[name]
    os.environ[f"{PREFIX}BASE"] = str(base)

    import spotify_assets.definitions  # noqa: F401 - reads the environment, so not before
    from spotify_assets.cli.environment import instance_in, prepared_home
    from spotify_assets.cli.update import update_base
    from spotify_assets.settings import load_settings

    storage = FolderStorage(base)
    for sample in sample_files(latest_closed_week(system_clock()), WEEKS):
        storage.write(INBOX + sample.name, sample.content)
    settings = load_settings()
    start = perf_counter()
    outcome = update_base(settings, storage)
    seconds = perf_counter() - start
    if outcome.exit_code or len(outcome.runs) != 1:
        sys.exit(f"The update went wrong, so its time means nothing: {outcome}")
    with instance_in(prepared_home(settings)) as instance:
        (run,) = instance.get_runs()
        events = len(instance.all_logs(run.run_id))
    return seconds, events


if __name__ == "__main__":
    main()
