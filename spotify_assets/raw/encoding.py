"""The encoding of raw files: UTF-8, or UTF-16 as spreadsheets and PowerShell write it."""

from __future__ import annotations

from spotify_assets.errors import UnreadableRawFile

UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # byte-order marks


def as_utf8(content: bytes) -> bytes:
    """Return text in UTF-16 that begins with its byte-order mark as UTF-8, anything else as it is.

    Raises:
        UnreadableRawFile: it was cut off, or isn't UTF-16 though it begins so.
    """
    if not content.startswith(UTF_16):
        return content
    try:
        return content.decode("utf-16").encode()
    except UnicodeError:
        raise UnreadableRawFile(
            "It begins as UTF-16 text, but can't be read as such: it was cut off, or is no text. "
            "Download it again."
        ) from None
