"""Charts as Spotify's Web API gives them now: had whole and of the right week, or not at all.

A playlist is a snapshot, so only the latest closed week can be had, and only once Spotify has
refreshed the chart for it. What was had is handed on byte for byte; archiving it is not done here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from spotify_assets.charts import Chart, Charts
from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import Fetched
from spotify_assets.raw.playlist import (
    PLAYLIST_LINK,
    REMEDY,
    Playlist,
    read_playlists,
    whole_of,
)
from spotify_assets.spotify.errors import SpotifyError
from spotify_assets.spotify.refresh import (
    Earlier,
    NotRefreshed,
    NotStored,
    earlier_snapshots,
    require_week,
)
from spotify_assets.spotify.sentences import CSV_WAY, LATER
from spotify_assets.storage import Storage
from spotify_assets.weeks import latest_closed_week

if TYPE_CHECKING:
    from spotify_assets.spotify.client import SpotifyClient

log = logging.getLogger(__name__)

LEAST_SONGS = 0.5  # of the rows; in real charts a row or two hold none, or one twice
SILENT_CHARTS = 5  # in a row; the others aren't asked for then
MOST_PAGES = 220  # of 50 rows; a playlist holds 10,000 (Spotify's help: "Playlist limits")


class InParts(NotStored):
    """The pages don't make up one playlist; Spotify may have refreshed it while they were had."""


@dataclass
class LiveCharts:
    """What a week's missing charts came to: those that were had, and why the others were not.

    `early` are those of the others that Spotify hasn't refreshed yet, `refused` those that it doesn't
    give to this app.
    """

    fetched: list[Fetched] = field(default_factory=list)
    not_had: dict[str, str] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    @property
    def only_early(self) -> bool:
        """Whether nothing was had, for no other reason than that it is too early."""
        return not self.fetched and bool(self.early) and set(self.not_had) == self.early


def fetch_charts(
    client: SpotifyClient, storage: Storage, wanted: Iterable[Chart], charts: Charts, week: date
) -> LiveCharts:
    """The wanted charts of the week that closed last; one that fails doesn't keep back the others."""
    live = LiveCharts()
    earlier = earlier_snapshots(storage, charts, week)
    stopped, silent = "", 0
    for chart in wanted:
        if stopped:
            live.not_had[chart.slug] = f"{chart.slug} wasn't asked for: {stopped}"
            continue
        if not chart.playlist_id:
            live.not_had[chart.slug] = (
                f"{chart.slug} has no playlist_id in {charts.declared_in}, so Spotify can't be asked. "
                f"{CSV_WAY}"
            )
            continue
        try:
            content = fetch_chart(client, chart, week, earlier.get(chart.slug))
        except UserError as error:
            live.not_had[chart.slug] = str(error)
            if isinstance(error, NotRefreshed):
                live.early.add(chart.slug)
            silent = silent + 1 if isinstance(error, SpotifyError) and error.is_outage else 0
            if isinstance(error, SpotifyError) and error.is_of_token:
                stopped = "Spotify gives no token to this app."
            elif silent == SILENT_CHARTS:
                stopped = f"Spotify was out of order for {silent} charts in a row. {LATER}"
            if isinstance(error, SpotifyError) and error.status in (403, 404):
                live.refused.add(chart.slug)
        except Exception as error:  # whatever one chart's answer holds, the others' week isn't lost
            log.exception("Unexpected error at the chart %s", chart.slug)
            live.not_had[chart.slug] = (
                f"Spotify's answer for {chart.slug} brought up an error that wasn't foreseen "
                f"({type(error).__name__}); the log has more. Please report it. {CSV_WAY}"
            )
        else:
            silent = 0
            name = RawName(week, chart.slug, "playlist")
            live.fetched.append(Fetched(name, content, client.clock()))
    return live


def fetch_chart(client: SpotifyClient, chart: Chart, week: date, earlier: Earlier | None) -> bytes:
    """A chart of the week that closed last: its playlist's one page, or a JSON list of all of them.

    `earlier` is the chart as it was had before that week, None where it wasn't.

    Raises:
        SpotifyError: Spotify can't be asked or refuses.
        NotStored: what it gives is not whole, or not of that week.
    """
    try:
        pages, content = _pages(client, chart)
    except InParts:
        pages, content = _pages(client, chart)
    require_week(chart, pages, week, earlier, client.clock())
    if latest_closed_week(client.clock()) != week:
        raise NotStored(
            f"The week {week} is no longer the latest: another one closed while {chart.slug} was had. "
            "It wasn't stored; the next run collects the new week."
        )
    return content


