"""Decides whether a dropped file may replace another of the same chart and week.

One that has few of the other's songs is probably of another chart or week, or cut off. Who is sure puts
it into a folder `replace/`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.held_back import charts_held_back
from spotify_assets.layout import KINDS, RawName
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.playlist import playlists_of
from spotify_assets.storage import Storage

FORCED = "replace"  # the folder, anywhere in the path


def may_replace_anything(path: str) -> bool:
    """Whether the path says that the file replaces what there is, whatever that has."""
    return FORCED in path.lower().split("/")[:-1]


def replaced_by(name: RawName, names: Iterable[RawName]) -> RawName | None:
    """Return whose ranks and streams those of a file with this name replace, among the names.

    A CSV file's go before those of the other kind and of a playlist.
    """
    kinds = (name.kind,) if name.kind == "playlist" else (name.kind, *KINDS)
    there = set(names)
    return next((one for kind in kinds if (one := replace(name, kind=kind)) in there), None)


def why_not_replace(
    storage: Storage,
    name: RawName,
    content: bytes,
    older_name: RawName,
    older: bytes,
    charts: Charts,
    least: float,
) -> str:
    """Return why the content can't replace the older one; "" if it can.

    It can if it has at least that share of the older one's songs, if the older one is damaged, or if the
    chart is held back in that week: then another file is what it takes.
    """
    if content == older or not least:
        return ""
    try:
        before = list(_songs(older_name, older, charts))
    except UnreadableRawFile:
        return ""
    known = {key for song in _songs(name, content, charts) for key in song}
    shared = sum(1 for song in before if not known.isdisjoint(song))
    if shared >= least * len(before):
        return ""
    if (name.week, name.chart) in charts_held_back(storage, [name.week], charts):
        return ""
    return (
        f"It would replace {older_name.path}, but has only {shared} of its {len(before)} songs: it "
        "seems to be cut off, or of another chart or week. If it is right, drop it again in a folder "
        f"{FORCED}/ of the inbox, with the rest of its path; the other file is kept as an older version."
    )


def _songs(name: RawName, content: bytes, charts: Charts) -> Iterator[Collection[str]]:
    """Yield what each song can be known by: its id, and its name, for a song may get another id."""
    if name.kind == "playlist":
        for playlist in playlists_of(name, content, charts):
            for _, _, track in playlist.ranked():
                yield {key for key in (track.id or track.uri, track.name) if key}
    else:
        for row in read_chart_csv(content).rows:
            yield {key for key in (row.song_id, row.song_name) if key}
