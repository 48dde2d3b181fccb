"""Parses playlists in JSON, in every shape that Spotify's Web API sends, into one.

Sources: "Get Playlist" and "Get Playlist Items" of the Web API's reference, and its migration guide of
February 2026. Which chart and week a playlist belongs to is decided in `recognise`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName
from spotify_assets.raw.encoding import as_utf8
from spotify_assets.raw.web_api import Document, Page, Row, Track, aware_moment
from spotify_assets.weeks import latest_closed_week

PLAYLIST_LINK = re.compile(r"playlists/([A-Za-z0-9]+)")
PLAYLIST_ID = re.compile(r"[A-Za-z0-9]+")
REMEDY = "Drop the response of GET /playlists/{id}, or a page of its rows, as it was received."

Ranked = tuple[int, Row, Track]
"""The rank, row and song of a row that has a song."""

_decoder = msgspec.json.Decoder(Document | list[Document | None], strict=False)


@dataclass(frozen=True, slots=True)
class Playlist:
    """The rows of a playlist, or of one page of it, in its order: row n has rank `offset` + n + 1.

    `playlist_id` is empty where the file doesn't name it; `total` counts the whole playlist's rows.
    """

    rows: list[Row | None]
    playlist_id: str = ""
    name: str = ""
    snapshot_id: str = ""
    offset: int = 0
    total: int | None = None

    @property
    def refreshed_at(self) -> datetime | None:
        """When Spotify refreshed the chart: the earliest moment of `dates`; None where unknown."""
        return self.dates[0] if self.dates else None

    @property
    def dates(self) -> list[datetime]:
        """The rows' `added_at` in order, without a tenth at either end; none if most are unknown.

        Single rows are swapped between refreshes, so that the newest or the oldest proves nothing.
        """
        moments = (aware_moment(row.added_at) for row in self.rows if row)
        known = sorted(moment for moment in moments if moment)
        if 2 * len(known) < len(self.rows):
            return []
        return known[len(known) // 10 : len(known) - len(known) // 10]

    def ranked(self) -> Iterator[Ranked]:
        """Yield rank, row and song of every row that has a song; the other rows keep their rank."""
        for rank, row in enumerate(self.rows, start=self.offset + 1):
            if row is not None and (song := row.song) is not None:
                yield rank, row, song

    @property
    def dropped(self) -> int:
        """The number of rows without a song: null rows, episodes, removed tracks."""
        return len(self.rows) - sum(1 for _ in self.ranked())


def read_playlists(content: bytes) -> list[Playlist]:
    """Parse a JSON file with playlists or pages of one; raise UnreadableRawFile if it has none.

    A later page that doesn't name its playlist belongs to the playlist before it.
    """
    content = as_utf8(content)
    try:
        decoded = _decoder.decode(content)
    except msgspec.ValidationError as error:
        message = f"It is JSON, but not a playlist of Spotify's: {error}. {REMEDY}"
        raise UnreadableRawFile(message) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableRawFile(_not_json(content, error)) from None
    if isinstance(decoded, Document):
        return [_playlist(decoded)]
    documents = [document for document in decoded if document is not None]
    if any(document.tracks or document.items is not None for document in documents):
        found: list[Playlist] = []
        for playlist in map(_playlist, documents):
            is_next = playlist.offset and found and not playlist.playlist_id
            named = found[-1].playlist_id if is_next else playlist.playlist_id
            found.append(replace(playlist, playlist_id=named))
        return found
    if not any(document.added_at or document.track or document.item for document in documents):
        message = f"It is a JSON list, but not of playlists or of a playlist's rows. {REMEDY}"
        raise UnreadableRawFile(message)
    return [Playlist([d and Row(d.added_at, d.track, d.item) for d in decoded])]


def refreshed_weeks(playlists: Sequence[Playlist]) -> list[date | None]:
    """Return the chart week that each shows; a later page shows that of the page before it."""
    weeks: list[date | None] = []
    latest: dict[str, date | None] = {}
    for playlist in playlists:
        before = latest.get(playlist.playlist_id) if playlist.offset else None
        moment = None if before else playlist.refreshed_at
        weeks.append(latest_closed_week(moment) if moment else before)
        latest[playlist.playlist_id] = weeks[-1]
    return weeks


def whole_of(playlists: Sequence[Playlist]) -> Playlist:
    """Join the pages of a playlist into one; the first of them names it."""
    first = playlists[0]
    return Playlist(
        rows=[row for playlist in playlists for row in playlist.rows],
        playlist_id=first.playlist_id,
        snapshot_id=first.snapshot_id,
        total=first.total,
    )


def by_rank(playlists: Iterable[Playlist]) -> tuple[list[Ranked], list[int]]:
    """Return the songs of a playlist's pages in order, and the ranks at which a song is there again.

    Of a song that is there twice the better rank counts, and the other one stays empty.
    """
    rows: dict[int, Ranked] = {}
    for playlist in playlists:
        for ranked in playlist.ranked():
            rows.setdefault(ranked[0], ranked)
    songs: dict[str, Ranked] = {}
    again = [
        rank
        for rank in sorted(rows)
        if songs.setdefault(rows[rank][2].song_id, rows[rank])[0] < rank
    ]
    return list(songs.values()), again


def playlists_of(name: RawName, content: bytes, charts: Charts) -> list[Playlist]:
    """Return `playlists_named` of a file; raises UnreadableRawFile if it can't be parsed."""
    return playlists_named(name, read_playlists(content), charts)


