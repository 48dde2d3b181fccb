"""The statements that a reader of the docs is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ASKED = re.compile(r'spotify-assets query "(?P<sql>[^"]+)"')
BLOCK = re.compile(r"^```sql\n(?P<sql>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """A statement, and where it stands: the file, or what sent it, and its first line there."""

    place: str
    sql: str
    line: int = 1


def documented(page: Path) -> list[Statement]:
    """Every query of a Markdown page: what `spotify-assets query` is asked, and blocks of SQL."""
    text = page.read_text(encoding="utf-8")
    found = [*ASKED.finditer(text), *BLOCK.finditer(text)]
    return [
        Statement(page.name, match["sql"], text.count("\n", 0, match.start("sql")) + 1)
        for match in sorted(found, key=lambda match: match.start())
    ]
