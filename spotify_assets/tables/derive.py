"""Raw files of some weeks, turned into the rows of the tables: pure functions.

The same raw files and details give the same rows in the same order. Each week is derived from its own
files alone, so any slice of weeks gives what all of them at once would. Ranks and streams come from a
chart file where a chart has one, everything else from playlists, what no playlist of the week says from
details, and what Spotify doesn't say from open data. Whether rows may be stored is
decided in `checks`; reading and writing files is in `store`.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import pyarrow as pa

from spotify_assets import titles
from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName
from spotify_assets.open_data.facts import ArtistFacts, OpenFacts, SongFacts
from spotify_assets.raw.chart_csv import ChartRow, read_chart_csv
from spotify_assets.raw.details import Details
from spotify_assets.raw.playlist import Playlist, Ranked, by_rank, playlists_of
from spotify_assets.raw.web_api import Album, Artist, Row, Track, moment, release_day
from spotify_assets.tables.names import fold, name_id, song_key, split_artists, split_as_credited
from spotify_assets.tables.schemas import CHART_TABLES, DATE, MOMENT, TEXT
from spotify_assets.weeks import week_end

SPOTIFY = "https://open.spotify.com"
UNKNOWN = Artist()
OPEN_ALBUM = "mbid:"  # what the id of an album that Spotify doesn't tell begins with
UNMATCHED = SongFacts()
UNKNOWN_ARTIST = ArtistFacts("", "")
Rows = list[dict[str, Any]]
T = TypeVar("T")

RAW_FILES = pa.schema(
    [
        ("week", DATE),
        ("chart", TEXT),
        ("kind", TEXT),
        ("file", TEXT),  # below the archive
        ("rows", pa.int32()),  # of the chart
        ("dropped", pa.int32()),  # of them without a song
        ("again", pa.list_(pa.int32())),  # the ranks of songs that have a better one, too
        ("stated_total", pa.int32()),  # how many Spotify says there are; null for CSV files
        ("refreshed_at", MOMENT),
        ("snapshot_id", TEXT),
        ("sha256", TEXT),
        ("problem", TEXT),  # why it can't be read; null where it can
    ]
)
"""What raw files say about themselves, as the checks of the archive read it."""


@dataclass(frozen=True)
class Derived:
    """The tables of some weeks, each sorted by week and its own order, and what the raw files said."""

    tables: dict[str, pa.Table]
    raw_files: pa.Table


def derive_tables(
    raw_files: Iterable[tuple[RawName, bytes]],
    charts: Charts,
    details: Details | None = None,
    open_facts: OpenFacts | None = None,
) -> Derived:
    """Return the tables of the weeks that the raw files belong to, which come in order of names.

    `details` fill in what the raw files of a week leave open, and `open_facts` what is null even then.
    A file that can't be read contributes no rows; `raw_files` says why.
    """
    rows: dict[str, Rows] = {name: [] for name in CHART_TABLES}
    facts: Rows = []
    with _garbage_collection_paused():
        for week, files in groupby(raw_files, key=lambda raw: raw[0].week):
            derivation = _Week(week, charts, details or Details(), open_facts or OpenFacts())
            derivation.read(files)
            derivation.derive()
            facts += derivation.facts
            for name, of_week in derivation.sorted_rows().items():
                rows[name] += of_week
        tables = {name: _table(rows.pop(name), CHART_TABLES[name].schema) for name in list(rows)}
    return Derived(tables, _table(facts, RAW_FILES))


@dataclass
class _Week:
    """The rows of one week, by table, as its files are read."""

    week: date
    charts: Charts
    details: Details
    open_facts: OpenFacts
    facts: Rows = field(default_factory=list)
    chart_rows: dict[str, dict[str, list[ChartRow]]] = field(default_factory=dict)
    playlist_rows: dict[str, list[Ranked]] = field(default_factory=dict)
    artist_ids: dict[str, str] = field(default_factory=dict)  # by folded name
    one_artist: frozenset[str] = frozenset()  # folded names with a comma
    songs: Rows = field(default_factory=list)
    song_artists: dict[str, Rows] = field(default_factory=dict)
    albums: dict[str, Album] = field(default_factory=dict)
    artists: dict[str, Artist] = field(default_factory=dict)
    mbids: dict[str, set[str]] = field(default_factory=dict)  # by artist id

    def read(self, files: Iterable[tuple[RawName, bytes]]) -> None:
        """Decode the week's files, and note what each says about itself."""
        raw = list(files)
        only_playlists = all(name.kind == "playlist" for name, _ in raw)
        for slug, of_chart in groupby(raw, key=lambda file: file[0].chart):
            playlists: list[Playlist] = []
            for name, content in of_chart:
                try:
                    if name.kind == "playlist":
                        found = playlists_of(name, content, self.charts)
                        self.facts.append(_facts(name, content, found))
                        if name.offset and playlists:  # an older capture may have left it behind
                            found = [page for page in found if _continues(playlists[0], page)]
                        playlists += found
                    else:
                        rows = read_chart_csv(content).rows
                        self.facts.append(_facts(name, content, rows=len(rows)))
                        self.chart_rows.setdefault(slug, {})[name.kind] = rows
                except UnreadableRawFile as error:
                    self.facts.append(_facts(name, content, problem=str(error)))
            if only_playlists:  # nothing waits for them: keeping their songs would take memory
                self._playlist_songs(slug, by_rank(playlists)[0])
            elif playlists:
                self.playlist_rows[slug] = by_rank(playlists)[0]

    def derive(self) -> None:
        """Take ranks from a chart file where there is one, and songs' details from any playlist."""
        tracks: dict[str, Ranked] = {}
        if self.chart_rows:
            for slug in sorted(self.playlist_rows):
                for ranked in self.playlist_rows[slug]:
                    track = ranked[2]
                    names = _artist_names(track.artists)
                    tracks.setdefault(track.song_id, ranked)
                    tracks.setdefault(song_key(track.song_id, track.name, names), ranked)
            single_artists = set(self.details.single_artists)
            for artist in self._artists_of_tracks():
                if artist.name:
                    single_artists.add(artist.name)
                    if artist.id:
                        self.artist_ids.setdefault(fold(artist.name), artist.id)
            self.one_artist = frozenset(fold(name) for name in single_artists if ", " in name)
        for slug in sorted({*self.chart_rows, *self.playlist_rows}):
            by_kind = self.chart_rows.get(slug)
            if by_kind is None:
                self._playlist_songs(slug, self.playlist_rows[slug])
                continue
            kind = min(by_kind)  # chart_csv before legacy_csv, which knows less
            own = {ranked[2].song_id: ranked[1] for ranked in self.playlist_rows.get(slug, ())}
            for chart_row in by_kind[kind]:
                key = song_key(chart_row.song_id, chart_row.song_name, chart_row.artist_names)
                found = tracks.get(chart_row.song_id) or tracks.get(key)
                self._chart_song(slug, kind, chart_row, found, own)

    def _artists_of_tracks(self) -> Iterator[Artist]:
        """Yield the artists of the week's songs, as playlists and then details have them.

        Those in legacy files don't count: tables made by other people call several artists one.
        """
        for slug in sorted(self.playlist_rows):
            for _, _, track in self.playlist_rows[slug]:
                yield from track.artists or ()
        for rows in (rows for by_kind in self.chart_rows.values() for rows in by_kind.values()):
            for row in rows:
                known = self.details.tracks.get(row.song_id)
                yield from known.artists or () if known else ()

    def _playlist_songs(self, slug: str, ranked: Sequence[Ranked]) -> None:
        for rank, row, track in ranked:
            facts = self._add_song(
                (slug, rank, track.song_id),
                track.name or None,
                _artist_names(track.artists) or None,
                track,
                added_at=moment(row.added_at),
                song_url=_url("track", track.song_id),
                source="playlist",
            )
            if not self.song_artists.get(track.song_id):
                self._credit(track.song_id, track.artists or (), facts)

    def _chart_song(
        self,
        slug: str,
        kind: str,
        row: ChartRow,
        ranked: Ranked | None,
        own_playlist: dict[str, Row],
    ) -> None:
        track = ranked[2] if ranked else self.details.tracks.get(row.song_id) or Track()
        listed = own_playlist.get(track.song_id) if ranked else None
        facts = self._add_song(
            (slug, row.rank, row.song_id),
            row.song_name or track.name or None,
            row.artist_names or _artist_names(track.artists) or None,
            track,
            row.label,
            streams=row.streams,
            reported_peak_rank=row.peak_rank,
            reported_previous_rank=row.previous_rank,
            reported_weeks_on_chart=row.weeks_on_chart,
            added_at=moment(listed.added_at) if listed else None,
            song_url=row.song_url,
            source=kind,
        )
        if not self.song_artists.get(row.song_id):
            written, credit = row.artist_names or "", tuple(name for _, name in facts.artists)
            names = split_as_credited(written, credit)
            if kind == "legacy_csv":  # it names the lead artist only
                names = names or (written.strip(),)
                there = set(map(titles.fold, names))
                names += tuple(name for name in credit[1:] if titles.fold(name) not in there)
            names = names or split_artists(written, self.one_artist)
            by_name = [Artist(id=self.artist_ids.get(fold(name)), name=name) for name in names]
            self._credit(row.song_id, track.artists or by_name, facts)

    def _add_song(
        self,
        place: tuple[str, int, str],
        name: str | None,
        artist_names: str | None,
        track: Track,
        label: str | None = None,
        **others: Any,
    ) -> SongFacts:
        """Add a row of songs: chart, rank and id, what the track says, and other columns as they are.

        Return what open data says of the song.
        """
        chart, rank, song_id = place
        key = song_key(song_id, name, artist_names)
        facts = self.open_facts.songs.get(key, UNMATCHED)
        duration, duration_source = _filled(track.duration_ms, facts.length_ms)
        own_isrc = track.external_ids.isrc if track.external_ids else None
        isrc, isrc_source = _filled(own_isrc, facts.isrc)
        self.songs.append(
            {
                "week": self.week,
                "week_end": week_end(self.week),
                "chart": chart,
                "rank": rank,
                "song_id": song_id,
                "song_key": key,
                "song_name": name,
                "artist_names": artist_names,
                "album_id": self._album(track.album) or self._album(facts.album),
                "duration_ms": duration,
                "duration_source": duration_source,
                "explicit": track.explicit,
                "popularity": track.popularity,
                "isrc": isrc,
                "isrc_source": isrc_source,
                "recording_mbid": facts.recording,
                "match": facts.match,
                "label": label or self._label(track.album),
                **others,
            }
        )
        return facts

    def _album(self, album: Album | None) -> str | None:
        if album is None or not album.id:
            return None
        known = self.albums.setdefault(album.id, album)
        if album.id.startswith(OPEN_ALBUM):  # its songs may say different dates of it
            earliest = min(album, known, key=lambda one: (one.release_date or "", repr(one)))
            self.albums[album.id] = earliest
        return album.id

    def _label(self, album: Album | None) -> str | None:
        if album is None or album.label is not None:
            return album.label if album else None
        known = self.details.albums.get(album.id or "")
        return known.label if known else None

    def _credit(self, song_id: str, artists: Sequence[Artist], facts: SongFacts) -> None:
        credited = self.song_artists[song_id] = []
        for artist in artists:
            if not artist.id and not artist.name:
                continue
            artist_id = artist.id or name_id(artist.name or "")
            credited.append(
                {
                    "week": self.week,
                    "song_id": song_id,
                    "artist_position": len(credited) + 1,
                    "artist_id": artist_id,
                    "artist_name": artist.name or "",
                }
            )
            known = self.artists.get(artist_id)
            if known is None or _fullness(artist) > _fullness(known):
                self.artists[artist_id] = artist
        by_name: dict[str, str] = {}
        for mbid, name in facts.artists:
            own_name = self.open_facts.artists.get(mbid, UNKNOWN_ARTIST).name
            by_name |= {titles.fold(one): mbid for one in (name, own_name) if one}
        for row in credited:
            found = by_name.get(titles.fold(row["artist_name"]))
            is_lead = row["artist_position"] == 1 and ", " not in row["artist_name"]
            if found is None and facts.artists and is_lead:  # under another name of theirs
                found = facts.artists[0][0]
            if found is not None:
                self.mbids.setdefault(row["artist_id"], set()).add(found)

    def sorted_rows(self) -> dict[str, Rows]:
        """Return the rows, each table's in its order."""
        self.songs.sort(key=itemgetter("chart", "rank"))
        return {
            "songs": self.songs,
            "song_artists": [
                r for song in sorted(self.song_artists) for r in self.song_artists[song]
            ],
            "albums": [self._album_row(self.albums[key]) for key in sorted(self.albums)],
            "artists": [self._artist_row(key, self.artists[key]) for key in sorted(self.artists)],
        }

    def _album_row(self, album: Album) -> dict[str, Any]:
        released, precision = release_day(album.release_date, album.release_date_precision)
        is_open = str(album.id).startswith(OPEN_ALBUM)
        return {
            "week": self.week,
            "album_id": album.id,
            "name": album.name,
            "album_type": album.album_type,
            "release_date": released,
            "release_date_precision": precision,
            "total_tracks": album.total_tracks,
            "artist_names": _artist_names(album.artists) or None,
            "label": self._label(album),
            "album_url": _url("album", album.id),
            "image_url": album.images[0].url if album.images else None,
            "album_source": "musicbrainz" if is_open else "spotify",
        }

    def _artist_row(self, artist_id: str, artist: Artist) -> dict[str, Any]:
        known = self.details.artists.get(artist_id) or UNKNOWN
        images = artist.images or known.images
        mbids = self.mbids.get(artist_id, set())
        # Of one name there may be several artists: then it isn't said which one it is.
        mbid = next(iter(mbids)) if len(mbids) == 1 else None
        facts = self.open_facts.artists.get(mbid or "", UNKNOWN_ARTIST)
        genres = artist.genres or known.genres or None
        return {
            "week": self.week,
            "artist_id": artist_id,
            "name": artist.name or "",
            "sort_name": facts.sort_name,
            "artist_type": facts.type,
            "country": facts.country,
            "genres": genres or list(facts.genres) or None,
            "genres_source": "spotify" if genres else facts.genres_source,
            "popularity": artist.popularity,
            "followers": artist.followers.total if artist.followers else None,
            "artist_url": _url("artist", artist.id),
            "image_url": images[0].url if images else None,
            "mbid": mbid,
        }


