"""How messages say things: a few of many, a number of something, foreign text on one line.

How weeks are listed is in `weeks`.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST_LISTED = 5  # in a message; of more, only the number is said
LONGEST = 600  # characters of a foreign text


def listed(items: Sequence[str], between: str = "; ") -> str:
    """Return the first few items, and how many more there are: `a; b; c; d; e; and 3 more`.

    Where an item ends as a sentence, the next one begins as one.
    """
    more = [f"and {len(items) - MOST_LISTED} more"] if len(items) > MOST_LISTED else []
    return between.join([*items[:MOST_LISTED], *more]).replace(".; ", ". ")


def counted(number: int, what: str) -> str:
    """Return a number and what it counts: `1 week`, `2 weeks`, `1,024 weeks`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def visible(text: str) -> str:
    """Return lines of text without what moves the cursor, changes colours or turns the text."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def plain(value: object, longest: int = LONGEST) -> str:
    """Return foreign text in one line, as `visible` does."""
    shown = " ".join(visible(str(value)).split())
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    return shown.encode("utf-8", "replace").decode()
