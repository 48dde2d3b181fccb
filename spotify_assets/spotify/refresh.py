"""Whether a chart that was had shows the week it was asked for, or still the one before.

It goes by `added_at`, by `snapshot_id` and by what was archived before. How a chart is had is in
`snapshots`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from spotify_assets.charts import Chart, Charts
from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.playlist import Playlist, playlists_of, whole_of
from spotify_assets.spotify.sentences import CSV_WAY, LATER
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

WEEKS_BACK = 4  # how far to look for an earlier snapshot to compare with
UNSURE = timedelta(days=1)  # after a week's end, in which a chart without a date may be the old one


class NotStored(UserError):  # noqa: N818 - it says what was decided
    """A playlist was had, but not as this week's chart; the message says why."""


class NotRefreshed(NotStored):
    """Spotify still shows an earlier week, as it does for some hours or days after a week's end."""


@dataclass(frozen=True)
class Earlier:
    """A chart as it was had in an earlier week: its songs by rank, its snapshot id where known."""

    week: date
    songs: dict[int, str]
    snapshot_id: str = ""


def earlier_snapshots(storage: Storage, charts: Charts, week: date) -> dict[str, Earlier]:
    """The newest archived file of each chart in the few weeks before, where there is one."""
    found: dict[str, Earlier] = {}
    for back in range(1, WEEKS_BACK + 1):
        for name, file in reversed(archived_files(storage, [week - ONE_WEEK * back])):
            if name.offset == 0 and name.chart not in found:  # playlists come first, then CSV files
                try:
                    found[name.chart] = _earlier(name, storage.read(file.key), charts)
                except UnreadableRawFile:  # damaged since: nothing to compare with
                    continue
    return found


def _earlier(name: RawName, content: bytes, charts: Charts) -> Earlier:
    if name.kind == "playlist":
        whole = whole_of(playlists_of(name, content, charts))
        return Earlier(name.week, _songs(whole), whole.snapshot_id)
    rows = read_chart_csv(content).rows
    return Earlier(name.week, {row.rank: row.song_id for row in rows})


def require_week(
    chart: Chart, whole: Playlist, week: date, earlier: Earlier | None, now: datetime
) -> None:
    """Make sure that a chart shows this week and no other.

    Raises:
        NotRefreshed: it still shows an earlier one, or may do so.
        NotStored: it shows a later one.
    """
    refreshed = whole.refreshed_week
    if refreshed is not None and refreshed < week:
        raise NotRefreshed(
            f"Spotify hasn't refreshed {chart.slug} for the week {week} yet: it did so last on "
            f"{whole.refreshed_at:%Y-%m-%d %H:%M} UTC, and that week closed on {week + ONE_WEEK}. "
            f"{LATER}"
        )
    if refreshed is not None and refreshed > week:
        raise NotStored(
            f"{chart.slug} shows the week {refreshed} by now, not {week}. It wasn't stored under "
            f"{week}. {CSV_WAY}"
        )
    if earlier is not None:
        same_id = bool(whole.snapshot_id) and whole.snapshot_id == earlier.snapshot_id
        songs = _songs(whole)
        same_songs = all(earlier.songs.get(rank) == song for rank, song in songs.items())
        if same_id or (refreshed is None and same_songs):
            raise NotRefreshed(
                f"Spotify hasn't refreshed {chart.slug} for the week {week} yet: it is the same as the "
                f"chart of {earlier.week}. {LATER}"
            )
    told_by_change = earlier is not None and earlier.week == week - ONE_WEEK
    if refreshed is None and not told_by_change and latest_closed_week(now - UNSURE) != week:
        raise NotRefreshed(
            f"Spotify doesn't say when it refreshed {chart.slug}, and there is no chart of the week "
            f"before to compare it with. So soon after the end of {week} it may be that one. {LATER}"
        )


def _songs(playlist: Playlist) -> dict[int, str]:
    return {rank: track.song_id for rank, _, track in playlist.ranked()}
