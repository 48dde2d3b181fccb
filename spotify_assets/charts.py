"""Which charts are declared, and how a country, a playlist or a slug is matched to one.

The shipped `charts.toml` explains the file format; which file is used is a setting.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain, count
from pathlib import Path

from spotify_assets.errors import SettingsError
from spotify_assets.weeks import MOST_LISTED

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
PLAYLIST_ID = re.compile(r"[A-Za-z0-9]+")
FIELDS = ("slug", "name", "country", "playlist_id")


@dataclass(frozen=True)
class Chart:
    """A chart as declared; `country` and `playlist_id` are empty if the file leaves them out."""

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
        """Return the chart with this slug, or None."""
        return self._first("slug", slug)

    def by_country(self, country: str) -> Chart | None:
        """Return the chart whose CSV files have this country in their names, or None."""
        return self._first("country", country.lower())

    def by_playlist(self, playlist_id: str) -> Chart | None:
        """Return the chart whose playlist this is, or None."""
        return self._first("playlist_id", playlist_id)

    def _first(self, field: str, value: str) -> Chart | None:
        return next((c for c in self.charts if value and getattr(c, field) == value), None)


def shipped_charts_file() -> Path:
    """Return the charts file of the package, which declares Norway and Global."""
    return Path(str(files("spotify_assets") / "charts.toml"))


def read_charts(path: Path) -> Charts:
    """Return the charts that a TOML file declares; a SettingsError names the file and the chart."""
    shipped = shipped_charts_file()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text; save it in that encoding") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; copy {shipped} to begin with") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: is not valid TOML: {error}; see {shipped}") from None
    entries = document.pop("charts", None)
    if not isinstance(entries, list) or not entries:
        raise SettingsError(f"{path}: declares no chart; it needs at least one [[charts]] block")
    if document:
        raise SettingsError(f"{path}: has {min(document)!r}, but may have only [[charts]] blocks")
    charts = tuple(_chart(f"{path}: chart {n}", entry) for n, entry in enumerate(entries, start=1))
    for field in ("slug", "country", "playlist_id"):
        counts = Counter(getattr(chart, field) for chart in charts if getattr(chart, field))
        for value, times in counts.items():
            if times > 1:
                raise SettingsError(f"{path}: {times} charts have the {field} {value!r}, not one")
    return Charts(charts, str(path))


def _chart(where: str, entry: object) -> Chart:
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} is not a [[charts]] block")
    for field, value in entry.items():
        if field not in FIELDS:
            raise SettingsError(f"{where} has {field!r}; a chart has only {', '.join(FIELDS)}")
        if not isinstance(value, str):
            raise SettingsError(f"{where}: {field} is {value!r}, but must be text in quotes")
    slug, name, country, playlist_id = (entry.get(field, "").strip() for field in FIELDS)
    if not SLUG.fullmatch(slug):
        raise SettingsError(
            f"{where}: slug is {slug!r}, but must be lower-case letters, digits, - _"
        )
    if not (country or playlist_id):
        raise SettingsError(f"{where} ({slug}) needs a country, a playlist_id, or both")
    if playlist_id and not PLAYLIST_ID.fullmatch(playlist_id):
        raise SettingsError(
            f"{where} ({slug}): playlist_id is {playlist_id!r}, but must be what follows /playlist/ in "
            "the playlist's link: letters and digits"
        )
    return Chart(slug, name or slug, country.lower(), playlist_id)


def declaration(chart: Chart) -> str:
    """Return the lines that declare a chart, to paste into a charts file."""
    lines = [f"{f} = {_toml_text(getattr(chart, f))}" for f in FIELDS if getattr(chart, f)]
    return "\n".join(["[[charts]]", *lines])


def by_sentence(said: Iterable[tuple[str, str]]) -> list[str]:
    """Return each sentence once, after the charts that it is said of: `norway, global: ...`.

    A slug is empty where a sentence is about no single chart.
    """
    charts: dict[str, list[str]] = {}
    for slug, sentence in said:
        charts.setdefault(sentence, []).extend([slug] if slug else [])
    return [
        f"{_listed(slugs)}: {sentence}" if slugs else sentence for sentence, slugs in charts.items()
    ]


def _listed(slugs: Sequence[str]) -> str:
    more = len(slugs) - MOST_LISTED
    return ", ".join(slugs[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def slug_of(name: str, taken: Collection[str] = ()) -> str:
    """Return a slug for a name, `top-50-global` for `Top 50 - Global`; never one of `taken`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "chart"
    numbered = (f"{slug}-{number}" for number in count(2))
    return next(free for free in chain([slug], numbered) if free not in taken)


def _toml_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'
