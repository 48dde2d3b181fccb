"""The latest week's playlists from Spotify: fetched whole and proven to be of that week, or not at all.

A playlist is a snapshot: only the latest closed week can be fetched, and only once Spotify has
refreshed the chart for it. Contents are returned byte for byte; archiving them is done in `raw`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from spotify_assets.charts import Chart, Charts
from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import Fetched, archived_files
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.playlist import Playlist, playlists_of, read_playlists, whole_of
from spotify_assets.raw.web_api import aware_moment
from spotify_assets.settings import SpotifyAccount
from spotify_assets.spotify import LOGIN_WAY, csv_way
from spotify_assets.spotify.answers import LATER, SpotifyError
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

if TYPE_CHECKING:
    from spotify_assets.spotify.client import SpotifyClient

log = logging.getLogger(__name__)

NEARLY_ALL = 0.9  # of a chart's dates: single rows of a playlist are swapped between refreshes
ALIKE = 0.8  # how alike two weeks' ranks may be; of 144 real pairs, none is more than 0.63
WEEKS_BACK = 4  # how far to look for an earlier chart to compare with
UNSURE = timedelta(days=1)  # after a week's end, in which a chart without dates may be the old one
LEAST_SONGS = 0.5  # of the rows; in real charts a row or two have no song, or one twice
OUTAGE = 5  # charts in a row without an answer; the others aren't requested then
SPOTIFYS_OWN = "37i9dQZ"  # what the ids of Spotify's own playlists begin with
MOST_PAGES = 220  # of 50 rows; a playlist has at most 10,000 (Spotify's help: "Playlist limits")


class NotStored(UserError):  # noqa: N818 - it says what was decided
    """A playlist was fetched, but isn't this week's chart; the message says why."""


class NotRefreshed(NotStored):
    """Spotify still shows an earlier week, as it does for some hours or days after a week's end."""


class NotForThisApp(NotStored):
    """Spotify refuses the playlist to this app, or sends it without its songs, which means the same."""


class InParts(NotStored):
    """The pages don't make up one playlist; Spotify may have refreshed it between them."""


@dataclass(frozen=True)
class Earlier:
    """A chart as archived for an earlier week: its songs by rank, its snapshot id where known."""

    week: date
    songs: dict[int, str]
    snapshot_id: str = ""


@dataclass
class LiveCharts:
    """What came of a week's charts: those fetched, and by slug why the others were not.

    Of the others, Spotify hasn't refreshed the `early` ones, and this app has no way to the `refused`.
    """

    fetched: list[Fetched] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    @property
    def only_early(self) -> bool:
        """Whether nothing was fetched, for no other reason than that it is too early."""
        return not self.fetched and bool(self.early) and set(self.reasons) == self.early


def fetch_charts(
    client: SpotifyClient, storage: Storage, wanted: Iterable[Chart], charts: Charts, week: date
) -> LiveCharts:
    """Fetch the wanted charts of the latest closed week; one that fails doesn't affect the others."""
    live = LiveCharts()
    earlier = earlier_charts(storage, charts, week)
    stopped, unanswered = "", 0
    for chart in wanted:
        slug = chart.slug
        if stopped:
            live.reasons[slug] = f"It wasn't requested: {stopped}"
            continue
        if not chart.playlist_id:
            live.reasons[slug] = f"It has no playlist_id in {charts.declared_in}.{csv_way(chart)}"
            live.refused.add(slug)
            continue
        is_outage = False
        try:
            content = fetch_chart(client, chart, week, earlier.get(slug))
            live.fetched.append(Fetched(RawName(week, slug, "playlist"), content, client.clock()))
        except SpotifyError as error:
            live.reasons[slug] = str(error)
            is_outage = error.is_outage
        except NotForThisApp as error:
            live.reasons[slug] = str(error)
            before = earlier.get(slug)
            if before and before.snapshot_id:
                live.reasons[slug] = (
                    f"{error} The archive has its playlist of {before.week}: if this app fetched that, "
                    "it has lost its access since."
                )
            else:
                live.refused.add(slug)
        except UserError as error:
            live.reasons[slug] = str(error)
            if isinstance(error, NotRefreshed):
                live.early.add(slug)
        except Exception as error:  # whatever one chart's answer contains, the others aren't lost
            log.exception("Unexpected error at the chart %s", slug)
            live.reasons[slug] = (
                f"Spotify's answer caused an unexpected error ({type(error).__name__}). Please report "
                f"it, with the log.{csv_way(chart)}"
            )
        unanswered = unanswered + 1 if is_outage else 0
        if unanswered == OUTAGE:
            stopped = f"Spotify was out of order for {OUTAGE} charts in a row. {LATER}"
    return live


