"""Opens files that only wrap raw files: `.zip` with any number of them, `.csv.gz`, `.json.gz`.

What is in them goes into the inbox, into a folder of the package's name, and is then like any dropped
file. Nothing is trusted: names don't leave that folder, and what grows too large isn't unpacked.
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.raw.file_names import is_left_alone
from spotify_assets.words import listed

MEGABYTE = 1024**2
LARGEST_RAW_FILE = 64 * MEGABYTE  # a chart of 200 songs with full details has less than 2 MB
LARGEST_PACKAGE = 256 * MEGABYTE
LARGEST_UNPACKED = 2048 * MEGABYTE  # of a whole package
MOST_ENTRIES = 20_000
LARGEST_RATIO = 200  # of an entry's sizes; charts have 3 to 20. Small ones may have any.
LONGEST_PART = 100  # bytes of a folder's or file's name
DEEPEST = 6  # folders
UNPACKED = ".unpacked/"  # ends the folder that a package's content is unpacked into
PACKAGE = re.compile(r"(?i)[^/]\.(zip|gz)$")
IN_PACKAGE = re.compile(r"(?i)\.(zip|gz)(\.unpacked)?/")
OF_THE_SYSTEM = re.compile(r"(?i)(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
           RuntimeError, ValueError, OverflowError)  # fmt: skip


class RefusedEntries(UnreadableRawFile):
    """Some of a package's entries can't be unpacked; all others were yielded before."""


def is_package(path: str) -> bool:
    """Whether a file in the inbox is a package by its name; one inside another isn't opened."""
    return bool(PACKAGE.search(path)) and not IN_PACKAGE.search(path)


def unpacked(path: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the path, below the inbox, and the content of each file in a package.

    Raises:
        UnreadableRawFile: it can't be opened, or is too large.
        RefusedEntries: after all others, if single ones can't be unpacked.
    """
    entries = _in_gzip(path, content) if path.lower().endswith(".gz") else _in_zip(content)
    refused: list[str] = []
    taken: set[str] = set()
    count = 0
    for count, (name, unpacked_or_why) in enumerate(entries, start=1):
        if isinstance(unpacked_or_why, str):
            refused.append(f"{name} ({unpacked_or_why})")
            continue
        place = _place(name)
        above = {place[:at] for at, letter in enumerate(place) if letter == "/"}
        if place in taken or taken & above or any(one.startswith(f"{place}/") for one in taken):
            place = f"again-{count}/{place}"
        taken.add(place)
        yield f"{path}{UNPACKED}{place}", unpacked_or_why
    if not count:
        raise UnreadableRawFile("There is no file in it. Drop the files themselves.")
    if refused:
        raise RefusedEntries(
            f"Of its {count} files, {len(refused)} can't be unpacked: {listed(refused, ', ')}. Drop "
            "them unpacked. The others were put into the inbox."
        )


def _in_gzip(path: str, content: bytes) -> Iterator[tuple[str, bytes | str]]:
    name = "/".join(path.split("/")[-2:])[: -len(".gz")]  # the folder may name chart or week
    if not content.startswith(b"\x1f\x8b"):  # browsers unpack what they download, but not its name
        yield name, content
        return
    try:
        inside = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST_RAW_FILE + 1)
    except DAMAGED:
        raise UnreadableRawFile(
            "It is not a whole gzip file: it was cut off or damaged. Download it again."
        ) from None
    if why := _too_large(len(inside), len(content)):
        raise UnreadableRawFile(f"Unpacked, it is {why}. Drop the chart file itself.")
    yield name, inside


def _in_zip(content: bytes) -> Iterator[tuple[str, bytes | str]]:
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        entries = package.infolist()
    except DAMAGED:
        raise UnreadableRawFile(
            "It is not a whole ZIP archive: it was cut off or damaged. Download or make it again."
        ) from None
    files = [one for one in entries if not one.is_dir() and not OF_THE_SYSTEM.search(one.filename)]
    if any(one.filename == "[Content_Types].xml" for one in files):
        raise UnreadableRawFile(
            "It is a document of Office, such as an Excel workbook. Drop CSV files."
        )
    if len(files) > MOST_ENTRIES:
        raise UnreadableRawFile(
            f"It has {len(files):,} files, more than {MOST_ENTRIES:,}. Divide it."
        )
    if sum(one.file_size for one in files) > LARGEST_UNPACKED:
        most = LARGEST_UNPACKED // MEGABYTE
        raise UnreadableRawFile(f"Unpacked, it has more than {most:,} MB. Divide it.")
    for one in files:
        yield one.filename, _entry(package, one)


def _entry(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | str:
    """Return the content of a file in a ZIP archive, or why there is none."""
    if entry.flag_bits & 1:
        return "encrypted"
    if is_left_alone(_place(entry.filename)):
        return "an unfinished download"
    if why := _too_large(entry.file_size, entry.compress_size):
        return why
    try:
        with package.open(entry) as opened:
            content = opened.read(LARGEST_RAW_FILE + 1)
    except NotImplementedError:
        return "compressed by an unknown method"
    except DAMAGED:
        return "damaged"
    return _too_large(len(content), entry.compress_size) or content


def _too_large(size: int, packed: int) -> str:
    if size > LARGEST_RAW_FILE:
        return f"larger than {LARGEST_RAW_FILE // MEGABYTE} MB"
    if size > MEGABYTE and size > LARGEST_RATIO * max(packed, 1):
        return f"more than {LARGEST_RATIO} times as large as before"
    return ""


def _place(name: str) -> str:
    """Return a relative path made of an entry's name, without `..`, drives and hidden folders."""
    printable = (
        "".join(c if c.isprintable() else "_" for c in name).encode(errors="replace").decode()
    )
    parts = [part.strip(". ") for part in re.split(r"[/\\:]", printable)]
    parts = [part.encode()[-LONGEST_PART:].decode(errors="ignore") for part in parts if part]
    return "/".join(parts[-DEEPEST:]) or "unnamed"
