"""Reading many files at once, for storage where each read waits for a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

THREADS = 16
WINDOW = 32  # files being read or waiting to be taken; bounds memory


def read_ahead(
    read: Callable[[str], bytes], keys: Iterable[str], threads: int = THREADS, window: int = WINDOW
) -> Iterator[tuple[str, bytes]]:
    """Each key and what `read` gives for it, in the order asked for.

    At most `window` files are held, and `threads` read at a time. What `read` raises is raised when
    that key's turn comes; no further key is begun then, nor after the caller has stopped asking.
    """
    pending: deque[tuple[str, Future[bytes]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="read-ahead")
    try:
        for key in keys:
            pending.append((key, pool.submit(read, key)))
            if len(pending) == window:
                yield _next(pending)
        while pending:
            yield _next(pending)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(pending: deque[tuple[str, Future[bytes]]]) -> tuple[str, bytes]:
    key, future = pending.popleft()
    return key, future.result()