def fetch_chart(client: SpotifyClient, chart: Chart, week: date, earlier: Earlier | None) -> bytes:
    """Return a chart of the latest closed week: its playlist's one page, or a JSON list of all.

    Raises NotStored if it isn't complete, or not of that week, and SpotifyError.
    """
    try:
        try:
            whole, content = _fetch_whole(client, chart)
        except InParts:
            whole, content = _fetch_whole(client, chart)
    except SpotifyError as error:
        if error.is_of_the_app or error.status not in (403, 404):
            raise
        said = f"Spotify answered {error.problem} to the request for the playlist"
        raise NotForThisApp(f"{said}{_why_not_for_this_app(chart, client.account)}") from None
    _require_week(chart, whole, week, earlier, client.clock())
    return content


def _why_not_for_this_app(chart: Chart, account: SpotifyAccount) -> str:
    if chart.playlist_id.startswith(SPOTIFYS_OWN):
        said = (
            ": since November 2024 Spotify hides its own playlists from new apps, and since February "
            "2026 from all in development mode. If yours has extended quota, check the playlist_id in "
            "the charts file."
        )
    else:
        said = (
            ": since February 2026 an app in development mode may read only playlists that its user "
            "owns or takes part in. "
        )
        said += (
            "That has to be the user who issued SPOTIFY_ASSETS_REFRESH_TOKEN."
            if account.refresh_token
            else f"If this one is yours, {LOGIN_WAY}"
        )
    return said + csv_way(chart)


def _fetch_whole(client: SpotifyClient, chart: Chart) -> tuple[Playlist, bytes]:
    """Return all rows as one playlist, and the bytes they came in.

    No `market` is sent: with one, Spotify replaces the chart's ids by others.
    """
    what = "the playlist"
    types = ("track", "episode")
    answer = client.get(lambda s: s.playlist(chart.playlist_id, additional_types=types), what)
    if answer.document.get("id") != chart.playlist_id:
        raise NotStored(f"Spotify sent something else than {what}. {LATER}")
    bodies = [answer.body]
    pages = (answer.document.get(key) for key in ("items", "tracks"))  # by the app's generation
    with_rows = (p for p in pages if isinstance(p, dict) and isinstance(p.get("items"), list))
    page = next(with_rows, None)
    if page is None:
        why = _why_not_for_this_app(chart, client.account)
        raise NotForThisApp(f"Spotify sent the playlist without its songs{why}")
    while (link := page.get("next")) and page.get("items") and len(bodies) < MOST_PAGES:
        answer = client.next_page(link, what)
        page = answer.document
        bodies.append(answer.body)
        if bodies[-1] == bodies[-2]:
            break
    content = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
    try:
        playlists = read_playlists(content)
    except UnreadableRawFile as error:
        raise NotStored(f"Spotify's answer for {what} can't be read: {error}") from None
    whole = whole_of(playlists)
    _require_complete(chart, playlists, whole)
    if len(playlists) > 1:  # a refresh may have come between them
        answer = client.get(lambda s: s.playlist(chart.playlist_id, fields="snapshot_id"), what)
        if (answer.document.get("snapshot_id") or "") != whole.snapshot_id:
            raise InParts(f"Spotify refreshed {what} while its pages were fetched. {LATER}")
    return whole, content


