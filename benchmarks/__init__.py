"""Measurements of speed and memory; what each figure means is in the README beside this."""

from __future__ import annotations

import argparse


def rounds_of(benchmark: str, default: int) -> int:
    """Return how often a benchmark measures, which its only option says."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{benchmark}")
    parser.add_argument("--rounds", type=int, default=default, help="how often it is measured")
    return int(parser.parse_args().rounds)
