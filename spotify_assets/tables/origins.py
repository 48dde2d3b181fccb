"""What was written of each table's week: a digest of its rows, and what was wrong with their raw files.

It lies beside what the audit decided, in `published/origins/`, one file for each table and week. The
digest is of what the rows say, not of the file's bytes: the same rows have the same in Parquet and CSV.
Comparing with what is stored is a rule of the checks, `origin_rules`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.layout import PUBLISHED, week_folder
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import WEEK, type_name

ORIGINS = f"{PUBLISHED}origins/"


class Origin(msgspec.Struct, frozen=True):
    """`rows` stands for a table's rows of a week.

    `altered` are the raw files that they came from and that were no longer as received, by path.
    """

    rows: str
    altered: tuple[str, ...] = ()


ILLEGIBLE = Origin("")


def origin_key(table: str, week: date) -> str:
    """Where a week's origin lies: `published/origins/songs/week=2026-11-13.json`."""
    return f"{ORIGINS}{table}/{week_folder(week).rstrip('/')}.json"


def note_origin(
    storage: Storage, table: str, week: date, rows: pa.Table, altered: Iterable[str] = ()
) -> None:
    """Note what is about to be written."""
    origin = Origin(rows_digest(rows), tuple(sorted(altered)))
    storage.write(origin_key(table, week), msgspec.json.encode(origin) + b"\n")


def origin_of(storage: Storage, table: str, week: date) -> Origin | None:
    """What was noted; None where nothing was, and an origin of no rows where that isn't legible."""
    try:
        return msgspec.json.decode(storage.read(origin_key(table, week)), type=Origin)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ILLEGIBLE


def rows_digest(rows: pa.Table) -> str:
    """Stands for the rows: another for any other column, type, order or value; `week` doesn't count."""
    digest = hashlib.sha256()
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if name != WEEK.name:
            digest.update(f"{name} {type_name(column.type)} {len(column)}\n".encode())
            for part in _parts(column.combine_chunks()):
                digest.update(part)
    return digest.hexdigest()


def _parts(values: pa.Array) -> Iterator[bytes | pa.Buffer]:
    """The values as bytes that are the same for equal values, wherever they lie in memory."""
    yield f"{values.null_count} nulls\n".encode()
    if values.null_count:
        yield _bytes_of(pc.is_valid(values))
        values = values.drop_null()
    if pa.types.is_list(values.type):
        yield _bytes_of(pc.list_value_length(values))
        yield from _parts(values.flatten())
    elif pa.types.is_string(values.type):
        yield from _bytes_of_texts(values)
    elif pa.types.is_primitive(values.type):
        yield _bytes_of(values)
    else:  # of no declared table
        yield repr(values.to_pylist()).encode()


def _bytes_of(numbers: pa.Array) -> bytes:
    return bytes(numbers.to_numpy(zero_copy_only=False).tobytes())


def _bytes_of_texts(texts: pa.Array) -> Iterator[bytes | pa.Buffer]:
    """Each text's length, then all as they lie in memory: joining them takes ten times as long."""
    yield _bytes_of(pc.binary_length(texts))
    if len(texts):
        _, places, characters = texts.buffers()
        ends = memoryview(places).cast("i")
        first, last = ends[texts.offset], ends[texts.offset + len(texts)]
        if last > first:
            yield characters[first:last]