def _require_complete(chart: Chart, pages: Sequence[Playlist], whole: Playlist) -> None:
    what, rows = "the playlist", 0
    for page in pages:
        if page.offset != rows or page.playlist_id not in ("", whole.playlist_id):
            raise InParts(f"Spotify's pages of {what} don't follow each other. {LATER}")
        rows += len(page.rows)
    if any(page.total != rows for page in pages):
        stated = " and ".join(sorted({str(page.total) for page in pages}))
        raise InParts(f"Spotify states {stated} rows for {what}, but sent {rows}. {LATER}")
    songs = len(set(_songs(whole).values()))
    if songs < LEAST_SONGS * rows or not songs:
        raise NotStored(
            f"Spotify sent {what} with {songs} different songs in {rows} rows, which is no chart."
            f"{csv_way(chart)}"
        )


def _require_week(
    chart: Chart, whole: Playlist, week: date, earlier: Earlier | None, now: datetime
) -> None:
    """Make sure that a playlist shows this week: by nearly all of its dates, or by its ranks."""
    refreshed = _refreshed_at(whole)
    shown = latest_closed_week(refreshed) if refreshed else None
    not_yet = f"Spotify hasn't refreshed it for the week {week} yet"
    if refreshed and shown and shown < week:
        raise NotRefreshed(f"{not_yet}: it did so last on {refreshed:%Y-%m-%d %H:%M} UTC. {LATER}")
    if shown and shown > week:
        raise NotStored(f"It already shows the week {shown}, not {week}.{csv_way(chart)}")
    if earlier and (
        whole.snapshot_id == earlier.snapshot_id != ""
        or (shown is None and likeness(earlier.songs, _songs(whole)) > ALIKE)
    ):
        raise NotRefreshed(f"{not_yet}: it is the same as the chart of {earlier.week}. {LATER}")
    is_proven = shown == week or (earlier is not None and earlier.week == week - ONE_WEEK)
    if not is_proven and latest_closed_week(now - UNSURE) != week:
        raise NotRefreshed(
            f"Spotify doesn't say when it refreshed it, and there is no chart of the week "
            f"before to compare it with. So soon after the end of {week} it may be that one. {LATER}"
        )


def _refreshed_at(whole: Playlist) -> datetime | None:
    """Return the moment that nearly all dated rows are not older than; None if most have no date."""
    dates = (aware_moment(row.added_at) for row in whole.rows if row)
    known = sorted(moment for moment in dates if moment)
    if not known or 2 * len(known) < len(whole.rows):
        return None
    return known[int((1 - NEARLY_ALL) * len(known) + 1e-9)]


def likeness(earlier: dict[int, str], songs: dict[int, str]) -> float:
    """Return the share of the second chart's songs that are in the same order in the first, 0 to 1."""
    depth = max(songs, default=0)
    before = [earlier[rank] for rank in sorted(earlier) if rank <= depth]
    after = [songs[rank] for rank in sorted(songs)]
    return SequenceMatcher(None, before, after, autojunk=False).ratio()


def earlier_charts(storage: Storage, charts: Charts, week: date) -> dict[str, Earlier]:
    """Return each chart's newest archived file of the few weeks before, where there is one."""
    found: dict[str, Earlier] = {}
    for back in range(1, WEEKS_BACK + 1):
        for name, file in reversed(archived_files(storage, [week - ONE_WEEK * back])):
            if name.offset or name.chart in found:  # playlists come first, then CSV files
                continue
            content = storage.read(file.key)
            try:
                if name.kind == "playlist":
                    whole = whole_of(playlists_of(name, content, charts))
                    found[name.chart] = Earlier(name.week, _songs(whole), whole.snapshot_id)
                else:
                    songs = {row.rank: row.song_id for row in read_chart_csv(content).rows}
                    found[name.chart] = Earlier(name.week, songs)
            except UnreadableRawFile:  # damaged since: nothing to compare with
                continue
    return found


def _songs(playlist: Playlist) -> dict[int, str]:
    return {rank: track.song_id for rank, _, track in playlist.ranked()}
