"""Splits files that have several charts or weeks in one into chart files, one per chart and week.

Such are tables of many weekly charts, as people publish them, with a column for the week and one for the
country, and the data of a page of charts.spotify.com, in JSON. The archive keeps the file itself, too;
each part names it by its SHA-256 in the column `original_sha256`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from spotify_assets.charts import Charts, slug_of
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import Kind, RawName
from spotify_assets.raw.chart_csv import CHART_COLUMNS, LEGACY_COLUMNS
from spotify_assets.raw.encoding import as_utf8
from spotify_assets.raw.file_names import DATE, country_in_name, csv_week
from spotify_assets.raw.other_charts import KEPT, other_chart_in_header, other_chart_in_name
from spotify_assets.raw.recognise import slug_in_path
from spotify_assets.weeks import FRIDAY, ONE_WEEK, week_of_thursday

ORIGINAL = "original_sha256"
SEVERAL_ARTISTS = 0.1  # of a column's texts have a comma: it has all artists of each song
COLUMNS: dict[str, tuple[str, ...]] = {  # what a column may be called, in small letters
    "rank": ("rank", "position"),
    "uri": ("uri", "url", "track_uri", "track_url", "spotify_uri", "spotify_url"),
    "artist_names": ("artist_names", "artist", "artists", "artist_name"),
    "track_name": ("track_name", "track name", "title", "track", "song", "song_name"),
    "streams": ("streams",),
    "week": ("week_end", "week_ending", "week", "week_date", "chart_week", "chart_date", "end_date",
             "date"),
    "week_start": ("week_start", "start_date"),
    "country": ("country", "country_code", "market", "region", "region_code", "chart"),
}  # fmt: skip
SAY_WHAT_IT_IS = {*COLUMNS["week"], *COLUMNS["week_start"], *COLUMNS["country"]}
ALSO_CALLED = {"usa": "us", "united-states-of-america": "us", "uk": "gb", "great-britain": "gb",
               "uae": "ae", "czechia": "cz", "korea": "kr", "turkiye": "tr", "viet-nam": "vn",
               "worldwide": "global", "world": "global"}  # fmt: skip
REGIONAL_WEEKLY = re.compile(r"regional[-_: ](global|[a-z]{2})[-_: ]weekly")

Cells = Mapping[str, str]


class _Name(msgspec.Struct):
    name: str | None = None


class _Track(msgspec.Struct, rename="camel"):
    track_name: str | None = None
    track_uri: str | None = None
    artists: list[_Name] | None = None
    labels: list[_Name] | None = None


class _Metric(msgspec.Struct):
    value: str | int | None = None
    type: str | None = None


class _Position(msgspec.Struct, rename="camel"):
    current_rank: int
    previous_rank: int | None = None
    peak_rank: int | None = None
    appearances_on_chart: int | None = None
    ranking_metric: _Metric | None = None


class _Entry(msgspec.Struct, rename="camel"):
    chart_entry_data: _Position
    track_metadata: _Track | None = None


class _ChartMetadata(msgspec.Struct):
    alias: str | None = None
    uri: str | None = None
    dimensions: dict[str, object] | None = None


class _DisplayChart(msgspec.Struct, rename="camel"):
    date: str | None = None
    chart_metadata: _ChartMetadata | None = None


class _Page(msgspec.Struct, rename="camel"):
    entries: list[_Entry] | None = None
    display_chart: _DisplayChart | None = None
    chart_entry_view_responses: list[_Page] | None = None


_decoder = msgspec.json.Decoder(_Page | list[_Page], strict=False)


def split(path: str, content: bytes, charts: Charts) -> dict[str, bytes] | None:
    """Return chart files by their path, which follows the archive's naming; None if it is no such file.

    Raises:
        UnreadableRawFile: it is one, but a column is missing, or its charts aren't weekly ones.
    """
    digest, content = hashlib.sha256(content).hexdigest(), as_utf8(content)
    if content.lstrip()[:1] in (b"{", b"["):
        found = _in_pages(path, content, charts) if b"chartEntryData" in content else None
    elif other_chart_in_name(path) or other_chart_in_header(content, without_streams=True):
        return None
    else:
        found = _in_table(path, content, charts)
    if found is None:
        return None
    return {name.path: _written(rows, digest) for name, rows in sorted(found.items())}


def _written(rows: Sequence[Cells], digest: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*rows[0], ORIGINAL])
    writer.writerows([*row.values(), digest] for row in rows)
    return text.getvalue().encode()


def _in_table(path: str, content: bytes, charts: Charts) -> dict[RawName, list[Cells]] | None:
    try:
        header, lines = _header_and_lines(content)
        named = {key: next((n for n in names if n in header), "") for key, names in COLUMNS.items()}
        week = named["week"] or named["week_start"]
        if not named["rank"] or sum(bool(named[key]) for key in LEGACY_COLUMNS.values()) < 3:
            return None
        of_file = [line for line in lines if any(line)]
    except (UnicodeDecodeError, csv.Error):
        return None
    rows = [dict(zip(header, line, strict=True)) for line in of_file if len(line) == len(header)]
    ranks = {row[named["rank"]] for row in rows}
    if not rows or (not week and len(rows) < 2 * len(ranks)):
        return None
    _require(
        {
            "the week's end": (week, COLUMNS["week"]),
            "the song's link": (named["uri"], COLUMNS["uri"]),
            "its artists": (named["artist_names"], COLUMNS["artist_names"]),
            "its name": (named["track_name"], COLUMNS["track_name"]),
            "its streams": (named["streams"], COLUMNS["streams"]),
        }
    )
    if len(rows) < len(of_file):
        raise UnreadableRawFile(
            "It has lines with fewer or more columns than its header: it is damaged, or was cut off. "
            "Download it again."
        )
    weeks = _weeks({row[week] for row in rows}, week, is_start=not named["week"])
    if "chart" in header:  # as in tables of top200 and viral50
        for said in {row["chart"] for row in rows}:
            if other := other_chart_in_name(said):
                raise UnreadableRawFile(f"Its column chart has {said!r}: {other}. {KEPT}")
    slugs = _slugs(
        path, {row[named["country"]] for row in rows} if named["country"] else set(), charts
    )
    kind: Kind = "legacy_csv"
    taken = {column: named[key] for column, key in LEGACY_COLUMNS.items()}
    if _has_all_artists(named["artist_names"], rows):
        kind = "chart_csv"
        columns = {column: named.get(column) or column for column in CHART_COLUMNS}
        taken = {column: source for column, source in columns.items() if source in header}
    found: dict[RawName, dict[tuple[str, str], Cells]] = {}
    for row in rows:
        slug = slugs[row[named["country"]] if named["country"] else ""]
        name = RawName(weeks[row[week]], slug, kind)
        cells = {column: row[source] for column, source in taken.items()}
        # Tables that have a line for each artist of a song have the song several times.
        found.setdefault(name, {}).setdefault((row[named["rank"]], row[named["uri"]]), cells)
    return {name: list(of_name.values()) for name, of_name in found.items()}


def require_agreement(names: Sequence[RawName], content: bytes, charts: Charts) -> None:
    """Raise UnreadableRawFile if a CSV file's columns say another chart or week than its name."""
    name = names[0]
    if name.kind == "playlist":
        return
    header, lines = _header_and_lines(as_utf8(content))
    places = {place: column for place, column in enumerate(header) if column in SAY_WHAT_IT_IS}
    for column, text in {(places[at], line[at]) for line in lines for at in places if line[at:]}:
        if column in COLUMNS["country"]:
            slug = _slug(text, charts)
            is_other = slug != name.chart and charts.by_slug(slug) is not None
            agrees = not is_other and other_chart_in_name(text) is None
        else:
            days = ["-".join(found) for found in DATE.findall(text)]
            first, last = str(name.week), str(name.week + ONE_WEEK)
            agrees = not days or any(first <= day <= last for day in days)
        if not agrees:
            raise UnreadableRawFile(
                f"Its name or folder says {name.chart} in the week {name.week}, but its column {column} "
                f"has {text[:40]!r}. Correct whichever is wrong."
            )


