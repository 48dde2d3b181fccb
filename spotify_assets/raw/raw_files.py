"""What an archived raw file says about itself, whatever its kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec

from spotify_assets.charts import Charts
from spotify_assets.layout import RawName
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.playlist import Playlist, read_playlists, refreshed_weeks


@dataclass(frozen=True)
class RawSummary:
    """A raw file in figures.

    `rows` counts the chart's rows, `dropped` those of them without a song; `stated_total` is how many
    Spotify says there are, None for CSV files; `refreshed_at` is when Spotify refreshed a playlist;
    `app_generation` says which kind of app a playlist was sent to.
    """

    rows: int
    dropped: int
    stated_total: int | None
    refreshed_at: datetime | None
    snapshot_id: str
    sha256: str
    app_generation: str = ""


class _Snapshot(msgspec.Struct):
    snapshot_id: str | None = None


_snapshot_decoder = msgspec.json.Decoder(_Snapshot)


@dataclass(frozen=True)
class RawFile:
    """A raw file of a week: where it came from (archive, inbox, spotify), since when it is there."""

    name: RawName
    source: str
    arrived_at: datetime
    summary: RawSummary


def summarize(name: RawName, content: bytes, charts: Charts) -> RawSummary:
    """The figures of a raw file that was recognised as `name`.

    Raises:
        UnreadableRawFile: it can't be read.
    """
    digest = hashlib.sha256(content).hexdigest()
    if name.kind != "playlist":
        return RawSummary(len(read_chart_csv(content).rows), 0, None, None, "", digest)
    playlists = playlists_of(name, content, charts)
    return RawSummary(
        rows=sum(len(playlist.rows) for playlist in playlists),
        dropped=sum(playlist.dropped for playlist in playlists),
        stated_total=max((p.total for p in playlists if p.total is not None), default=None),
        refreshed_at=max((p.refreshed_at for p in playlists if p.refreshed_at), default=None),
        snapshot_id=next((p.snapshot_id for p in playlists if p.snapshot_id), ""),
        sha256=digest,
        app_generation=next((p.app_generation for p in playlists if p.app_generation), ""),
    )


def snapshot_id_of(name: RawName, content: bytes, charts: Charts) -> str:
    """A playlist's snapshot id, of any other file none; decodes no more of it than that.

    Raises:
        UnreadableRawFile: it can't be read.
    """
    if name.kind != "playlist":
        return ""
    try:
        return _snapshot_decoder.decode(content).snapshot_id or ""
    except (msgspec.MsgspecError, UnicodeDecodeError):  # a list, a byte order mark, or damaged
        return summarize(name, content, charts).snapshot_id


def playlists_of(name: RawName, content: bytes, charts: Charts) -> list[Playlist]:
    """The playlists, or pages, in a file that are of the chart and week it was recognised as.

    Raises:
        UnreadableRawFile: it can't be read.
    """
    return playlists_named(name, read_playlists(content), charts)


def playlists_named(name: RawName, playlists: list[Playlist], charts: Charts) -> list[Playlist]:
    """Those of a file's playlists, or pages, that are of the chart and week it was recognised as.

    A file of one playlist was matched to its chart and week as a whole; of several, those with the
    chart's playlist id count, and of these the ones that were refreshed for the week. Where none
    was, its week was told by its name, and those count that don't tell themselves.
    """
    if len(playlists) == 1:
        return playlists
    chart = charts.by_slug(name.chart)
    if len({playlist.playlist_id for playlist in playlists}) > 1 and chart is not None:
        playlists = [p for p in playlists if p.playlist_id == chart.playlist_id]
    weeks = refreshed_weeks(playlists)
    if len(set(weeks)) > 1:
        told = name.week if name.week in weeks else None
        playlists = [p for p, week in zip(playlists, weeks, strict=True) if week == told]
    return playlists
