"""`spotify-assets details --song ID`: what open data says of a song, and why it has a match, or none."""

from __future__ import annotations

from collections.abc import Iterator

import click

from spotify_assets.cli.environment import base_of
from spotify_assets.cli.hints import say
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UserError
from spotify_assets.layout import CORRECTIONS
from spotify_assets.open_data import NOT_ASKED
from spotify_assets.open_data.answers import Recording
from spotify_assets.open_data.facts import OpenFacts, SongFacts, read_open_facts
from spotify_assets.open_data.look_up import name_query
from spotify_assets.open_data.matching import REFUSALS, WAYS, Song
from spotify_assets.open_data.store import read_known
from spotify_assets.settings import load_settings
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import songs_to_match
from spotify_assets.weeks import describe_weeks

RECORDING = "https://musicbrainz.org/recording/"


def details(song_id: str) -> int:
    """Run the command for a Spotify song id or link, and return its exit code."""
    settings = load_settings()
    storage = base_of(settings)
    one = song_id.rpartition("/")[2].rpartition(":")[2].partition("?")[0]
    songs = songs_to_match(storage)
    song = next((song for song in songs if one in song.ids), None)
    if song is None:
        raise UserError(
            f"--song {song_id}: no stored chart has a song with this id. Songs and their ids are in the "
            "columns song_name and song_id of the table songs."
        )
    say(f"{song.title} by {song.artists}, {describe_weeks(song.weeks)}")
    if holds_demo(storage):
        click.echo("This is the demo: the song and its ids are made up, so links lead nowhere.")
    facts = read_open_facts(storage)
    found = facts.songs.get(song.key)
    if found is None:
        click.echo(
            "Nothing is known: " + ("it wasn't asked yet" if settings.contact else NOT_ASKED)
        )
        return 0
    for line in (*_facts(found, facts), *_candidates(storage, song, found)):
        say(line)
    say(
        f"To overrule this, add a line to {storage.location(CORRECTIONS)} and run spotify-assets "
        f"update: {one},MBID-OF-THE-RECORDING or {one},none"
    )
    return 0


def _facts(found: SongFacts, facts: OpenFacts) -> Iterator[str]:
    if found.match:
        yield f"It is {RECORDING}{found.recording}: {WAYS[found.match]}."
    else:
        yield f"It has no match: {REFUSALS[found.refused]}."
    if found.length_ms:
        yield f"  length: {found.length_ms / 1000:.0f} s"
    if found.isrc:
        yield f"  ISRC: {found.isrc}"
    if found.album:
        yield f"  {found.album.album_type}: {found.album.name}, {found.album.release_date}"
    for mbid, name in found.artists:
        artist = facts.artists[mbid]
        said = [artist.type, artist.country, ", ".join(artist.genres)]
        yield f"  artist: {name} ({'; '.join(filter(None, said)) or 'nothing else is known'})"


def _candidates(storage: Storage, song: Song, found: SongFacts) -> Iterator[str]:
    known = read_known(storage).found
    ids = [one for link in song.ids for one in known["links"].get(link, ())]
    ids += known["names"].get(name_query(song), ())
    for one in dict.fromkeys(ids):
        recording: Recording | None = known["recordings"].get(one)
        if recording and one != found.recording:
            by = ", ".join(credit.name or "" for credit in recording.credits)
            more = f" ({recording.disambiguation})" if recording.disambiguation else ""
            yield f"  another candidate: {RECORDING}{one}, {recording.title} by {by}{more}"