def _table(rows: Rows, schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row.get(f.name) for row in rows], f.type) for f in schema]
    return pa.table(columns, schema=schema)


def describe_raw_files(
    raw_files: Iterable[tuple[RawName, bytes]],
    charts: Charts,
    noted: Collection[tuple[str, str]] = (),
) -> pa.Table:
    """Return what raw files say about themselves, as `RAW_FILES`, without deriving rows.

    Chart files whose path and SHA-256 are `noted` could be read when they came, and aren't decoded.
    """
    described = []
    for name, content in raw_files:
        facts = _facts(name, content)
        try:
            if name.kind == "playlist":
                facts = _facts(name, content, playlists_of(name, content, charts))
            elif (name.path, facts["sha256"]) not in noted:
                facts["rows"] = len(read_chart_csv(content).rows)
        except UnreadableRawFile as error:
            facts["problem"] = str(error)
        described.append(facts)
    return _table(described, RAW_FILES)


def _facts(
    name: RawName,
    content: bytes,
    playlists: Sequence[Playlist] = (),
    *,
    rows: int = 0,
    problem: str | None = None,
) -> dict[str, Any]:
    refreshed = max((p.refreshed_at for p in playlists if p.refreshed_at), default=None)
    return {
        "week": name.week,
        "chart": name.chart,
        "kind": name.kind,
        "file": name.path,
        "rows": rows + sum(len(playlist.rows) for playlist in playlists),
        "dropped": sum(playlist.dropped for playlist in playlists),
        "again": by_rank(playlists)[1],
        "stated_total": max((p.total for p in playlists if p.total is not None), default=None),
        "refreshed_at": refreshed and refreshed.replace(tzinfo=None, microsecond=0),
        "snapshot_id": next((p.snapshot_id for p in playlists if p.snapshot_id), None),
        "sha256": hashlib.sha256(content).hexdigest(),
        "problem": problem,
    }


def _continues(first: Playlist, page: Playlist) -> bool:
    """Return whether a later page, from a file of its own, is of the same capture as the first."""
    is_within = first.total is None or page.offset < first.total
    return is_within and page.refreshed_at == first.refreshed_at


def _fullness(artist: Artist) -> tuple[bool, bool]:
    return bool(artist.genres), bool(artist.name)


def _filled(own: T | None, other: T | None) -> tuple[T | None, str | None]:
    """Return what Spotify says, else what open data says, and which of them it was."""
    if own is not None:
        return own, "spotify"
    return other, None if other is None else "musicbrainz"


def _artist_names(artists: Sequence[Artist] | None) -> str:
    if artists and len(artists) == 1:  # as most songs
        return artists[0].name or ""
    return ", ".join([artist.name for artist in artists or () if artist.name])


def _url(what: str, spotify_id: str | None) -> str | None:
    return f"{SPOTIFY}/{what}/{spotify_id}" if spotify_id and ":" not in spotify_id else None


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Pause it: nothing here makes cycles, and looking for them costs a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
