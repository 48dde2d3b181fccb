"""Whether a name is UTF-8 text that some program read in another encoding: "SeÃ±orita"."""

from __future__ import annotations

from functools import lru_cache

# What spreadsheets and editors take a file for that names no encoding. Not windows-1250: in it, the
# Turkish "ÂŞIK" is also UTF-8.
ENCODINGS = ("sloppy-windows-1252", "latin-1", "mac_roman", "cp850", "cp437", "cp1251", "cp1253",
             "cp1254")  # fmt: skip


@lru_cache(maxsize=200_000)
def is_mojibake(name: str) -> bool:
    """Return whether the name was read in a wrong encoding; names in any language are not."""
    if name.isascii():
        return False
    import ftfy
    import ftfy.bad_codecs  # registers sloppy-windows-1252

    if ftfy.fix_encoding(name) != name:
        return True
    for encoding in ENCODINGS:  # ftfy is wary of "Ã¥", which is the Norwegian å
        try:
            meant = name.encode(encoding).decode()
        except UnicodeError:
            continue
        # Two letters that are one in UTF-8 may stand together, as in "CAFÉ’S"; three never do.
        if all(letter < "\u0100" or letter > "\u07ff" for letter in meant):
            return True
    return False
