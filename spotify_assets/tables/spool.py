"""Rows put aside while a run derives them, between one slice of weeks and one table after the other."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

import pyarrow as pa

BYTES_SPOOLED_IN_MEMORY = 32 * 1024 * 1024


class Spool:
    """Rows put aside slice by slice, in memory while they are few and in a temporary file beyond.

    A run over years derives slice after slice for all tables at once, but hands over one whole
    table after the other; the spool is what lies between, and keeps memory small.
    """

    def __init__(self, schema: pa.Schema, bytes_in_memory: int = BYTES_SPOOLED_IN_MEMORY) -> None:
        self._schema = schema
        self._file = SpooledTemporaryFile(max_size=bytes_in_memory)  # noqa: SIM115
        self._writer = pa.ipc.new_stream(self._file, schema)

    def append(self, rows: pa.Table) -> None:
        """Put a slice aside."""
        for batch in rows.combine_chunks().to_batches() or [
            pa.RecordBatch.from_pylist([], self._schema)
        ]:
            self._writer.write_batch(batch)

    def __iter__(self) -> Iterator[pa.Table]:
        """The slices, in the order they came in; read from the start each time."""
        self._writer.close()
        self._file.seek(0)
        with pa.ipc.open_stream(self._file) as slices:
            for batch in slices:
                yield pa.Table.from_batches([batch])

    def close(self) -> None:
        """Drop what was put aside."""
        self._file.close()
