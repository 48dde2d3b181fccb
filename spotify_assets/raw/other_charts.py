"""Tells the weekly song chart of a country from all else that charts.spotify.com publishes.

Its other files look alike: charts of cities, genres, artists and albums, viral ones, daily ones. A
file's own name and header say which it is. Which chart and week a name says is read in `file_names`.
"""

from __future__ import annotations

import re

from spotify_assets.charts import Chart
from spotify_assets.raw.file_names import DATE, country_in_name, file_name

KEPT = (
    "Only weekly song charts of countries and of the world are kept: download "
    "regional-<country>-weekly-<Thursday>.csv from charts.spotify.com instead."
)
NAMED = (  # what a word of a file's name says
    (re.compile(r"citypulse.*|pulse"), "a chart of what is special to a city"),
    (re.compile(r"city.*|cities"), "a chart of a city"),
    (re.compile(r"viral.*"), "a viral chart"),
    (re.compile(r"genres?|genresongs?"), "a chart of a genre"),
    (re.compile(r"artists?|artist(debut|top|global).*"), "a chart of artists"),
    (re.compile(r"albums?|album(debut|top|global).*"), "a chart of albums"),
    (re.compile(r".*debuts?"), "a chart of debuts"),
    (re.compile(r"(music)?videos?"), "a chart of music videos"),
    (re.compile(r"podcasts?|episodes?|shows?"), "a chart of podcasts"),
    (re.compile(r"daily|days?"), "a daily chart"),
    (re.compile(r"weekend|monthly|yearly|annual"), "no weekly chart"),
)
NEUTRAL = re.compile(  # words that say nothing of the kind; codes of countries aren't among them
    "all|av|charts?|com|cop(y|ia|ie)|country|csv|data|date|download(ed)?|end(s|ing)?|export|file|final"
    "|for|from|international|kop(i|ie|ia)|latest|legacy|list|music|national|new|of|official|ok|old"
    "|original|playlist|rank(s|ing)?|raw|regional|renamed|replace|songs?|spotify(charts)?|streams|the|top"
    "|tracks?|txt|uke|version|von|weeks?|weekly|wk|www|q"
    "|jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    "|nov(ember)?|dec(ember)?"
)
# What a header is of that has the first columns and none of the second ones.
HEADED: tuple[tuple[set[str], set[str], str], ...] = (
    ({"days_on_chart"}, set(), "a daily chart"),
    ({"rank", "trend"}, set(), "a daily chart"),  # as in a table that is widely copied
    ({"rank", "city"}, set(), "a chart of a city"),
    ({"album_name", "rank"}, {"track_name"}, "a chart of albums"),
    ({"artist_name", "rank"}, {"track_name"}, "a chart of artists"),
    ({"artist_names", "rank", "uri"}, {"track_name"}, "a chart of artists"),
    ({"show_name"}, {"track_name"}, "a chart of podcasts"),
    ({"episode_name"}, {"track_name"}, "a chart of podcasts"),
    ({"position", "track name", "artist", "url"}, {"streams"}, "a viral chart"),
)
COLUMN = re.compile(rb"[A-Za-z_ ]+")
OTHER_LINK = re.compile(rb"spotify:(artist|album|show|episode):[A-Za-z0-9]{22}")


def other_chart_in_name(path: str) -> str | None:
    """Return what kind of chart a file's own name says, if it is another than those that are kept."""
    name = file_name(path).lower()
    if country_in_name(path):
        name = name[: _end_of_spotifys(name)]
    kinds = (kind for word in _words(name) for said, kind in NAMED if said.fullmatch(word))
    return next(kinds, None)


def foreign_word(path: str, chart: Chart) -> str | None:
    """Return a word of a file's name that has nothing to do with the weekly songs of the chart."""
    name = re.sub(r"\.[a-z]{1,5}$", "", file_name(path).lower())
    if country := country_in_name(path):
        name = name[name.find("regional") : _end_of_spotifys(name)]
        own = {country}
    else:
        own = {*_words(f"{chart.slug} {chart.name}"), chart.country, chart.playlist_id.lower()}
    foreign = (w for w in _words(name) if w not in own and not NEUTRAL.fullmatch(w))
    return next(foreign, None)


def other_chart_in_header(text: bytes, *, without_streams: bool) -> str | None:
    """Return what kind of chart a CSV file's header says, if it is another than those that are kept.

    `without_streams` says that a header without streams may be one: only countries' charts have them.
    """
    start = text[:8192]
    lines = re.split(rb"[\r\n]+", start)[:2]
    headers = [{name.strip().decode().lower() for name in COLUMN.findall(line)} for line in lines]
    for columns, absent, kind in HEADED:
        if any(columns <= header and not absent & header for header in headers):
            return kind
    if link := OTHER_LINK.search(start):
        return f"a chart of {link[1].decode()}s"
    is_chart = any({"rank", "uri", "track_name"} <= header for header in headers)
    if is_chart and not without_streams and not any("streams" in header for header in headers):
        return "a chart without streams, as of a city, or a viral one"
    return None


def _end_of_spotifys(name: str) -> int:
    """Return where the part of a name that Spotify gave it ends, or the whole name."""
    start = name.find("regional")
    end = DATE.search(name, start) or re.compile("weekly").search(name, start)
    return end.start() if end else len(name)


def _words(text: str) -> list[str]:
    """Return the words, without the digits at their ends."""
    return [w for word in re.findall(r"[^\W_]+", text.lower()) if (w := word.strip("0123456789"))]
