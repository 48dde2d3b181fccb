"""The page `docs/data.md`: every table, view and check, made from their declarations.

Prose about a single table, column, view or check belongs in its declaration, not here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from spotify_assets.catalog.views import VIEWS, View
from spotify_assets.checks.declared import BASE_CHECKS, EVERY_CHECK
from spotify_assets.settings import DEFAULT_THRESHOLDS, Settings, variable_of
from spotify_assets.tables.schemas import EVERY_TABLE, Table

BY_NAME = sorted(VIEWS, key=lambda view: view.name)
COMMAND = "python -m spotify_assets.docs_page docs/data.md"
HEAD = f"""# Tables, views and checks

<!-- Made from the declarations, not by hand: {COMMAND} -->

A table is one file per chart week, every week stands on its own, and `week` is the Friday on which it
begins; `song_identities` alone is one file over all weeks. A column that may be null is null if the
source doesn't say; nothing is made up.

*From* names the fields that a column's values are made of: `file.` is part of a raw file's name,
`csv.` a column of a chart file, `playlist.` a field of a playlist's row, `details.` what Spotify said
about a single song, artist or album, `open.` what MusicBrainz and Wikidata say of a song or an artist.

- [Tables](#tables): {", ".join(f"[`{name}`](#{name})" for name in EVERY_TABLE)}
- [Views](#views): {", ".join(f"[`{view.name}`](#{view.name})" for view in BY_NAME)}
- [Checks](#checks), and the [thresholds](#thresholds) among their settings
"""
CHECKS_HEAD = """## Checks

Checks run when a week is made, and every verdict is a row of [`check_results`](#check_results), except
for the catalog's and those about the whole base. A chart that fails an **error** is held back: its rows
of that week aren't stored, and all other charts go on. A **warning** is shown: something is unusual,
and may be true. `spotify-assets checks` runs all of them again.
"""
THRESHOLDS_HEAD = """## Thresholds

Where unusual begins. What can't be true at all, such as a rank of 0, has no threshold.
"""


def data_page() -> str:
    """Return the whole page, as Markdown."""
    parts = [
        HEAD,
        "## Tables\n",
        *map(_table, EVERY_TABLE.values()),
        "## Views\n",
        *map(_view, BY_NAME),
    ]
    parts += [CHECKS_HEAD, *_checks(), THRESHOLDS_HEAD, _thresholds()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(table: Table) -> str:
    rows = [
        (
            f"`{column.name}`",
            f"`{column.dtype}`",
            "yes" if column.nullable else "",
            "key" if column.name in table.key else "",
            column.meaning,
            ", ".join(f"`{field}`" for field in column.origin.split()),
        )
        for column in table.columns
    ]
    columns = _markdown(("column", "type", "may be null", "", "meaning", "from"), rows)
    return f"### {table.name}\n\n{table.meaning}\n\n{columns}"


def _view(view: View) -> str:
    rows = [(f"`{name}`", meaning) for name, meaning in view.columns.items()]
    return f"### {view.name}\n\n{view.meaning}.\n\n{_markdown(('column', 'meaning'), rows)}"


def _checks() -> Iterator[str]:
    for asset in dict.fromkeys(check.asset for check in EVERY_CHECK):
        rows = [
            (
                f"`{check.name}`",
                check.asserts + (" About the whole base." if check in BASE_CHECKS else ""),
                {"ERROR": "error", "WARN": "warning"}[check.severity],
                check.why,
                ", ".join(f"`{variable_of(name)}`" for name in check.settings),
            )
            for check in EVERY_CHECK
            if check.asset == asset
        ]
        header = ("check", "asserts", "if not", "why", "settings")
        yield f"### Checks of {asset}\n\n{_markdown(header, rows)}"


def _thresholds() -> str:
    rows = [
        (
            f"`{variable_of(name)}`",
            f"`{default:g}`",
            str(Settings.model_fields[name].description),
            ", ".join(f"`{check.title}`" for check in EVERY_CHECK if name in check.settings),
        )
        for name, default in DEFAULT_THRESHOLDS.items()
    ]
    return _markdown(("setting", "default", "is", "check"), rows)


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    cells = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(data_page(), encoding="utf-8")