def _header_and_lines(content: bytes) -> tuple[list[str], Iterator[list[str]]]:
    text = content.decode()
    first = text.partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    return [name.strip().lower() for name in next(lines, [])], lines


def _has_all_artists(column: str, rows: Iterable[Cells]) -> bool:
    """Return whether a column has all artists of a song, not the lead artist only as legacy files have.

    In real charts two thirds of the texts have several; names of one artist hardly ever do.
    """
    texts = {row[column] for row in rows}
    is_named_so = column == "artist_names"
    return is_named_so or sum(", " in text for text in texts) > SEVERAL_ARTISTS * len(texts)


def _require(columns: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    missing = [
        f"{what} ({', '.join(names)})" for what, (column, names) in columns.items() if not column
    ]
    if missing:
        raise UnreadableRawFile(
            f"It has several charts, but no column for {'; none for '.join(missing)}. Add what is "
            "missing, or drop the files as charts.spotify.com has them."
        )


def _weeks(texts: Iterable[str], column: str, *, is_start: bool) -> dict[str, date]:
    """Return the chart week of each text in the column; raise UnreadableRawFile if it isn't weekly."""
    days: dict[str, list[date]] = {}
    for text in texts:
        try:
            days[text] = [date(*map(int, found)) for found in DATE.findall(text)]
        except ValueError:
            days[text] = []
        if len(days[text]) not in (1, 2):
            raise UnreadableRawFile(
                f"Its column {column} has {text[:40]!r}, which is no date like 2026-11-19. Write dates "
                "like that, of the Thursdays on which weeks end."
            )
    weekdays = {found[-1].weekday() for found in days.values()}
    if len(weekdays) > 1:
        raise UnreadableRawFile(
            f"The dates in its column {column} are of several days of the week: daily charts. {KEPT}"
        )
    weeks: dict[str, date] = {}
    for text, found in days.items():
        first, last = found[0], found[-1]
        is_range = len(found) == 2 and last - first in (ONE_WEEK, timedelta(6))
        if first.weekday() == FRIDAY and (is_range or (is_start and len(found) == 1)):
            weeks[text] = first
        elif first.weekday() == FRIDAY - 1 and not is_start and len(found) == 1:
            weeks[text] = week_of_thursday(first)
        else:
            raise UnreadableRawFile(
                f"Its column {column} has {text[:40]!r}, a {last:%A}. Weeks go from Friday to Thursday: "
                "name the column week_end if it has Thursdays, week_start if it has Fridays, and "
                "correct other days."
            )
    return weeks


def _slugs(path: str, texts: Collection[str], charts: Charts) -> dict[str, str]:
    """Return the chart of each text in the column for the country, or without one that of the path."""
    if texts:
        return {text: _slug(text, charts) for text in texts}
    country = country_in_name(path)
    chart = (
        charts.by_country(country) if country else charts.by_slug(slug_in_path(path, charts) or "")
    )
    if chart is None:
        raise UnreadableRawFile(
            f"It has several weeks, but no column for the country ({', '.join(COLUMNS['country'])}). "
            "Add one, or put the file into a folder named after the chart, like norway or south-korea."
        )
    return {"": chart.slug}


def _slug(text: str, charts: Charts) -> str:
    """Return the slug of a country by its code or name; what isn't known is rejected with its part."""
    if own := charts.by_slug(text.strip().lower()):
        return own.slug
    said = slug_of(text)
    if regional := REGIONAL_WEEKLY.search(text.lower()):
        said = regional[1]
    said = ALSO_CALLED.get(said, said)
    known = charts.by_slug(said) or charts.by_country(said)
    by_name = (chart for chart in charts.charts if slug_of(chart.name) == said)
    known = known or next(by_name, None)
    return known.slug if known else said


def _in_pages(path: str, content: bytes, charts: Charts) -> dict[RawName, list[Cells]] | None:
    try:
        decoded = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"It is not what a page of charts.spotify.com receives: {error}. Save it again."
        raise UnreadableRawFile(message) from None
    pages = decoded if isinstance(decoded, list) else [decoded]
    pages = [
        one for page in pages for one in page.chart_entry_view_responses or [page] if one.entries
    ]
    found: dict[RawName, list[Cells]] = {}
    others: list[str] = []
    for page in pages:
        said = _said_of(page) or path.rpartition("/")[2].lower()
        if regional := REGIONAL_WEEKLY.search(said.lower()):
            day = page.display_chart and page.display_chart.date
            week = _weeks([day], "date", is_start=False)[day] if day else csv_week(path)
            rows = found.setdefault(RawName(week, _slug(regional[1], charts), "chart_csv"), [])
            rows += [
                _row(one, one.track_metadata) for one in page.entries or () if one.track_metadata
            ]
        else:
            others.append(said)
    found = {name: rows for name, rows in found.items() if rows}
    if not found:
        raise UnreadableRawFile(f"Its charts are {', '.join(others) or 'empty'}. {KEPT}")
    return found


def _said_of(page: _Page) -> str:
    """Return how a page names its chart: `REGIONAL_NO_WEEKLY`; "" if it doesn't."""
    chart = page.display_chart and page.display_chart.chart_metadata
    if not chart:
        return ""
    of = chart.dimensions or {}
    dimensions = "_".join(str(of[k]) for k in ("chartType", "country", "recurrence") if of.get(k))
    return chart.alias or dimensions or chart.uri or ""


def _row(entry: _Entry, track: _Track) -> Cells:
    position, metric = entry.chart_entry_data, entry.chart_entry_data.ranking_metric
    is_streams = metric is not None and metric.type in (None, "STREAMS")
    values = (
        position.current_rank,
        track.track_uri,
        ", ".join(artist.name for artist in track.artists or () if artist.name),
        track.track_name,
        "/".join(label.name for label in track.labels or () if label.name),
        position.peak_rank,
        position.previous_rank,
        position.appearances_on_chart,
        metric.value if metric and is_streams else None,
    )
    texts = ("" if value is None else str(value) for value in values)
    return dict(zip(CHART_COLUMNS, texts, strict=True))