def _pages(client: SpotifyClient, chart: Chart) -> tuple[Playlist, bytes]:
    """All rows as one playlist, and the bytes they came in.

    No `market` is given: with one, Spotify puts other ids in place of those that the chart has.

    Raises:
        NotStored: it isn't the playlist, isn't whole or holds no songs.
    """
    what = f"{chart.slug} (playlist {chart.playlist_id})"
    answer = client.ask(
        lambda spotify: spotify.playlist(chart.playlist_id, additional_types=("track", "episode")),
        what,
    )
    if answer.document.get("id") != chart.playlist_id:
        raise NotStored(f"Asked for {what}, Spotify sent something else. It wasn't stored. {LATER}")
    bodies = [answer.body]
    page = _rows_of(answer.document)
    if page is None:
        raise NotStored(
            f"Spotify sent {what} without its songs: since February 2026 an app in development mode is "
            f"given those of playlists only that its user owns or takes part in. {CSV_WAY}"
        )
    while page.get("next"):
        _require_link(chart, page["next"])
        answer = client.next_page(page["next"], what)
        page = answer.document
        _require_link(chart, page.get("href"))
        if answer.body in bodies or not page.get("items") or len(bodies) >= MOST_PAGES:
            raise InParts(
                f"Spotify's pages of {what} lead nowhere: one came again, or without rows. It wasn't "
                f"stored. {LATER}"
            )
        bodies.append(answer.body)
    content = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
    try:
        playlists = read_playlists(content)
    except UnreadableRawFile as error:
        why = str(error).removesuffix(REMEDY).strip()
        raise NotStored(f"Spotify's answer for {what} can't be read: {why} {LATER}") from None
    whole = whole_of(playlists)
    _require_whole(what, playlists, whole)
    if len(bodies) > 1:
        _require_same(client, chart, what, whole)
    return whole, content


def _require_link(chart: Chart, link: object) -> None:
    """Make sure that a next page is of the same playlist, where its address says of which."""
    named = PLAYLIST_LINK.search(link) if isinstance(link, str) else None
    if named is not None and named[1] != chart.playlist_id:
        raise NotStored(
            f"Spotify's next page of {chart.slug} is of another playlist. It wasn't stored. {LATER}"
        )


def _rows_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """The first page of rows, in either generation's place."""
    pages = [document.get(key) for key in ("items", "tracks")]
    return next(
        (p for p in pages if isinstance(p, dict) and isinstance(p.get("items"), list)), None
    )


def _require_whole(what: str, pages: list[Playlist], whole: Playlist) -> None:
    rows = 0
    for page in pages:
        if page.offset != rows:
            raise InParts(
                f"Spotify's pages of {what} don't follow each other: one begins at {page.offset} where "
                f"{rows} rows were had. It wasn't stored. {LATER}"
            )
        rows += len(page.rows)
    totals = {page.total for page in pages}
    if totals != {rows}:
        stated = " and ".join(sorted(str(total) for total in totals))
        raise InParts(
            f"Spotify states {stated} rows for {what}, and {rows} were had. An incomplete chart isn't "
            f"stored. {LATER}"
        )
    songs = len({track.song_id for _, _, track in whole.ranked()})
    if songs < LEAST_SONGS * rows or not songs:
        raise NotStored(
            f"Spotify sent {what} with {songs} different songs in {rows} rows, which is no chart. It "
            f"wasn't stored. {CSV_WAY}"
        )


def _require_same(client: SpotifyClient, chart: Chart, what: str, whole: Playlist) -> None:
    """Make sure that no page is from after a refresh that came between them."""
    answer = client.ask(
        lambda spotify: spotify.playlist(chart.playlist_id, fields="snapshot_id"), what
    )
    if (answer.document.get("snapshot_id") or "") != whole.snapshot_id:
        raise InParts(
            f"Spotify refreshed {what} while its pages were had. It wasn't stored. {LATER}"
        )
