"""The declared charts: which there are, and how raw files are matched to them.

The shipped `charts.toml` explains the file format. Nothing here reads the environment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain, count
from pathlib import Path

from spotify_assets.errors import SettingsError

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
PLAYLIST_ID = re.compile(r"[A-Za-z0-9]+")
FIELDS = ("slug", "name", "country", "playlist_id")


@dataclass(frozen=True)
class Chart:
    """A chart as declared; `country` and `playlist_id` are empty where the file leaves them out."""

    slug: str
    name: str
    country: str = ""
    playlist_id: str = ""


@dataclass(frozen=True)
class Charts:
    """The declared charts, in the file's order, and where they are declared."""

    charts: tuple[Chart, ...]
    declared_in: str

    def by_slug(self, slug: str) -> Chart | None:
        """The chart called `slug`, if declared."""
        return self._first("slug", slug)

    def by_country(self, country: str) -> Chart | None:
        """The chart whose CSV files carry `country` in their names, if declared."""
        return self._first("country", country.lower())

    def by_playlist(self, playlist_id: str) -> Chart | None:
        """The chart whose playlist is `playlist_id`, if declared."""
        return self._first("playlist_id", playlist_id)

    def _first(self, field: str, value: str) -> Chart | None:
        return next((c for c in self.charts if value and getattr(c, field) == value), None)


def shipped_charts_file() -> Path:
    """The charts file that comes with the package: Norway and Global."""
    return Path(str(files("spotify_assets") / "charts.toml"))


def read_charts(path: Path) -> Charts:
    """The charts that a TOML file declares.

    Raises:
        SettingsError: the file can't be read, or a chart in it can't be used; names both.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such file; copy {shipped_charts_file()} there to begin with"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text; save it in that encoding") from None
    except OSError as error:
        raise SettingsError(f"{path}: can't be read: {error.strerror}; is it a file?") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(
            f"{path}: is not valid TOML: {error}; {shipped_charts_file()} shows how it is written"
        ) from None
    entries = document.get("charts")
    if not isinstance(entries, list) or not entries:
        raise SettingsError(f"{path}: declares no chart; it needs at least one [[charts]] block")
    unknown = sorted(set(document) - {"charts"})
    if unknown:
        raise SettingsError(f"{path}: has {unknown[0]!r}, but may hold only [[charts]] blocks")
    charts = tuple(_chart(path, number, entry) for number, entry in enumerate(entries, start=1))
    for field in ("slug", "country", "playlist_id"):
        values = [getattr(chart, field) for chart in charts if getattr(chart, field)]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice:
            raise SettingsError(f"{path}: two charts have the {field} {twice!r}; it must be unique")
    return Charts(charts, str(path))


def _chart(path: Path, number: int, entry: object) -> Chart:
    where = f"{path}: chart {number}"
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} is not a [[charts]] block")
    for field, value in entry.items():
        if field not in FIELDS:
            raise SettingsError(f"{where} has {field!r}; a chart may have {', '.join(FIELDS)}")
        if not isinstance(value, str):
            raise SettingsError(f"{where}: {field} is {value!r}, but must be text in quotes")
    chart = Chart(
        slug=entry.get("slug", "").strip(),
        name=entry.get("name", "").strip() or entry.get("slug", ""),
        country=entry.get("country", "").strip().lower(),
        playlist_id=entry.get("playlist_id", "").strip(),
    )
    if not SLUG.fullmatch(chart.slug):
        raise SettingsError(
            f"{where}: slug is {chart.slug!r}, but must be lower-case letters, digits, - and _"
        )
    if not (chart.country or chart.playlist_id):
        raise SettingsError(f"{where} ({chart.slug}) needs a country, a playlist_id, or both")
    if chart.playlist_id and not PLAYLIST_ID.fullmatch(chart.playlist_id):
        raise SettingsError(
            f"{where} ({chart.slug}): playlist_id is {chart.playlist_id!r}, but must be the letters and "
            "digits that follow /playlist/ in its link"
        )
    return chart


def declaration(chart: Chart) -> str:
    """The lines that declare a chart, to paste into the charts file."""
    values = ((field, getattr(chart, field)) for field in FIELDS)
    return "\n".join(["[[charts]]", *(f"{f} = {_toml_text(text)}" for f, text in values if text)])


def slug_of(name: str, taken: Collection[str] = ()) -> str:
    """A slug made of a name: `Top 50 - Global` gives `top-50-global`; never one of `taken`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "chart"
    numbered = (f"{slug}-{number}" for number in count(2))
    return next(free for free in chain([slug], numbered) if free not in taken)


def _toml_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'
