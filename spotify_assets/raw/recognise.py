"""Decides what a raw file is from content and path: which charts, which weeks, which kind.

Chart and week come from whatever states them: a path like the archive's, a playlist's id and refresh,
a CSV file's name (read in `file_names`). Where the file goes next is in `inbox`.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from spotify_assets.charts import Chart, Charts, declaration, shipped_charts_file, slug_of
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName, raw_name_of
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.encoding import as_utf8
from spotify_assets.raw.file_names import (
    CSV_NAME,
    country_in_name,
    csv_week,
    file_name,
    is_superseded,
    own_week,
    week_in_name,
    week_of_saving,
)
from spotify_assets.raw.other_charts import (
    KEPT,
    foreign_word,
    other_chart_in_header,
    other_chart_in_name,
)
from spotify_assets.raw.playlist import (
    Playlist,
    playlists_named,
    read_playlists,
    refreshed_weeks,
)
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

OF_PACKAGE = re.compile(r"\.zip(\.unpacked)?$")  # `norway.zip` is as good as a folder of that name
NO_CHART = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"<": "a web page (HTML), as charts.spotify.com sends to visitors who aren't logged in",
}


def recognise(
    path: str, content: bytes, charts: Charts, first_week: date, now: datetime
) -> list[RawName]:
    """Return a name for each chart and week in the file; raise UnreadableRawFile if it has none.

    `path` is below the inbox.
    """
    text = as_utf8(content)
    start = text.lstrip()
    if not start:
        raise UnreadableRawFile("It is empty. Download it again.")
    for magic, what in NO_CHART.items():
        if start.startswith(magic):
            raise UnreadableRawFile(f"It is {what}. Download and drop the CSV or JSON file itself.")
    if is_superseded(path):
        raise UnreadableRawFile(
            "It is in a folder superseded/, where the archive keeps older versions. To make it the "
            "current version again, drop it outside that folder, under the file's own name."
        )
    if start[:1] in (b"{", b"["):
        names = _playlist_names(path, read_playlists(content), charts)
    else:
        _require_weekly_country_chart(path, text)
        kind = read_chart_csv(content).kind
        names = [RawName(csv_week(path), _csv_chart(path, charts), kind)]
    weeks = sorted({name.week for name in names})
    if weeks[0] < first_week:
        raise UnreadableRawFile(
            f"Its week {weeks[0]} is before the first week that is collected, {first_week}. "
            f"To have it collected, set SPOTIFY_ASSETS_FIRST_WEEK={weeks[0]} or earlier."
        )
    if weeks[-1] > latest_closed_week(now):
        raise UnreadableRawFile(
            f"Its week {weeks[-1]} isn't over before {weeks[-1] + ONE_WEEK}. Correct the date in its "
            "name, or drop the file again then."
        )
    stated = week_in_name(path)
    if stated is not None and stated not in weeks:
        message = f"Its name says the week {stated}, but its content is of {weeks[0]}. Rename it."
        raise UnreadableRawFile(message)
    return names


def _require_weekly_country_chart(path: str, text: bytes) -> None:
    """Raise UnreadableRawFile if name or header of a CSV file say that it is another kind of chart."""
    own = raw_name_of(path) is not None
    if not own and (kind := other_chart_in_name(path)):
        raise UnreadableRawFile(f"Its name says: {kind}. {KEPT}")
    said = own or country_in_name(path) is not None
    if kind := other_chart_in_header(text, without_streams=said):
        raise UnreadableRawFile(f"Its header says: {kind}. {KEPT}")


def _csv_chart(path: str, charts: Charts) -> str:
    if own := raw_name_of(path):
        declared = charts.by_slug(own.chart) or charts.by_country(own.chart)
        return _declared_slug(own.chart, charts, declared)
    if country := country_in_name(path):
        known = charts.by_country(country)
        chart = known or Chart(slug_of(country), country.upper(), country=country)
    elif slug := slug_in_path(path, charts):
        known = chart = next(chart for chart in charts.charts if chart.slug == slug)
    else:
        raise UnreadableRawFile(
            f"Its name doesn't say which chart it is. Name it {CSV_NAME}, or put it into a folder "
            "named after the chart, like norway or south-korea."
        )
    _refuse_foreign_words("name", file_name(path), chart, f"name it {CSV_NAME}")
    if known is None:
        raise _undeclared(f"No chart has the country {country!r}.", charts, chart)
    return known.slug


def _playlist_names(path: str, playlists: list[Playlist], charts: Charts) -> list[RawName]:
    dated = list(zip(playlists, refreshed_weeks(playlists), strict=True))
    with_songs = [(p, week) for p, week in dated if p.dropped < len(p.rows)]
    if not with_songs:
        raise UnreadableRawFile("It is a playlist without songs. Save it again, with its rows.")
    ids = {playlist.playlist_id for playlist, _ in with_songs}
    if len(ids) > 1 and "" in ids:
        raise UnreadableRawFile(
            "It contains several playlists, and not all of them name theirs. Drop each in its own file."
        )
    found: dict[tuple[date, str], list[int]] = {}
    for playlist, refreshed in with_songs:
        if own := raw_name_of(path):
            declared = charts.by_playlist(playlist.playlist_id) if len(ids) == 1 else None
            chart = _declared_slug(own.chart, charts, declared, playlist.playlist_id)
            week = own_week(own)
        else:
            chart = _playlist_chart(path, playlist, charts)
            week = refreshed or week_of_saving(path)
        found.setdefault((week, chart), []).append(playlist.offset)
    names = [RawName(w, chart, "playlist", min(rows)) for (w, chart), rows in sorted(found.items())]
    for name in names:
        if not any(p.dropped < len(p.rows) for p in playlists_named(name, playlists, charts)):
            raise UnreadableRawFile(
                f"It contains several playlists, but none of {name.chart} in the week {name.week}, "
                "as its path says. Drop it outside that folder and under another name."
            )
    return names


def _playlist_chart(path: str, playlist: Playlist, charts: Charts) -> str:
    if not playlist.playlist_id:
        if kind := other_chart_in_name(path):
            raise UnreadableRawFile(f"Its name says: {kind}. {KEPT}")
        if chart := slug_in_path(path, charts):
            return chart
        raise UnreadableRawFile(
            "It is a list of rows, and nothing says which playlist they are from. Put it into a "
            f"folder named after the chart, like {charts.charts[0].slug}/{file_name(path)}."
        )
    if declared := charts.by_playlist(playlist.playlist_id):
        return declared.slug
    name = playlist.name or f"Playlist {playlist.playlist_id}"
    slug = slug_of(name, {chart.slug for chart in charts.charts})
    new = Chart(slug, name, playlist_id=playlist.playlist_id)
    daily = " Spotify's Top 50 playlists are daily, not weekly." if "Top 50" in name else ""
    what = f"No chart has the playlist {playlist.playlist_id} ({name}).{daily}"
    raise _undeclared(what, charts, new)


def _declared_slug(
    slug: str, charts: Charts, same_chart: Chart | None, playlist_id: str = ""
) -> str:
    """Return the slug if it is declared, and no other than that of the chart with the same content."""
    if same_chart and same_chart.slug != slug:
        message = f"Its path calls the chart {slug!r}, but it is declared as {same_chart.slug!r}."
        raise UnreadableRawFile(f"{message} Rename the file.")
    if charts.by_slug(slug) is not None:
        return slug
    country = "" if playlist_id else slug
    new = Chart(slug, slug.title(), country=country, playlist_id=playlist_id)
    raise _undeclared(f"No chart has the slug {slug!r}.", charts, new)


def slug_in_path(path: str, charts: Charts) -> str | None:
    """Return the chart that the file, or else a folder, is named after, if there is just one.

    Raise UnreadableRawFile if it is a folder, and another one says that it is another kind of chart.
    """
    words = f"-{slug_of(file_name(path))}-"
    if named := {c.slug for c in charts.charts if f"-{slug_of(c.slug)}-" in words}:
        return named.pop() if len(named) == 1 else None
    folders = [OF_PACKAGE.sub("", folder) for folder in path.split("/")[:-1]]
    found = [
        (depth, chart)
        for depth, folder in enumerate(folders, start=1)
        for chart in charts.charts
        if slug_of(chart.slug) == slug_of(folder)
        or (chart.playlist_id and chart.playlist_id in folder)
    ]
    if len({chart.slug for _, chart in found}) != 1:
        return None
    depth, chart = found[-1]
    for folder in folders:
        if kind := other_chart_in_name(folder):
            raise UnreadableRawFile(f"Its folder {folder} says: {kind}. {KEPT}")
    for folder in folders[depth:]:
        _refuse_foreign_words("folder", folder, chart, f"move it to {'/'.join(folders[:depth])}/")
    return chart.slug


def _refuse_foreign_words(what: str, text: str, chart: Chart, remedy: str) -> None:
    if word := foreign_word(text, chart):
        raise UnreadableRawFile(
            f"Its {what} says {word!r}, which isn't in the name of a country's weekly song chart. "
            f"{KEPT} If it is such a chart all the same, {remedy}."
        )


def _undeclared(what: str, charts: Charts, new: Chart) -> UnreadableRawFile:
    where = f"add these lines to the charts file ({charts.declared_in})"
    if charts.declared_in == str(shipped_charts_file()):  # an update would overwrite edits there
        where = (
            f"copy the shipped charts file ({charts.declared_in}) to your own folder, set "
            "SPOTIFY_ASSETS_CHARTS_FILE to the copy, and add these lines to it"
        )
    return UnreadableRawFile(f"{what} To collect this chart, {where}:\n\n{declaration(new)}")
