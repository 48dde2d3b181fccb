"""Doing many things at once, for storage where each of them waits for a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

THREADS = 16
WINDOW = 32  # things being done, or done and waiting to be taken; bounds memory

Item = TypeVar("Item")
Result = TypeVar("Result")


def together(
    do: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int = THREADS,
    window: int = WINDOW,
) -> Iterator[tuple[Item, Result]]:
    """Each item and what `do` gives for it, in the order of the items.

    At most `window` items are under way, `threads` of them at a time. What `do` raises is raised when
    that item's turn comes, and what `items` raises after all items before; no further one is begun
    then, nor after the caller has stopped asking.
    """
    under_way: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="together")
    left = iter(items)
    error: Exception | None = None
    try:
        while True:
            try:
                item = next(left)
            except StopIteration:
                break
            except Exception as raised:
                error = raised
                break
            under_way.append((item, pool.submit(do, item)))
            if len(under_way) == window:
                yield _oldest(under_way)
        while under_way:
            yield _oldest(under_way)
        if error is not None:
            raise error
    finally:
        pool.shutdown(cancel_futures=True)


def _oldest(under_way: deque[tuple[Item, Future[Result]]]) -> tuple[Item, Result]:
    item, future = under_way.popleft()
    return item, future.result()