def playlists_named(name: RawName, playlists: list[Playlist], charts: Charts) -> list[Playlist]:
    """Return those of a file's playlists, or pages, that are of the chart and week of `name`.

    Of several playlists, those with the chart's playlist id count, and of these the ones that were
    refreshed for the week; where none was, those that don't state their week.
    """
    if len(playlists) == 1:
        return playlists
    chart = charts.by_slug(name.chart)
    if len({playlist.playlist_id for playlist in playlists}) > 1 and chart is not None:
        playlists = [p for p in playlists if p.playlist_id == chart.playlist_id]
    weeks = refreshed_weeks(playlists)
    if len(set(weeks)) > 1:
        wanted = name.week if name.week in weeks else None
        playlists = [p for p, week in zip(playlists, weeks, strict=True) if week == wanted]
    return playlists


def _playlist(document: Document) -> Playlist:
    whole = [page for page in (document.tracks, document.items) if isinstance(page, Page)]
    page: Any = next((page for page in whole if page.items), whole[0] if whole else None)
    if page is not None:  # a whole playlist
        link = document.href or page.href or ""
    elif document.items is not None:  # a page of rows
        page, link = document, document.href or ""
    elif (error := document.error) is not None:
        said = error if isinstance(error, str) else error.get("message")
        raise UnreadableRawFile(f"It is Spotify's refusal ({said}), not a playlist. {REMEDY}")
    else:
        message = f"It is JSON, but has neither `tracks` nor `items`: it is no playlist. {REMEDY}"
        raise UnreadableRawFile(message)
    own_id = document.id if page is not document and document.id else ""
    linked = PLAYLIST_LINK.search(link)
    return Playlist(
        rows=page.items or [],
        playlist_id=own_id if PLAYLIST_ID.fullmatch(own_id) else linked[1] if linked else "",
        name=document.name or "",
        snapshot_id=document.snapshot_id or "",
        offset=page.offset or 0,
        total=page.total,
    )


def _not_json(content: bytes, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"It is not UTF-8 text: it was saved in another encoding. {REMEDY}"
    # The decoder also says "truncated" of half a surrogate pair in the middle of a whole file.
    if "truncated" in str(error) and not content.rstrip().endswith((b"]", b"}")):
        return "It is JSON that was cut off: the file ends too early. Save or download it again."
    return f"It is not valid JSON ({error}). {REMEDY}"
