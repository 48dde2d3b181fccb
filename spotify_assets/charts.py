"""Which charts are known, which of them are expected, and how a country, playlist or slug is matched.

Known are those of the charts file and those of `countries.toml`. The shipped `charts.toml` explains the
charts file's format; which file is used is a setting.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import chain, count
from pathlib import Path

from spotify_assets.errors import SettingsError
from spotify_assets.words import listed, plain

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
PLAYLIST_ID = re.compile(r"[A-Za-z0-9]+")
EXAMPLES = ("norway", "global")
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
    """The known charts, those of the charts file first, and where that is.

    `named` has the slugs of those that the settings name, if they name any.
    """

    charts: tuple[Chart, ...]
    declared_in: str
    named: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the named ones as the setting names them."""
        return ",".join(self.named)

    def expected(self, collected: Collection[str]) -> list[Chart]:
        """Return the charts that a week should have: those that the settings name, or `collected` ones.

        Where neither are any, these are the shipped charts file's: Norway and Global.
        """
        slugs = self.named or collected or EXAMPLES
        return [chart for chart in self.charts if chart.slug in slugs]

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
    """Return the charts file of the package, which has Norway and Global with their playlists."""
    return Path(str(files("spotify_assets") / "charts.toml"))


def read_charts(path: Path, expected: str = "") -> Charts:
    """Return the charts that are known with a charts file; `expected` names some by slug or country.

    Raises:
        SettingsError: names the file and what is wrong in it, or what no chart is called.
    """
    charts, shipped = _declared(path), shipped_charts_file()
    named = tuple(chart.slug for chart in charts) if path != shipped else ()
    others = _declared(shipped) if path != shipped else ()
    for other in (*others, *_countries()):
        if not any(chart.slug == other.slug or chart.country == other.country for chart in charts):
            is_taken = any(chart.playlist_id == other.playlist_id for chart in charts)
            charts += (replace(other, playlist_id="" if is_taken else other.playlist_id),)
    known = Charts(charts, str(path), named)
    wanted = [word.strip().lower() for word in expected.split(",") if word.strip()]
    found = {word: known.by_slug(word) or known.by_country(word) for word in wanted}
    if unknown := [word for word, chart in found.items() if chart is None]:
        close = difflib.get_close_matches(unknown[0], [chart.slug for chart in known.charts], n=1)
        remedy = f"did you mean {close[0]}?" if close else "declare it in the charts file"
        raise SettingsError(f"no chart has the slug or country {', '.join(unknown)}; {remedy}")
    return replace(known, named=tuple(c.slug for c in found.values() if c)) if wanted else known


def _countries() -> list[Chart]:
    text = (files("spotify_assets") / "countries.toml").read_text(encoding="utf-8")
    return [Chart(slug_of(name), name, country) for country, name in tomllib.loads(text).items()]


def _declared(path: Path) -> tuple[Chart, ...]:
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
    return charts


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
        f"{listed(slugs, ', ')}: {sentence}" if slugs else sentence
        for sentence, slugs in charts.items()
    ]


def slug_of(name: str, taken: Collection[str] = ()) -> str:
    """Return a slug for a name, `top-50-global` for `Top 50 - Global`; never one of `taken`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "chart"
    numbered = (f"{slug}-{number}" for number in count(2))
    return next(free for free in chain([slug], numbered) if free not in taken)


def _toml_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain(escaped)}"'
