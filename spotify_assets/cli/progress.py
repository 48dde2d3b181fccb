"""A run's progress: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

PLAIN_STEPS = 4

Progress = Callable[[int], None]
"""Is told how many events of a run have been recorded so far."""


@contextmanager
def progress_of(what: str, total: int) -> Iterator[Progress]:
    """Show how many of `total` events a run has recorded; call what is yielded with the count so far."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda count: bar.update(task, completed=min(count, total))
            bar.update(task, completed=total)
        return
    shown = 0

    def plain(count: int) -> None:
        nonlocal shown
        step = min(count, total) * PLAIN_STEPS // max(total, 1)
        if step > shown:
            shown = step
            click.echo(f"{what}: {step * 100 // PLAIN_STEPS} %", err=True)

    click.echo(f"{what} …", err=True)
    yield plain
