"""The encoding of raw files: UTF-8, or UTF-16 as spreadsheets and PowerShell write it."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from spotify_assets.errors import UnreadableRawFile


def as_utf8(content: bytes) -> bytes:
    """Return a file's content without a byte-order mark; if that was UTF-16's, as UTF-8.

    Raises:
        UnreadableRawFile: it was cut off, or isn't UTF-16 though it begins so.
    """
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeError:
            raise UnreadableRawFile(
                "It begins as UTF-16 text, but can't be read as such: it was cut off, or is no text. "
                "Download it again."
            ) from None
    return content.removeprefix(BOM_UTF8)
