"""The latest week's playlists from Spotify: fetched whole and proven to be of that week, or not at all.

A playlist is a snapshot: only the latest closed week can be fetched, and only once Spotify has
refreshed the chart for it. Contents are archived byte for byte.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from spotify_assets.charts import Chart, Charts
from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import Fetched, archive_fetched, archived_files
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts, note_missing
from spotify_assets.raw.playlist import Playlist, playlists_of, read_playlists, whole_of
from spotify_assets.settings import SpotifyAccount
from spotify_assets.spotify import LOGIN_WAY, SpotifyAccess, csv_way
from spotify_assets.spotify.answers import LATER, SpotifyError
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, week_end

if TYPE_CHECKING:
    from spotify_assets.spotify.client import SpotifyClient

log = logging.getLogger(__name__)

ALIKE = 0.8  # how alike two weeks' ranks may be; of 144 real pairs, none is more than 0.63
WEEKS_BACK = 4  # how many earlier weeks' charts to compare with
TOO_CLOSE = timedelta(hours=3)  # before a week's end, in which a refresh may be for that week
UNSURE = timedelta(days=5)  # after a week's end, in which a chart that nothing proves may be old
LEAST_SONGS = 0.5  # of the rows; in real charts a row or two have no song, or one twice
OUTAGE = 5  # charts in a row without an answer; the others aren't requested then
SPOTIFYS_OWN = "37i9dQZ"  # what the ids of Spotify's own playlists begin with
MINUTE = "%Y-%m-%d %H:%M"
MOST_PAGES = 220  # of 50 rows; a playlist has at most 10,000 (Spotify's help: "Playlist limits")


class NotStored(UserError):  # noqa: N818 - it says what was decided
    """A playlist was fetched, but isn't this week's chart; the message says why."""


class NotRefreshed(NotStored):
    """Spotify still shows an earlier week, as it does for some hours or days after a week's end.

    `shown` is that week where the playlist's dates prove which, and `content` is its chart.
    """

    def __init__(self, message: str, shown: date | None = None) -> None:
        super().__init__(message)
        self.shown = shown
        self.content = b""


class NotForThisApp(NotStored):
    """Spotify refuses the playlist to this app, or sends it without its songs, which means the same."""


class InParts(NotStored):
    """The pages don't make up one playlist; Spotify may have refreshed it between them."""


Songs = Mapping[int, tuple[str, str]]
"""A chart by rank: each song's id, and its title to compare by where a file has another id."""
HeldBack = Collection[tuple[date, str]]
"""The charts that are held back, each by its week and slug: their files may be of another week."""


@dataclass(frozen=True)
class Earlier:
    """A chart as archived for an earlier week; its snapshot id where known, and if it is held back."""

    week: date
    songs: Songs
    snapshot_id: str = ""
    is_held_back: bool = False


@dataclass
class LiveCharts:
    """What came of a week's charts: those fetched, and by slug why the others were not.

    Of the others, Spotify hasn't refreshed the `early` ones, and this app has no way to the `refused`.
    `older` are the charts of earlier weeks that it shows in their place.
    """

    fetched: list[Fetched] = field(default_factory=list)
    older: list[Fetched] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    @property
    def only_early(self) -> bool:
        """Whether nothing was fetched, for no other reason than that it is too early."""
        return not self.fetched and bool(self.early) and set(self.reasons) == self.early


def fetch_missing(
    spotify: SpotifyAccess,
    storage: Storage,
    rules: InboxRules,
    week: date,
    held_back: HeldBack = (),
    *,
    dropped: Collection[RawName] = (),
    refetch: bool = False,
) -> LiveCharts:
    """Fetch and archive the charts that the week lacks or holds back, and note why others can't be.

    With `refetch`, archived playlists are fetched again, too; those that were `dropped` just now stay. A
    chart of an earlier week that lacks it is archived there, and makes that week stale.
    """
    charts, archived = rules.charts, {name for name, _ in archived_files(storage, [week])}
    wanted = {chart.slug for chart in missing_charts(storage, charts, week, held_back)}
    wanted |= {name.chart for name in archived if refetch and name.kind == "playlist"}
    wanted -= {name.chart for name in dropped if name.week == week and name.kind == "playlist"}
    live = LiveCharts()
    if chosen := [chart for chart in charts.charts if chart.slug in wanted]:
        live = fetch_charts(spotify.client, storage, chosen, charts, week, held_back)
        live.fetched = [one for one in live.fetched if archive_fetched(storage, one)]
        lacking = {
            RawName(older, chart.slug, "playlist")
            for older in {one.name.week for one in live.older}
            if older >= rules.first_week
            for chart in missing_charts(storage, charts, older, held_back)
        }
        live.older = [
            one for one in live.older if one.name in lacking and archive_fetched(storage, one)
        ]
        for one in live.older:
            live.reasons[one.name.chart] += (
                f" It is the chart of {one.name.week}, which was missing, and is archived as that."
            )
    complete = {name.chart for name in archived}
    missing = {slug: reason for slug, reason in live.reasons.items() if slug not in complete}
    note_missing(storage, week, missing, live.refused & missing.keys())
    return live


