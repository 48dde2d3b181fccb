"""The page `docs/data.md`: every table, view and check, made from their declarations.

    python -m spotify_assets.docs_page docs/data.md

writes it; a test fails while it says anything else than the declarations do. What is declared is in
`schemas`, `column_origins`, `sql` and `checks`; prose about them belongs there too, not here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from spotify_assets.catalog.views import VIEWS, View
from spotify_assets.checks.every_check import EVERY_CHECK, OF_THE_WHOLE
from spotify_assets.checks.verdicts import Check, CheckMeaning
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import variable_of
from spotify_assets.tables.column_origins import ORIGINS
from spotify_assets.tables.schemas import TABLES, Table

COMMAND = "python -m spotify_assets.docs_page docs/data.md"
HEAD = f"""# Tables, views and checks

<!-- Made from the declarations, not by hand: {COMMAND} -->

Every table is one file for each chart week, every week stands on its own, and `week` is the Friday on
which it begins. A column that may be null is null where the source doesn't tell; nothing is made up.

*From* names what a column's values are made of: `file.` is what a raw file's name says, `csv.` a column
of a chart file, `playlist.` a field of a playlist's row, `details.` what Spotify said when it was asked
about a single song, artist or album.

- [Tables](#tables): {", ".join(f"[`{name}`](#{name})" for name in TABLES)}
- [Views](#views): {", ".join(f"[`{view.name}`](#{view.name})" for view in VIEWS)}
- [Checks](#checks), and the [settings](#thresholds) that they go by
"""
CHECKS = """## Checks

A check is asked of every week on its own, except where it says "of the whole". A failing **error** means
that something is wrong, a **warning** that something is unusual and can be true. A week in which a check
that *holds back* fails isn't published: the catalog shows what it showed of it before, or nothing.
`spotify-assets checks` asks them all.
"""
THRESHOLDS = """## Thresholds

From where on a week is odd. What can't be true at all, such as a rank of 0, has none.
"""


def data_page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD, "## Tables\n", *map(_table, TABLES.values())]
    parts += ["## Views\n", *map(_view, VIEWS), CHECKS, *_checks(), THRESHOLDS + _thresholds()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(table: Table) -> str:
    rows = [
        (
            f"`{column.name}`",
            f"`{column.dtype}`",
            "yes" if column.nullable else "",
            "key" if column.name in table.key else "",
            column.meaning,
            ", ".join(f"`{field}`" for field in ORIGINS[table.name][column.name]),
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
        rows = [_check(check) for check in EVERY_CHECK if check.asset == asset]
        header = ("check", "asserts", "if not", "why", "goes by")
        yield f"### Checks of {asset}\n\n{_markdown(header, rows)}"


def _check(check: CheckMeaning) -> Sequence[str]:
    holds_back = isinstance(check, Check) and check.holds_back
    severity = "error" if check.severity == "ERROR" else "warning"
    return (
        f"`{check.name}`",
        check.asserts + (" Of the whole." if check in OF_THE_WHOLE else ""),
        severity + (", holds back" if holds_back else ""),
        check.why,
        ", ".join(f"`{variable_of(name)}`" for name in check.thresholds),
    )


def _thresholds() -> str:
    by = {
        name: ", ".join(f"`{check.title}`" for check in EVERY_CHECK if name in check.thresholds)
        for name in Thresholds.model_fields
    }
    rows = [
        (f"`{variable_of(name)}`", f"`{info.default:g}`", str(info.description), by[name])
        for name, info in Thresholds.model_fields.items()
    ]
    return "\n" + _markdown(("setting", "default", "holds", "check"), rows)


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    cells = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(data_page(), encoding="utf-8")
