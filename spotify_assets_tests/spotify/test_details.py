"""Looking up details: each id is requested once, in batches or singly, and never in vain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from spotify_assets.layout import DETAILS
from spotify_assets.raw.details import DETAIL_KINDS, DetailKind, Details, Wanted, read_details
from spotify_assets.settings import load_settings
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.spotify.details import LookUp, look_up
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import (
    FOREVER,
    Act,
    answer,
    at,
    changed,
    error,
)
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, Handler, serving
from spotify_assets_tests.fixed_clock import fixed_clock
from spotify_assets_tests.raw_samples import spotify_id

WEEK = date(2024, 2, 23)
SONGS = [f"Song {number}x" for number in range(12)]
IDS = [spotify_id(song) for song in SONGS]
IN_ORDER = sorted(IDS)


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    """Twelve songs, each by another artist and on an album of its own."""
    with serving(FakeSpotify()) as server:
        add(server, SONGS)
        yield server


def add(spotify: FakeSpotify, songs: list[str]) -> list[str]:
    """Make Spotify know these songs; their ids."""
    for song in songs:
        spotify.add_track(raw_samples.track(song, artists=[f"{song} band"]))
    return [spotify_id(song) for song in songs]


class Lookup:
    """A lookup of songs as often as it is called, and what the songs bring with them."""

    def __init__(self, spotify: FakeSpotify, storage: FolderStorage) -> None:
        self.spotify, self.storage = spotify, storage
        self.log: list[str] = []
        self.known = Details()
        self.weeks = {WEEK: IDS}

    def __call__(self) -> LookUp:
        self.spotify.asked.clear()
        self.known = read_details(self.storage)
        account = load_settings(self.spotify.environment).spotify
        client = SpotifyAccess(account, fixed_clock, lambda _: None).client
        return look_up(client, self.storage, self.known, self.wanted, self.log.append)

    def wanted(self) -> Wanted:
        wanted: Wanted = {kind: {} for kind in DETAIL_KINDS}

        def want(kind: DetailKind, one: str | None, week: date) -> None:
            if one and one not in self.known.of(kind):
                wanted[kind].setdefault(one, []).append(week)

        for week, ids in self.weeks.items():
            for one in ids:
                want("tracks", one, week)
                if track := self.known.tracks.get(one):
                    want("albums", track.album and track.album.id, week)
                    for artist in track.artists or ():
                        want("artists", artist.id, week)
        return wanted

    @property
    def stored(self) -> Details:
        return read_details(self.storage)

    @property
    def requests(self) -> Counter[str]:
        return Counter(path.split("/")[2] for path in self.spotify.paths())


@pytest.fixture
def lookup(spotify: FakeSpotify, storage: FolderStorage) -> Lookup:
    return Lookup(spotify, storage)


# Batches


def test_ids_are_requested_in_batches_and_once(lookup: Lookup) -> None:
    more = add(lookup.spotify, [f"More {number}x" for number in range(78)])
    lookup.weeks = {WEEK - ONE_WEEK: IDS, WEEK: IDS[6:] + more}
    outcome = lookup()
    # 90 of each: batches of 50, of 50 and of 20; of artists, ten are tried first.
    assert lookup.requests == {"tracks": 2, "artists": 2, "albums": 5}
    assert outcome.answered == {"tracks": 90, "artists": 90, "albums": 90}
    assert outcome.interrupted == ""
    assert "Details: 90 of 90 tracks" in lookup.log
    for kind in DETAIL_KINDS:
        (file,) = lookup.storage.files(f"{DETAILS}{kind}/")
        assert file.key.startswith(f"{DETAILS}{kind}/2024-02-16_2024-02-23.")
    lookup()
    assert lookup.spotify.asked == []


def test_an_interrupted_lookup_keeps_what_it_has_and_continues(lookup: Lookup) -> None:
    lookup.weeks = {WEEK: add(lookup.spotify, [f"More {number}x" for number in range(120)])}
    full = error(429, Retry_After="86400")
    lookup.spotify.faults.append(at("/v1/tracks/", full, times=FOREVER, skip=2))
    assert "asks to wait 24 hours" in lookup().interrupted
    assert len(lookup.stored.tracks) == 100
    assert lookup.requests == {"tracks": 3}
    lookup.spotify.faults.clear()
    lookup()
    assert lookup.requests["tracks"] == 1
    assert len(lookup.stored.tracks) == 120


@pytest.mark.parametrize(
    "fault",
    [
        error(500),
        error(403, "Active premium subscription required for the owner of the app."),
        error(403, "", "QUOTA_EXCEEDED"),
        answer({"tracks": []}),
        answer({"tracks": "none"}),
        answer([1, 2]),
    ],
    ids=["500", "premium", "quota", "no objects", "no list", "no object"],
)
def test_what_concerns_every_id_interrupts_and_nothing_is_requested_singly(
    lookup: Lookup, fault: Act
) -> None:
    lookup.spotify.faults.append(at("/v1/tracks", fault, times=FOREVER))
    assert lookup().interrupted
    assert lookup.stored.tracks == {}
    assert lookup.requests["tracks"] <= 4


def test_another_songs_object_is_never_taken(lookup: Lookup) -> None:
    turned = changed(lambda document: {"tracks": document["tracks"][::-1]})
    lookup.spotify.faults.append(at("/v1/tracks/?ids", turned, times=FOREVER))
    lookup()  # those that were mixed up are requested one by one
    assert {one: found and found.id for one, found in lookup.stored.tracks.items()} == {
        one: one for one in IDS
    }


def test_a_replaced_song_is_stored_under_the_id_of_the_chart(lookup: Lookup) -> None:
    replaced = {"id": "New" + "0" * 19, "linked_from": {"id": IDS[0]}}
    lookup.spotify.objects["tracks"][IDS[0]] |= replaced
    lookup()
    assert lookup.stored.tracks[IDS[0]]
    assert lookup.requests["tracks"] == 1


def test_an_id_that_spoils_its_batch_costs_no_other(lookup: Lookup) -> None:
    def spoil(handler: Handler) -> bool:
        if IDS[7] in handler.path:
            handler.refuse(400, "Invalid base62 id")
            return True
        return False

    lookup.spotify.faults.append(spoil)
    assert not lookup().interrupted
    assert [one for one, found in lookup.stored.tracks.items() if found is None] == [IDS[7]]
    assert set(lookup.stored.tracks) == set(IDS)


# One by one


@pytest.fixture
def singly(lookup: Lookup) -> Lookup:
    lookup.spotify.extended = False
    return lookup


def test_in_development_mode_ten_artists_are_tried_and_no_albums(singly: Lookup) -> None:
    assert not singly().interrupted
    assert set(singly.stored.tracks) == set(IDS)
    # A batch that is refused, and one request each.
    assert singly.requests == {"tracks": 1 + 12, "artists": 10}
    assert "Spotify tells this app no genres: 2 artists aren't requested" in singly.log
    singly.weeks = {WEEK: IDS + add(singly.spotify, ["More 1x", "More 2x"])}
    singly()  # with new songs, artists are not tried again
    assert singly.requests == {"tracks": 1 + 2}
    singly()
    assert singly.requests == {"artists": 1}  # a batch, which an app with extended quota would get


@pytest.mark.parametrize("status", [404, 405, 410])
def test_batches_may_be_refused_as_an_address_that_is_gone(lookup: Lookup, status: int) -> None:
    lookup.spotify.faults.append(at("?ids=", error(status), times=FOREVER))
    lookup()
    # All artists, more than the ten to try, because this app gets genres.
    assert lookup.requests == {"tracks": 1 + 12, "artists": 12}
    assert set(lookup.stored.tracks) == set(IDS)


def test_an_unknown_id_stops_no_other_and_is_not_requested_again(singly: Lookup) -> None:
    del singly.spotify.objects["tracks"][IDS[3]]
    singly()
    assert [one for one in IDS if singly.stored.tracks[one] is None] == [IDS[3]]
    singly()
    assert IDS[3] not in " ".join(singly.spotify.paths())


def test_that_all_ids_are_unknown_is_not_believed(singly: Lookup) -> None:
    singly.spotify.faults.append(at("/v1/tracks", error(404), times=FOREVER))
    assert "Spotify answered 404" in singly().interrupted
    singly.spotify.faults.clear()
    singly()
    assert all(singly.stored.tracks[one] for one in IDS)


def test_an_object_under_another_id_makes_the_id_unknown(singly: Lookup) -> None:
    other = answer(raw_samples.track("Other"))
    singly.spotify.faults.append(at(f"/v1/tracks/{IDS[5]}", other, times=FOREVER))
    assert not singly().interrupted
    assert singly.stored.tracks[IDS[5]] is None
    assert set(singly.stored.tracks) == set(IDS)


@pytest.mark.parametrize(
    "fault",
    [answer({"notice": "Please log in"}), error(500), error(403)],
    ids=["no id", "500", "403"],
)
def test_an_id_that_fails_on_its_own_stops_no_other_and_is_requested_again(
    singly: Lookup, fault: Act
) -> None:
    singly.spotify.faults.append(at(f"/v1/tracks/{IDS[5]}", fault, times=FOREVER))
    assert not singly().interrupted
    assert set(singly.stored.tracks) == set(IDS) - {IDS[5]}
    assert singly.requests["artists"] == 10
    singly.spotify.faults.clear()
    singly()
    assert set(singly.stored.tracks) == set(IDS)


@pytest.mark.parametrize(
    ("fault", "part", "skip", "said"),
    [
        (error(500), "/v1/tracks/", 1, "out of order"),
        (error(429, Retry_After="86400"), f"/v1/tracks/{IDS[5]}", 0, "asks to wait 24 hours"),
        (error(403), "/v1/tracks/", 1, r"request for track \w+: this app may not read it\.$"),
    ],
    ids=["many fail", "one has to wait", "refused"],
)
def test_an_outage_interrupts_the_lookup(
    singly: Lookup, fault: Act, part: str, skip: int, said: str
) -> None:
    singly.spotify.faults.append(at(part, fault, times=FOREVER, skip=skip))
    assert re.search(said, singly().interrupted)
    assert IDS[5] not in singly.stored.tracks
    assert singly.stored.artists == {}
