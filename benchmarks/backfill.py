"""Deriving two years of tables: `python -m benchmarks.backfill [--large] [--rounds N]`.

Ours beside the tutorial's way and the limit, on the same raw files, one after the other in each round.
What the figures mean is in the README beside this.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

TOP = Path(__file__).parent.parent
WEEKS = 104
FEWER_WEEKS = (26, 52)


@dataclass(frozen=True)
class Measured:
    """Seconds of the work, seconds of the whole process with its imports, and its peak memory."""

    seconds: float
    process: float
    megabytes: float


MOST_MEGABYTES = 400
LARGE = (73, 12, 4.5)  # charts; tutorial / ours, at least; ours / limit, at most
SMALL = (2, 20, 2.5)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill")
    parser.add_argument("--large", action="store_true", help="73 charts instead of 2; needs 2.5 GB")
    parser.add_argument("--rounds", type=int, default=0, help="how often each way is measured")
    arguments = parser.parse_args()
    rounds = arguments.rounds or (3 if arguments.large else 7)
    with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
        measure(Path(folder), *(LARGE if arguments.large else SMALL), rounds)


def measure(
    base: Path, charts: int, least_of_tutorial: float, most_of_limit: float, rounds: int
) -> None:
    """All figures for one size."""
    _run("payloads", base, charts)
    sizes = [file.stat().st_size for file in base.rglob("*.json")]
    _say(f"{len(sizes):,} raw files of {sum(sizes) / len(sizes) / 1000:.0f} kB, {rounds} rounds\n")
    for way in ("ours", "put aside", "limit"):
        _run(way, base, charts)
    ours: list[Measured] = []
    tutorial: list[Measured] = []
    limit: list[Measured] = []
    fewer: dict[int, list[Measured]] = {weeks: [] for weeks in FEWER_WEEKS}
    for _ in range(rounds):
        tutorial.append(_run("tutorial", base, charts))
        ours.append(_run("ours", base, charts))
        limit.append(_run("limit", base, charts))
        for weeks, measured in fewer.items():
            measured.append(_run("ours", base, charts, weeks))
    for name, measured in (("tutorial", tutorial), ("ours", ours), ("limit", limit)):
        _say(
            f"{name:<10}{median(m.seconds for m in measured):8.2f} s"
            f"{median(m.process for m in measured):8.2f} s as a process"
            f"{max(m.megabytes for m in measured):6.0f} MB"
        )
    _say("\nratios                       work   process   wanted")
    _say(_ratio("tutorial / ours", tutorial, ours) + f"   at least {least_of_tutorial}")
    _say(_ratio("ours / limit", ours, limit) + f"   at most {most_of_limit}")
    _say(_ratio("tutorial / limit", tutorial, limit))
    for weeks, measured in fewer.items():
        proportional = f"   {WEEKS / weeks:.1f} if linear"
        _say(_ratio(f"{WEEKS} weeks / {weeks} weeks", ours, measured) + proportional)
    _say(f"memory of ours {max(m.megabytes for m in ours):13.0f} MB         {MOST_MEGABYTES}")


def _run(way: str, base: Path, charts: int, weeks: int = WEEKS) -> Measured:
    command = [sys.executable, "-m", "benchmarks.one_way", way, str(base), str(charts), str(weeks)]
    start = perf_counter()
    done = subprocess.run(command, cwd=TOP, env=os.environ, stdout=subprocess.PIPE, check=True)
    process = perf_counter() - start
    said = json.loads(done.stdout)
    return Measured(said["seconds"], process, said["megabytes"])


def _ratio(name: str, upper: Sequence[Measured], lower: Sequence[Measured]) -> str:
    """Medians of the rounds' ratios, of the work and of the whole processes."""
    pairs = list(zip(upper, lower, strict=True))
    work = median(u.seconds / v.seconds for u, v in pairs)
    process = median(u.process / v.process for u, v in pairs)
    return f"{name:<24}{work:9.2f}{process:10.2f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
