"""What is asked, in which order and how often; what is stored; what is known afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from spotify_assets.errors import UserError
from spotify_assets.layout import CORRECTIONS, OPEN_DATA
from spotify_assets.open_data import look_up as subject
from spotify_assets.raw.details import digest_of
from spotify_assets.raw.web_api import Album
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.stale import DETAILS_RANGE
from spotify_assets_tests.fakes.open_data_server import made_up_id, release
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.open_data.world import SONGS, WEEK, World, link, small_world, song

EARLIER = date(2026, 10, 2)


@pytest.fixture
def world() -> Iterator[World]:
    with small_world() as world:
        yield world


def test_links_first_then_names_of_what_is_left_then_artists_and_genres(world: World) -> None:
    outcome = world.run()
    assert [asked.path.rpartition("/")[2] for asked in world.fake.asked] == [
        "url", "recording", *["recording"] * 5, "artist", "sparql",
    ]  # fmt: skip
    assert world.matches() == {
        "Fjordlys | Ida Nord": "link",
        "Havblikk | Ola Sund": "link",
        "Nattog | Ida Nord": "link",
        "Mirror | Lia": "names",
        "Dough | Rex, The Baker": "names",
        "Northern Road | Old Band": "names",
        "Mirror - Remix | Lia": "edition",
        "Snow Home | Lia, Nils Fjord": "artists",
        "Quiet Street | Nobody There": "unknown",
    }
    assert outcome.matched == {"link": 3, "names": 3}
    assert outcome.missed == {"edition": 1, "artists": 1, "unknown": 1}
    assert outcome.requests == {"MusicBrainz": 8, "Wikidata": 1}
    assert (outcome.waiting, outcome.stopped) == (0, [])


def test_facts_of_a_song_and_its_artists(world: World) -> None:
    world.run()
    facts = world.facts()
    found = facts.songs["Dough | Rex, The Baker"]
    group = made_up_id("group", "Dough", "Album")
    album = Album(f"mbid:{group}", "Dough", "album", "2010-05-07")
    assert (found.length_ms, found.album) == (183_000, album)
    [(mbid, name)] = found.artists
    assert name == "Rex, The Baker"
    artist = facts.artists[mbid]
    assert (artist.country, artist.type, artist.sort_name) == ("NO", "Person", name)
    assert artist.genres == ("rex, the baker sound", "pop")
    assert artist.genres_source == "wikidata"


def test_without_a_contact_nothing_is_asked_or_stored(world: World) -> None:
    assert world.run(contact="").requests == {}
    assert not world.fake.asked
    assert not world.files()


def test_what_was_found_is_never_asked_again_and_misses_after_4_8_16_32_weeks(
    world: World,
) -> None:
    songs = [song("Quiet Street", "Nobody There", WEEK), *SONGS[:6]]
    asked = []
    for week in range(120):
        before = len(world.fake.asked)
        world.fake.clock.now = NOW + timedelta(weeks=week)
        world.run(songs)
        if len(world.fake.asked) > before:
            asked.append(week)
            assert week == 0 or len(world.fake.asked) == before + 2  # its link and its name
    assert asked == [0, 4, 12, 28, 60]  # and then no more, as it no longer charts
    songs[0] = song("Quiet Street", "Nobody There", WEEK, WEEK + timedelta(weeks=119))
    before = len(world.fake.asked)
    world.run(songs)
    assert len(world.fake.asked) == before + 2


def test_a_miss_that_is_entered_later_is_found_then(world: World) -> None:
    world.run()
    world.fake.add("Quiet Street", ["Nobody There"])
    world.wait(weeks=4)
    outcome = world.run()
    assert world.matches()["Quiet Street | Nobody There"] == "names"
    assert outcome.gained == {WEEK}


def weeks_of(files: list[str]) -> list[tuple[str, str]]:
    return [found for key in files for found in DETAILS_RANGE.findall(key)]


def test_only_weeks_whose_songs_gained_something_are_in_the_names_of_files(world: World) -> None:
    old, gap = song("Fjordlys", "Ida Nord", EARLIER), EARLIER + timedelta(weeks=2)
    world.run([old, song("Havblikk", "Ola Sund", gap)])
    assert weeks_of(world.files()) == [("2026-10-02", "2026-10-02"), ("2026-10-16", "2026-10-16")]
    before = world.files()
    world.run([old, song("Quiet Street", "Nobody There", WEEK)])
    [new] = set(world.files()) - set(before)
    assert "/no-weeks." in new
    before = world.files()
    world.run([old, song("Nattog", "Ida Nord", WEEK)])
    [new] = set(world.files()) - set(before)
    assert weeks_of([new]) == [("2026-11-13", "2026-11-13")]


def test_a_year_of_weekly_runs_leaves_a_file_a_week_at_most(world: World) -> None:
    songs = []
    for n in range(52):
        week = WEEK + timedelta(weeks=n)
        world.fake.clock.now = NOW + timedelta(weeks=n)
        title = f"Weekly Tune {n} x"
        world.fake.add(title, ["Ida Nord"], links=[link(title)] if n % 2 else [])
        songs.append(song(title, "Ida Nord", week))
        world.run(songs)
    assert len(world.files()) <= 52
    assert set(world.matches().values()) == {"link", "names"}


def test_many_weeks_become_at_most_eight_ranges(world: World) -> None:
    weeks = [WEEK - timedelta(weeks=3 * n) for n in range(30)]
    world.run([song("Fjordlys", "Ida Nord", *weeks)])
    ranges = weeks_of(world.files())
    assert len(ranges) == 8
    for week in weeks:
        assert any(first <= week.isoformat() <= last for first, last in ranges)


def test_the_same_answers_are_stored_in_the_same_bytes(world: World) -> None:
    world.run()
    stored = {file: world.storage.read(file) for file in world.files()}
    with small_world() as other:
        other.run()
        assert {file: other.storage.read(file) for file in other.files()} == stored


def test_a_changed_file_is_named_with_the_remedy(world: World) -> None:
    world.run()
    [file] = world.files()
    world.storage.write(file, world.storage.read(file) + b"\n")
    [said] = world.facts().damaged
    assert re.search(rf"{file[-20:]}: It was changed.*Delete the file", said)
    world.run()  # what it had is asked again
    assert world.matches()["Mirror | Lia"] == "names"


def test_recordings_whose_file_was_deleted_are_asked_again(world: World) -> None:
    world.run()
    facts = world.facts()
    (key,) = world.files()
    lines = world.storage.read(key).splitlines(keepends=True)
    rest = b"".join(line for line in lines if b'"kind":"recordings"' not in line)
    world.storage.write(f"{OPEN_DATA}{WEEK}_{WEEK}.{digest_of(rest)}.jsonl", rest)
    world.storage.delete(key)
    world.run()
    assert world.facts() == facts


def test_a_run_killed_between_two_files_leaves_nothing_but_a_copy(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FolderStorage, "delete", lambda *_: None)
        world.run()
    assert len(world.files()) > 5
    known = world.facts()
    world.wait(weeks=4)
    world.run()
    assert world.facts() == known
    assert len({asked.at.date() for asked in world.fake.asked}) == 2  # copies count as one miss
    world.wait(weeks=4)
    before = len(world.fake.asked)
    world.run()
    assert len(world.fake.asked) == before


def test_an_isrc_is_asked_before_the_name(world: World) -> None:
    world.fake.add("17", ["Lia"], isrcs=["NOABC1700017"])
    world.fake.add("Other Song", ["Lia"], isrcs=["NOABC1700018"])
    songs = [
        song("17", "Lia", isrcs=("NOABC1700017",)),
        song("Quiet Street", "Lia", isrcs=("NOABC1700018",)),  # the wrong one
    ]
    world.run(songs)
    assert world.matches() == {"17 | Lia": "isrc", "Quiet Street | Lia": "unknown"}
    assert len(world.fake.requests("isrc")) == 1
    assert world.facts().songs["17 | Lia"].isrc == "NOABC1700017"


def test_a_link_to_two_recordings_or_that_ended_counts_for_nothing(world: World) -> None:
    two = [world.fake.add("17", ["Lia"], links=[link("17")], number=n) for n in (1, 2)]
    ended = world.fake.add("19", ["Lia"])
    world.fake.links[link("19")] = [(ended, True)]
    world.run([song("17", "Lia"), song("19", "Lia")])
    assert len(two) == 2
    assert world.matches() == {"17 | Lia": "ambiguous", "19 | Lia": "short"}


def test_a_single_link_has_an_answer_of_another_shape(world: World) -> None:
    world.run(SONGS[:1])
    world.run([song("Quiet Street", "Nobody There")])  # 404
    assert world.matches() == {
        "Fjordlys | Ida Nord": "link",
        "Quiet Street | Nobody There": "unknown",
    }


def test_a_merged_recording_and_artist_are_looked_up_singly_once(world: World) -> None:
    fake = world.fake
    new = fake.links[link("Fjordlys")][0][0]
    old = made_up_id("merged")
    fake.recordings[old] = fake.recordings[new] | {"id": old}
    fake.links[link("Fjordlys")] = [(old, False)]
    world.fake.not_indexed |= {old, fake.recordings[new]["artist-credit"][0]["artist"]["id"]}
    fake.merged[old] = new
    world.run(SONGS[:1])
    world.run(SONGS[:1])
    assert world.facts().songs["Fjordlys | Ida Nord"].recording == new
    assert len(fake.requests(f"recording/{old}")) == 1
    assert [artist.country for artist in world.facts().artists.values()] == ["NO"]


def test_where_searches_tell_no_dates_a_lookup_does(world: World) -> None:
    world.fake.is_hollow = True
    world.run()
    found = world.facts().songs["Mirror | Lia"]
    assert (found.match, found.album and found.album.release_date) == ("names", "2010-05-07")
    before = len(world.fake.asked)
    world.run()
    assert len(world.fake.asked) == before


def test_a_lookup_that_finds_nothing_leaves_what_the_search_told(world: World) -> None:
    world.fake.is_hollow = True
    world.fake.still_indexed.update(world.fake.recordings)
    for _ in range(2):
        world.run()
        assert world.matches()["Mirror | Lia"] == "names"
        assert world.matches()["Fjordlys | Ida Nord"] == "link"
    assert not world.fake.asked_twice()


def test_a_homonym_is_found_out_by_an_artist_whom_links_led_to(world: World) -> None:
    world.fake.add("Northern Lights", ["Ida Nord"], who="another of that name")
    world.run([*SONGS, song("Northern Lights", "Ida Nord")])
    assert world.matches()["Northern Lights | Ida Nord"] == "several"


def test_musicbrainz_genres_are_asked_on_purpose_and_stored_apart(world: World) -> None:
    world.run(genres="musicbrainz")
    assert len(world.fake.requests("inc=genres")) == 5
    assert not world.fake.requests(host="wikidata")
    apart = [key for key in world.files() if "/musicbrainz_genres/" in key]
    assert len(apart) == 1
    facts = world.facts()
    assert {artist.genres for artist in facts.artists.values()} == {("pop",)}
    assert {artist.genres_source for artist in facts.artists.values()} == {"musicbrainz"}
    for key in apart:
        world.storage.delete(key)
    assert world.facts().songs == facts.songs
    assert {artist.genres for artist in world.facts().artists.values()} == {()}


def test_when_older_weeks_are_taken_in_songs_are_judged_again_without_asking(world: World) -> None:
    world.fake.add("Late Tune", ["Lia"], "2026-10-20")
    world.run([song("Late Tune", "Lia", WEEK)])
    assert world.matches() == {"Late Tune | Lia": "names"}
    before = len(world.fake.asked)
    outcome = world.run([song("Late Tune", "Lia", EARLIER, WEEK)])
    assert world.matches() == {"Late Tune | Lia": "time"}
    assert len(world.fake.asked) == before
    assert outcome.gained == {EARLIER, WEEK}


def test_changed_rules_judge_again_what_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    before = len(world.fake.asked)
    monkeypatch.setattr(subject, "RULES_VERSION", 2)
    monkeypatch.setattr(subject, "judge", lambda *_: subject.Match(WEEK, refused="kind"))
    assert world.run().gained == {WEEK}
    assert set(world.matches().values()) == {"kind"}
    # Those that their link no longer decides are asked for by name, for the first time.
    assert len(world.fake.asked) == before + 3
    assert not world.fake.asked_twice()


def test_the_album_is_the_first_official_one_that_was_out(world: World) -> None:
    releases = [
        release("Hits 2009", "2009-01-01", **{"secondary-types": ["Compilation"]}),
        release("Bootleg", "2009-02-01", status="Bootleg"),
        release("Mirror", "2010-05", kind="Single"),
        release("Mirrors", "2010-05-07"),
        release("Mirrors Deluxe", "2027-01-01"),
    ]
    world.fake.add("Tall Mirror", ["Lia"], "2009-01-01", releases=releases)
    world.fake.add("Small Mirror", ["Lia"], "2009-01-01", releases=releases[:1])
    world.run([song("Tall Mirror", "Lia"), song("Small Mirror", "Lia")])
    tall, small = (world.facts().songs[f"{size} Mirror | Lia"].album for size in ("Tall", "Small"))
    assert tall
    assert (tall.name, tall.album_type, tall.release_date) == ("Mirrors", "album", "2010-05-07")
    assert small
    assert small.name == "Hits 2009"


@pytest.mark.parametrize(
    ("lengths", "length"),
    [
        ([183_000, 184_500], 183_000),
        ([183_000, 190_000], None),
        ([0], None),
        ([None, 183_000], 183_000),
    ],
)
def test_a_length_counts_if_recordings_agree_and_it_is_one(
    world: World, lengths: list[int | None], length: int | None
) -> None:
    for n, one in enumerate(lengths):
        isrcs = [f"NOABC170000{n}"]
        world.fake.add("Tall Mirror", ["Lia"], f"200{n}", length=one, isrcs=isrcs)
    world.run([song("Tall Mirror", "Lia")])
    found = world.facts().songs["Tall Mirror | Lia"]
    assert found.length_ms == length
    assert found.isrc == ("NOABC1700000" if len(lengths) == 1 else None)


def corrected(world: World, *lines: str) -> str | None:
    """The way or refusal of a song after a run with these corrections, and that nothing else changed."""
    world.storage.write(CORRECTIONS, "\n".join(["song_id,recording", *lines]).encode())
    world.wait(minutes=1)
    outcome = world.run()
    assert outcome.gained <= {WEEK}
    return world.matches()["Mirror | Lia"]


def test_corrections_overrule_until_they_are_withdrawn(world: World) -> None:
    world.run()
    first = world.facts().songs["Mirror | Lia"].recording
    other = world.fake.add("Mirror of Another", ["Somebody"])
    assert corrected(world, f"{link('Mirror')}, {other}") == "correction"
    assert world.facts().songs["Mirror | Lia"].artists[0][1] == "Somebody"
    assert world.facts().artists[world.facts().songs["Mirror | Lia"].artists[0][0]].country == "NO"
    assert corrected(world, f"{link('Mirror')},none") == "corrected"
    assert corrected(world, f"{link('Mirror')},{made_up_id('nowhere')}") == "absent"
    assert corrected(world) == "names"
    assert world.facts().songs["Mirror | Lia"].recording == first
    assert not world.fake.asked_twice()


@pytest.mark.parametrize("line", ["Mirror,none", f"{link('Mirror')},https://a.museum", "x"])
def test_a_correction_that_cannot_be_read_is_named_with_its_line(world: World, line: str) -> None:
    with pytest.raises(
        UserError, match=r"corrections.csv, line 2: .* is no song id and recording id"
    ):
        corrected(world, line)
