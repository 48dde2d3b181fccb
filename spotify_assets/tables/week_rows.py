"""One week's raw files, turned into rows: which file rules what, and what each row is made of.

Ranks and streams come from a chart file where a chart has one, everything else from playlists, and what
no playlist of the week says from details.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName
from spotify_assets.raw.chart_csv import ChartRow, read_chart_csv
from spotify_assets.raw.dates import moment, release_day
from spotify_assets.raw.details import Details
from spotify_assets.raw.playlist import Playlist
from spotify_assets.raw.raw_files import playlists_of
from spotify_assets.raw.web_api import Album, Artist, Row, Track
from spotify_assets.tables.names import fold, name_id, song_key, split_artists
from spotify_assets.weeks import week_end

SPOTIFY = "https://open.spotify.com"
UNKNOWN = Artist()
Ranked = tuple[int, Row, Track]


@dataclass
class WeekRows:
    """The rows of a week, by table; `dropped` counts the playlist rows that held no song."""

    week: date
    charts: Charts
    details: Details
    dropped: int = 0
    chart_rows: dict[str, dict[str, list[ChartRow]]] = field(default_factory=dict)
    playlist_rows: dict[str, list[Ranked]] = field(default_factory=dict)
    songs: list[tuple[Any, ...]] = field(default_factory=list)
    song_artists: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    albums: dict[str, Album] = field(default_factory=dict)
    artists: dict[str, Artist] = field(default_factory=dict)

    def read(self, files: Iterable[tuple[RawName, bytes]]) -> None:
        """Decode the week's files.

        Raises:
            UnreadableRawFile: one of them can't be read; names it.
        """
        raw = list(files)
        only_playlists = all(name.kind == "playlist" for name, _ in raw)
        for slug, of_chart in groupby(raw, key=lambda file: file[0].chart):
            playlists: list[Playlist] = []
            for name, content in of_chart:
                try:
                    if name.kind == "playlist":
                        found = playlists_of(name, content, self.charts)
                        if name.offset and playlists:  # an older capture may have left it behind
                            found = [page for page in found if _goes_on(playlists[0], page)]
                        playlists += found
                    else:
                        rows = read_chart_csv(content).rows
                        self.chart_rows.setdefault(slug, {})[name.kind] = rows
                except UnreadableRawFile as error:
                    raise UnreadableRawFile(f"{name.archive_key}: {error}") from None
            if only_playlists:  # nothing waits for them: keeping their songs would take memory
                self._playlist_songs(slug, self._ranked(playlists))
            elif playlists:
                self.playlist_rows[slug] = self._ranked(playlists)

    def _ranked(self, playlists: Sequence[Playlist]) -> list[Ranked]:
        by_rank: dict[int, Ranked] = {}
        for playlist in playlists:
            with_songs = list(playlist.ranked())
            self.dropped += len(playlist.rows) - len(with_songs)
            for ranked in with_songs:
                by_rank.setdefault(ranked[0], ranked)
        return [by_rank[rank] for rank in sorted(by_rank)]

    def derive(self) -> None:
        """Ranks from a chart file where there is one; songs' details from any playlist of the week."""
        tracks: dict[str, Ranked] = {}
        artist_ids: dict[str, str] = {}
        if self.chart_rows:
            for slug in sorted(self.playlist_rows):
                for ranked in self.playlist_rows[slug]:
                    track = ranked[2]
                    names = _artist_names(track.artists)
                    tracks.setdefault(track.song_id, ranked)
                    tracks.setdefault(song_key(track.song_id, track.name, names), ranked)
                    for artist in track.artists or ():
                        if artist.id and artist.name:
                            artist_ids.setdefault(fold(artist.name), artist.id)
        for slug in sorted({*self.chart_rows, *self.playlist_rows}):
            by_kind = self.chart_rows.get(slug)
            if by_kind is None:
                self._playlist_songs(slug, self.playlist_rows[slug])
                continue
            kind = min(by_kind)  # chart_csv before legacy_csv, which knows less
            own = {ranked[2].song_id: ranked[1] for ranked in self.playlist_rows.get(slug, ())}
            for chart_row in by_kind[kind]:
                key = song_key(chart_row.song_id, chart_row.song_name, chart_row.artist_names)
                ranked_track = tracks.get(chart_row.song_id) or tracks.get(key)
                self._chart_song(slug, kind, chart_row, ranked_track, own, artist_ids)

    def _playlist_songs(self, slug: str, ranked: Sequence[Ranked]) -> None:
        week, last_day = self.week, week_end(self.week)
        songs, credited = self.songs, self.song_artists
        for rank, row, track in ranked:
            song_id, name, artists = track.song_id, track.name, track.artists or ()
            names = _artist_names(artists)
            songs.append((
                week, last_day, slug, rank, song_id,
                song_key(song_id, name, names), name or None, names or None,
                self._album(track), track.duration_ms, track.explicit, track.popularity,
                track.external_ids.isrc if track.external_ids else None,
                self._label(track.album),
                None, None, None, None,
                moment(row.added_at), _url("track", song_id), "playlist",
            ))  # fmt: skip
            if not credited.get(song_id):
                credited[song_id] = self._credits(song_id, artists)

    def _chart_song(
        self,
        slug: str,
        kind: str,
        row: ChartRow,
        ranked: Ranked | None,
        own_playlist: dict[str, Row],
        artist_ids: dict[str, str],
    ) -> None:
        track = ranked[2] if ranked else self.details.tracks.get(row.song_id) or Track()
        listed = own_playlist.get(track.song_id) if ranked else None
        name = row.song_name or track.name or None
        artist_names = row.artist_names or _artist_names(track.artists) or None
        key = song_key(row.song_id, name, artist_names)
        self.songs.append((
            self.week, week_end(self.week), slug, row.rank, row.song_id, key, name, artist_names,
            self._album(track), track.duration_ms, track.explicit, track.popularity,
            track.external_ids.isrc if track.external_ids else None,
            row.label or self._label(track.album),
            row.streams, row.peak_rank, row.previous_rank, row.weeks_on_chart,
            moment(listed.added_at) if listed else None, row.song_url, kind,
        ))  # fmt: skip
        if self.song_artists.get(row.song_id):
            return
        credited: Sequence[Artist] = track.artists or [
            Artist(id=artist_ids.get(fold(name)), name=name)
            for name in split_artists(row.artist_names or "")
        ]
        self.song_artists[row.song_id] = self._credits(row.song_id, credited)

    def _album(self, track: Track) -> str | None:
        album = track.album
        if album is None or not album.id:
            return None
        self.albums.setdefault(album.id, album)
        return album.id

    def _label(self, album: Album | None) -> str | None:
        if album is None or album.label is not None:
            return album.label if album else None
        known = self.details.albums.get(album.id or "")
        return known.label if known else None

    def _credits(self, song_id: str, artists: Sequence[Artist]) -> list[tuple[Any, ...]]:
        credited: list[tuple[Any, ...]] = []
        for artist in artists:
            if not artist.id and not artist.name:
                continue
            artist_id = artist.id or name_id(artist.name or "")
            credited.append((self.week, song_id, len(credited) + 1, artist_id, artist.name or ""))
            known = self.artists.get(artist_id)
            if known is None or _fullness(artist) > _fullness(known):
                self.artists[artist_id] = artist
        return credited

    def sorted_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows, each table's in its order and its columns as declared."""
        self.songs.sort(key=itemgetter(2, 3))
        return {
            "songs": self.songs,
            "song_artists": [
                r for song in sorted(self.song_artists) for r in self.song_artists[song]
            ],
            "albums": [self._album_row(self.albums[key]) for key in sorted(self.albums)],
            "artists": [self._artist_row(key, self.artists[key]) for key in sorted(self.artists)],
        }

    def _album_row(self, album: Album) -> tuple[Any, ...]:
        released, precision = release_day(album.release_date, album.release_date_precision)
        return (
            self.week, album.id, album.name, album.album_type, released, precision,
            album.total_tracks, _artist_names(album.artists) or None, self._label(album),
            _url("album", album.id), album.images[0].url if album.images else None,
        )  # fmt: skip

    def _artist_row(self, artist_id: str, artist: Artist) -> tuple[Any, ...]:
        known = self.details.artists.get(artist_id) or UNKNOWN
        genres = artist.genres if artist.genres is not None else known.genres
        images = artist.images or known.images
        return (
            self.week, artist_id, artist.name or "", genres, artist.popularity,
            artist.followers.total if artist.followers else None, _url("artist", artist.id),
            images[0].url if images else None,
        )  # fmt: skip


def _goes_on(first: Playlist, page: Playlist) -> bool:
    """Whether a later page, from a file of its own, is of the same capture as the first."""
    is_within = first.total is None or page.offset < first.total
    return is_within and page.refreshed_at == first.refreshed_at


def _fullness(artist: Artist) -> tuple[bool, bool]:
    return artist.genres is not None, bool(artist.name)


def _artist_names(artists: Sequence[Artist] | None) -> str:
    if artists and len(artists) == 1:  # as most songs
        return artists[0].name or ""
    return ", ".join([artist.name for artist in artists or () if artist.name])


def _url(what: str, spotify_id: str | None) -> str | None:
    return f"{SPOTIFY}/{what}/{spotify_id}" if spotify_id and ":" not in spotify_id else None