def fetch_charts(
    client: SpotifyClient,
    storage: Storage,
    wanted: Iterable[Chart],
    charts: Charts,
    week: date,
    held_back: HeldBack = (),
) -> LiveCharts:
    """Fetch the wanted charts of the latest closed week; one that fails doesn't affect the others."""
    live = LiveCharts()
    earlier = earlier_charts(storage, charts, week, held_back)
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
            content = fetch_chart(client, chart, week, earlier[slug])
            live.fetched.append(Fetched(RawName(week, slug, "playlist"), content, client.clock()))
        except UserError as error:
            live.reasons[slug] = str(error)
            is_outage = isinstance(error, SpotifyError) and error.is_outage
            if isinstance(error, NotForThisApp):
                if earlier[slug] and earlier[slug][0].snapshot_id:
                    live.reasons[slug] += (
                        f" The archive has its playlist of {earlier[slug][0].week}: if this app fetched "
                        "that, it has lost its access since."
                    )
                else:
                    live.refused.add(slug)
            elif isinstance(error, NotRefreshed):
                live.early.add(slug)
                if error.shown:
                    name = RawName(error.shown, slug, "playlist")
                    live.older.append(Fetched(name, error.content, client.clock()))
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


def fetch_chart(
    client: SpotifyClient, chart: Chart, week: date, earlier: Sequence[Earlier]
) -> bytes:
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
    try:
        require_week(chart, whole, week, earlier, client.clock())
    except NotRefreshed as error:
        error.content = content
        raise
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
    songs = len({song_id for song_id, _ in songs_of(whole).values()})
    if songs < LEAST_SONGS * rows or not songs:
        raise NotStored(
            f"Spotify sent {what} with {songs} different songs in {rows} rows, which is no chart."
            f"{csv_way(chart)}"
        )


def require_week(
    chart: Chart, whole: Playlist, week: date, earlier: Sequence[Earlier], now: datetime
) -> None:
    """Make sure that a playlist shows this week: by nearly all of its dates, or else by its ranks.

    Raises:
        NotRefreshed: it is an earlier week's, or it may be.
        NotStored: it is a later week's.
    """
    refreshed, end = whole.refreshed_at, datetime.combine(week + ONE_WEEK, time(), UTC)
    is_close = refreshed is not None and end - TOO_CLOSE <= refreshed < end
    shown = latest_closed_week(refreshed) if refreshed and not is_close else None
    not_yet = f"Spotify hasn't refreshed it for the week {week} yet"
    again = f"It is asked again at each run until {week_end(week + ONE_WEEK)}, the last day."
    if shown and shown > week:
        raise NotStored(f"It already shows the week {shown}, not {week}.{csv_way(chart)}")
    if refreshed and shown and shown < week:
        is_proof = shown == latest_closed_week(whole.dates[-1] + TOO_CLOSE)
        message = f"{not_yet}: it did so last on {refreshed:{MINUTE}} UTC. {again}"
        raise NotRefreshed(message, shown if is_proof else None)
    same = [
        one
        for one in earlier
        if whole.snapshot_id == one.snapshot_id != ""
        or (shown is None and likeness(one.songs, songs_of(whole)) > ALIKE)
    ]
    if same:
        raise NotRefreshed(f"{not_yet}: it still shows the chart of {same[0].week}. {again}")
    is_proven = shown == week or any(
        one.week == week - ONE_WEEK and one.songs and not one.is_held_back for one in earlier
    )
    if not is_proven and now < end + UNSURE:
        when = "Spotify doesn't say when it refreshed it"
        if is_close:
            when = f"Spotify refreshed it at {refreshed:{MINUTE}} UTC, as the week {week} ended"
        raise NotRefreshed(
            f"{when}, and there is no good chart of {week - ONE_WEEK} to compare it with: until "
            f"{end + UNSURE:%Y-%m-%d} it may be that one. {again}{csv_way(chart)}"
        )


def likeness(earlier: Songs, songs: Songs) -> float:
    """Return the share of songs that are in the same order in both charts, 0 to 1.

    The deeper chart is cut to the other's depth: a playlist has 50 ranks of a file's 200.
    """
    depth = min(max(earlier, default=0), max(songs, default=0))
    before = [earlier[rank] for rank in sorted(earlier) if rank <= depth]
    after = [songs[rank] for rank in sorted(songs) if rank <= depth]
    ids = [song_id for song_id, _ in before]
    by_title = {title: song_id for song_id, title in before if title}
    same = [one if one in ids else by_title.get(title, one) for one, title in after]
    return SequenceMatcher(None, ids, same, autojunk=False).ratio()


def earlier_charts(
    storage: Storage, charts: Charts, week: date, held_back: HeldBack = ()
) -> dict[str, list[Earlier]]:
    """Return what is archived of each chart for the few weeks before, the latest first."""
    found: dict[str, list[Earlier]] = defaultdict(list)
    weeks = [week - ONE_WEEK * back for back in range(1, WEEKS_BACK + 1)]
    files = [(n, file) for n, file in archived_files(storage, weeks) if not n.offset]
    names = {file.key: name for name, file in reversed(files)}
    for key, content in storage.read_many(names):
        name = names[key]
        is_held_back = (name.week, name.chart) in held_back
        try:
            if name.kind == "playlist":
                whole = whole_of(playlists_of(name, content, charts))
                one = Earlier(name.week, songs_of(whole), whole.snapshot_id, is_held_back)
            else:
                rows = read_chart_csv(content).rows
                songs = {row.rank: (row.song_id, _folded(row.song_name)) for row in rows}
                one = Earlier(name.week, songs, is_held_back=is_held_back)
        except UnreadableRawFile:  # damaged since: nothing to compare with
            continue
        found[name.chart].append(one)
    return found


def songs_of(playlist: Playlist) -> Songs:
    """Return a playlist's songs."""
    return {rank: (track.song_id, _folded(track.name)) for rank, _, track in playlist.ranked()}


def _folded(title: str | None) -> str:
    return " ".join((title or "").casefold().split())
