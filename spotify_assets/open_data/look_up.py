"""Asking MusicBrainz and Wikidata about songs, in batches, each thing once, within the time of a run.

The order: Spotify links, ISRCs, names, facts of recordings, artists, genres. What arrives is stored
before the next request, so a run can be killed at any moment. Which candidate is the song is decided in
`matching`, the pace in `gate`.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from spotify_assets.errors import UserError
from spotify_assets.layout import MUSICBRAINZ_GENRES, OPEN_DATA
from spotify_assets.open_data.answers import (
    Artist,
    ArtistGenres,
    Artists,
    Link,
    Links,
    Recording,
    Recordings,
    Sparql,
)
from spotify_assets.open_data.dump import candidates_in_dump
from spotify_assets.open_data.gate import NotAnswered, NotUnderstood, Source, Stopped
from spotify_assets.open_data.matching import (
    RULES_VERSION,
    Song,
    Verdict,
    Way,
    is_short,
    judge,
    lead_of,
)
from spotify_assets.open_data.store import (
    MBID,
    SPOTIFY_ID,
    Journal,
    Kind,
    Match,
    read_corrections,
    read_known,
)
from spotify_assets.settings import OpenData
from spotify_assets.storage import Storage
from spotify_assets.titles import parse_title
from spotify_assets.weeks import Clock, system_clock

# How much goes into a request. MusicBrainz takes 100 links, but cuts off longer addresses silently.
LINKS, ISRCS, RECORDINGS, ARTISTS, WIKIDATA_ARTISTS = 50, 25, 25, 50, 200
CANDIDATES = 25  # of a search by name
FOR_NAMES = 0.9  # share of a run's time; the rest is for artists and genres of what was matched
MANY_SONGS = 5000  # to be searched by name: then the dump is faster
LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
RECORDING_INC = "artist-credits isrcs releases release-groups aliases"
ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


@dataclass
class Outcome:
    """What a run asked, what is known after it, and why it ended early.

    `requests` counts by source; `matched` songs by way and `missed` by reason (see `matching.REFUSALS`);
    `waiting` are songs that are not settled yet; `gained` are the weeks that became stale by it.
    """

    requests: dict[str, int] = field(default_factory=dict)
    matched: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    failed: int = 0
    gained: set[date] = field(default_factory=set)
    stopped: list[str] = field(default_factory=list)
    advice: str = ""


def look_up(
    storage: Storage,
    songs: Iterable[Song],
    access: OpenData,
    *,
    clock: Clock = system_clock,
    sleep: Callable[[float], None] = time.sleep,
    log: Callable[[str], object] = lambda _: None,
    **source_options: Any,
) -> Outcome:
    """Ask what is still unknown about these songs, and return what came of it.

    Without a contact nothing is asked. Failures of a server raise nothing: the outcome names them.

    Raises:
        UserError: the corrections can't be read; names the line and the remedy.
    """
    if not access.contact:
        return Outcome()
    return _Run(storage, songs, access, clock, log, sleep=sleep, **source_options).whole()


def wants_more(
    storage: Storage, songs: Iterable[Song], access: OpenData, clock: Clock = system_clock
) -> bool:
    """Return whether there is anything to ask about these songs; what is known already is judged.

    Raises:
        UserError: as `look_up`.
    """
    without_time = replace(access, seconds=0, dump=None)
    return bool(look_up(storage, songs, without_time, clock=clock).stopped)


class _Run:
    """One run: what is known, and the steps that ask for more."""

    def __init__(
        self,
        storage: Storage,
        songs: Iterable[Song],
        access: OpenData,
        clock: Clock,
        log: Callable[[str], object],
        **source_options: Any,
    ) -> None:
        self.access, self.log = access, log
        self.deadline = clock() + timedelta(seconds=access.seconds)
        self.musicbrainz, self.wikidata = (
            Source(name, url, access.contact, clock, deadline=self.deadline, **source_options)
            for name, url in (
                ("MusicBrainz", access.musicbrainz_url),
                ("Wikidata", access.wikidata_url),
            )
        )
        # Those that chart now come first.
        self.songs = sorted(songs, key=lambda song: (-max(song.weeks).toordinal(), song.key))
        self.known = read_known(storage)
        self.corrections = read_corrections(storage)
        self.journal = Journal(storage, OPEN_DATA, self.known)
        self.genre_journal = Journal(storage, MUSICBRAINZ_GENRES, self.known)
        self.outcome = Outcome()
        self.leads: dict[str, set[str]] = {}  # artists whom links led to, by folded name

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.musicbrainz.clock()

    def whole(self) -> Outcome:
        """Take all steps; where a source can't be asked any further, the others go on."""
        for step in (
            self.ask_links,
            self.ask_isrcs,
            self.ask_facts,
            self.match,
            self.ask_names,
            self.ask_facts,
            self.match,
            self.ask_artists,
            self.ask_genres,
        ):
            try:
                step()
            except Stopped as stop:
                if str(stop) not in self.outcome.stopped:
                    self.outcome.stopped.append(str(stop))
        return self._outcome()

    def ask_links(self) -> None:
        """Ask which recordings the songs' Spotify links belong to."""

        def ask(ids: Sequence[str]) -> None:
            links = {f"https://open.spotify.com/track/{one}": one for one in ids}
            query = {"resource": list(links), "inc": "recording-rels artist-credits", "fmt": "json"}
            if len(ids) == 1:
                link = self.musicbrainz.ask("url", Link, query)
                found = [link] if link else []
            else:
                answer = self.musicbrainz.ask("url", Links, query)
                found = answer.urls if answer else []
            recordings = {link.resource: link.recordings for link in found}
            for address, one in links.items():
                self.journal.note("links", one, recordings.get(address, []), self.now)

        self._in_batches("links", self._due("links"), LINKS, ask)

    def ask_isrcs(self) -> None:
        """Ask which recordings have the ISRCs that Spotify gave."""

        def ask(isrcs: Sequence[str]) -> None:
            found = self._search(Recordings, "recording", f"isrc:({' OR '.join(isrcs)})")
            recordings = found.recordings if found else []
            for one in isrcs:
                having = [r.id for r in recordings if one in (r.isrcs or ())]
                self.journal.note("isrcs", one, sorted(having), self.now)
            self._note_recordings(recordings)

        self._in_batches("isrcs", self._due("isrcs"), ISRCS, ask)

    def ask_names(self) -> None:
        """Look names up in the dump where there is one, else search, one song at a time."""
        due = set(self._due("names"))
        open_songs = {
            query: song
            for song in self._unmatched()
            if self._is_through(song) and (query := name_query(song)) in due
        }
        if self.access.dump and open_songs:
            try:
                found = candidates_in_dump(self.access.dump, open_songs.values(), self.log)
            except UserError as error:  # the week is whole without
                raise Stopped(str(error)) from None
            for query, song in open_songs.items():
                self.journal.note("names", query, found.get(song.key, []), self.now)
            self.journal.write()
            return
        if len(open_songs) > MANY_SONGS:
            self.outcome.advice = (
                f"{len(open_songs):,} songs are to be searched by name, one request each. It is faster "
                "to download MusicBrainz' canonical dump from data.metabrainz.org and to set "
                "SPOTIFY_ASSETS_OPEN_DATA_DUMP to the file."
            )

        def ask(queries: Sequence[str]) -> None:
            query, song = queries[0], open_songs[queries[0]]
            found = self._search(Recordings, "recording", query, CANDIDATES)
            base = parse_title(song.title, song.artists).base
            same = [r for r in found.recordings if title_base(r) == base] if found else []
            self.journal.note("names", query, [r.id for r in same], self.now)
            self._note_recordings(same)

        self._in_batches("names", open_songs, 1, ask, share=FOR_NAMES)

    def ask_facts(self) -> None:
        """Ask for recordings that links or the dump name; singly for what the search doesn't have."""
        wanted = {
            one
            for song in self._unmatched()
            for one in chain(*self._candidates(song).values())
            if self._lacks("recordings", one, song.weeks)
        }
        weeks = self._weeks_by_recording()
        not_found: list[str] = []

        def ask(ids: Sequence[str]) -> None:
            found = self._search(Recordings, "recording", f"rid:({' OR '.join(ids)})")
            recordings = found.recordings if found else []
            self._note_recordings(recordings)
            not_found.extend(set(ids) - {recording.id for recording in recordings})

        def ask_singly(ids: Sequence[str]) -> None:
            query = {"inc": RECORDING_INC, "fmt": "json"}
            found = self.musicbrainz.ask(f"recording/{ids[0]}", Recording, query)
            for one in {ids[0], found.id if found else ids[0]}:  # which differ after a merge
                whole = found and found.shortened()
                self.journal.note("recordings", one, whole, self.now, weeks.get(one, ()))

        self._in_batches("recordings", sorted(wanted), RECORDINGS, ask)
        self._in_batches("recordings", [*sorted(not_found), *self._hollow()], 1, ask_singly)

    def match(self) -> None:
        """Judge every song all of whose candidates are known, and note what came of it."""
        matches: Iterable[Match] = self.known.found["matches"].values()
        for match in matches:
            if match.way == "link" and match.recording:
                name, mbid = lead_of(self.known.found["recordings"][match.recording])
                self.leads.setdefault(name, set()).add(mbid)
        for song in self.songs:
            before: Match | None = self.known.found["matches"].get(song.key)
            is_of_these_rules = self.known.rules.get(song.key) == RULES_VERSION
            is_settled = self._recording(song) and before and before.first_week <= min(song.weeks)
            after = before if is_settled and is_of_these_rules else self._judged(song)
            if after and (after != before or not is_of_these_rules):
                gains = after.recording or (before and before.recording)
                self.journal.note("matches", song.key, after, self.now, song.weeks if gains else ())
        self.journal.write()

    def ask_artists(self) -> None:
        """Ask for the artists of matched recordings; never by name."""
        weeks = self._weeks_by_artist()
        wanted = [one for one in weeks if self._lacks("artists", one, weeks[one])]

        def note(asked: str, artist: Artist | None) -> None:
            self.journal.note("artists", asked, artist, self.now, weeks[asked] if artist else ())

        def ask(ids: Sequence[str]) -> None:
            found = self._search(Artists, "artist", f"arid:({' OR '.join(ids)})")
            for artist in found.artists if found else ():
                if artist.id in ids:
                    note(artist.id, artist)

        def ask_singly(ids: Sequence[str]) -> None:
            note(ids[0], self.musicbrainz.ask(f"artist/{ids[0]}", Artist, {"fmt": "json"}))

        self._in_batches("artists", wanted, ARTISTS, ask)
        left = [one for one in wanted if self._lacks("artists", one, weeks[one])]
        self._in_batches("artists", left, 1, ask_singly)

    def ask_genres(self) -> None:
        """Ask for the artists' genres, of Wikidata in batches or of MusicBrainz one by one."""
        weeks = self._weeks_by_artist()

        def ask_wikidata(ids: Sequence[str]) -> None:
            form = {"query": sparql(ids), "format": "json"}
            answer = self.wikidata.ask("", Sparql, form=form)
            found: dict[str, list[str]] = {one: [] for one in ids}
            for one, genre in answer.pairs("mbid", "genre") if answer else ():
                found.get(one, []).append(genre)
            for one, genres in found.items():
                self.journal.note("genres", one, genres, self.now, weeks[one] if genres else ())

        def ask_musicbrainz(ids: Sequence[str]) -> None:
            query = {"inc": "genres", "fmt": "json"}
            answer = self.musicbrainz.ask(f"artist/{ids[0]}", ArtistGenres, query)
            genres = [genre for genre in answer.genres if genre.count > 0] if answer else []
            self.genre_journal.note(
                "musicbrainz_genres", ids[0], genres, self.now, weeks[ids[0]] if genres else ()
            )

        if self.access.genres == "wikidata":
            wanted = [one for one in weeks if self._lacks("genres", one, weeks[one])]
            self._in_batches("genres", wanted, WIKIDATA_ARTISTS, ask_wikidata)
        elif self.access.genres == "musicbrainz":
            wanted = [one for one in weeks if self._lacks("musicbrainz_genres", one, weeks[one])]
            self._in_batches("musicbrainz_genres", wanted, 1, ask_musicbrainz)

    def _in_batches(
        self,
        kind: Kind,
        things: Iterable[str],
        size: int,
        ask: Callable[[Sequence[str]], None],
        share: float = 1.0,
    ) -> None:
        """Ask in batches, store each answer, and go on where one fails; a batch refused is halved."""
        left = list(dict.fromkeys(things))
        until = self.deadline - (1 - share) * timedelta(seconds=self.access.seconds)
        batches = [left[start : start + size] for start in range(0, len(left), size)]
        done = 0
        while batches:
            if share < 1 and self.now >= until:
                raise Stopped("the time of this run is over")
            batch = batches.pop(0)
            try:
                ask(batch)
            except NotUnderstood:
                if len(batch) > 1:
                    half = len(batch) // 2
                    batches[:0] = [batch[:half], batch[half:]]
                    continue
                nothing: list[str] | None = None if kind in ("recordings", "artists") else []
                self.journal.note(kind, batch[0], nothing, self.now)
            except NotAnswered as error:
                self.outcome.failed += len(batch)
                self.log(f"Open data: no answer for {len(batch)} {kind}: {error}")
            finally:
                self.journal.write()
                self.genre_journal.write()
            done += len(batch)
            self.log(f"Open data: {done:,} of {len(left):,} {kind}")

    def _search(self, shape: Any, what: str, query: str, limit: int = 100) -> Any:
        return self.musicbrainz.ask(
            what, shape, {"query": query, "limit": str(limit), "fmt": "json"}
        )

    def _note_recordings(self, recordings: Iterable[Recording]) -> None:
        for recording in recordings:
            if self.known.found["recordings"].get(recording.id) is None:
                self.journal.note("recordings", recording.id, recording.shortened(), self.now)

    def _unmatched(self) -> Iterator[Song]:
        """Yield the songs without a match."""
        return (song for song in self.songs if not self._recording(song))

    def _recording(self, song: Song) -> str | None:
        """Return what a song is, unless corrections contradict it, or no longer say it."""
        match: Match | None = self.known.found["matches"].get(song.key)
        correction = self._correction(song)
        is_right = match and (
            match.way != "correction" if correction is None else match.recording == correction
        )
        return match.recording if match and is_right else None

    def _correction(self, song: Song) -> str | None:
        return next((self.corrections[one] for one in song.ids if one in self.corrections), None)

    def _things(self, kind: Kind, song: Song) -> list[str]:
        """Return what of a song is asked for."""
        if kind == "links":
            return [one for one in song.ids if SPOTIFY_ID.fullmatch(one)]
        if kind == "isrcs":
            return [one for one in song.isrcs if ISRC.fullmatch(one)]
        return [query] if (query := name_query(song)) else []

    def _due(self, kind: Kind) -> Iterator[str]:
        for song in self._unmatched():
            if self._correction(song) is None:
                for one in self._things(kind, song):
                    if self.known.is_due(kind, one, self.now, max(song.weeks)):
                        yield one

    def _lacks(self, kind: Kind, asked: str, weeks: Iterable[date]) -> bool:
        is_due = self.known.is_due(kind, asked, self.now, max(weeks))
        return is_due and not self.known.found[kind].get(asked)

    def _is_through(self, song: Song, kinds: Sequence[Kind] = ("links", "isrcs")) -> bool:
        """Whether all of a song is asked."""
        return all(
            one in self.known.found[kind] for kind in kinds for one in self._things(kind, song)
        )

    def _candidates(self, song: Song) -> dict[Way, list[str]]:
        """Return the recordings that may be a song, by way; a link to several is left out."""
        found = self.known.found
        if (correction := self._correction(song)) is not None:
            return {"correction": [correction] if correction else []}
        return {
            "link": [ids[0] for ids in self._links(song) if len(ids) == 1],
            "isrc": [one for isrc in song.isrcs for one in found["isrcs"].get(isrc, [])],
            "names": found["names"].get(name_query(song), []),
        }

    def _links(self, song: Song) -> list[list[str]]:
        return [self.known.found["links"].get(one, []) for one in song.ids]

    def _judged(self, song: Song) -> Match | None:
        """Return what a song is by what is known; None while more is to be asked."""
        correction = self._correction(song)
        if correction is None and not self._is_through(song):
            return None
        before: Match | None = self.known.found["matches"].get(song.key)
        first_week = min([*song.weeks, *([before.first_week] if before else [])])
        if correction == "":
            return Match(first_week, refused="corrected")
        recordings = self.known.found["recordings"]
        verdict = Verdict()
        for way, ids in self._candidates(song).items():
            if any(one not in recordings for one in ids):
                return None
            if way == "names" and not self._is_through(song, ("names",)):
                # A match that later rules or weeks contradict ends; its name is asked next.
                is_over = before and before.recording
                return Match(first_week, refused=verdict.refused) if is_over else None
            known = [recording for one in ids if (recording := recordings[one])]
            verdict = judge(song, known, way, first_week, self.leads)
            if verdict.recording:
                return Match(first_week, verdict.recording, list(verdict.others), way)
        is_unclear = (
            verdict.refused in ("unknown", "short")
            and max(map(len, self._links(song)), default=0) > 1
        )
        return Match(first_week, refused="ambiguous" if is_unclear else verdict.refused)

    def _hollow(self) -> Iterator[str]:
        """Yield the songs' recordings that a search told without dates, which a lookup may have."""
        for song in self.songs:
            match = self.known.found["matches"].get(song.key)
            match = match if match and match.recording else self._judged(song)
            for one in [match.recording, *match.others] if match and match.recording else ():
                is_dated = self.known.found["recordings"][one].first_release
                if not is_dated and len(self.known.times["recordings", one]) < 2:
                    yield one

    def _weeks_by_recording(self) -> dict[str, set[date]]:
        weeks: dict[str, set[date]] = {}
        for song in self.songs:
            if one := self._recording(song):
                weeks.setdefault(one, set()).update(song.weeks)
        return weeks

    def _weeks_by_artist(self) -> dict[str, set[date]]:
        """Return the artists of the matched recordings, each with the weeks of its songs."""
        weeks: dict[str, set[date]] = {}
        for one, of_songs in self._weeks_by_recording().items():
            recording: Recording | None = self.known.found["recordings"].get(one)
            for credit in recording.credits if recording else ():
                weeks.setdefault(credit.artist.id, set()).update(of_songs)
        return weeks

    def _outcome(self) -> Outcome:
        outcome = self.outcome
        outcome.requests = {s.name: s.requests for s in (self.musicbrainz, self.wikidata)}
        outcome.gained = self.journal.gained | self.genre_journal.gained
        for song in self.songs:
            match: Match | None = self.known.found["matches"].get(song.key)
            if match is None:
                outcome.waiting += 1
            elif match.way:
                outcome.matched[match.way] += 1
            else:
                outcome.missed[match.refused] += 1
        return outcome


def name_query(song: Song) -> str:
    """Return the search for a song by its title's base and its lead artist; empty if it is too short."""
    title = parse_title(song.title, song.artists)
    lead = song.artists.split(", ")[0].strip()
    if is_short(title.base) or not lead:
        return ""
    return f'recording:"{_escaped(title.written)}" AND artist:"{_escaped(lead)}"'


def title_base(recording: Recording) -> str:
    """Return the folded base of a recording's title."""
    artists = ", ".join(credit.name or "" for credit in recording.credits)
    return parse_title(recording.title or "", artists).base


def sparql(mbids: Sequence[str]) -> str:
    """Return the query for the genres of artists by their MusicBrainz ids (P434, P136).

    Wikidata orders no artist's genres: those come first that most of its sites have a page about. A
    mirror that doesn't count pages orders them by name.
    """
    values = " ".join(f'"{one}"' for one in mbids if MBID.fullmatch(one))
    return (
        f"SELECT ?mbid ?genre WHERE {{ VALUES ?mbid {{ {values} }} ?artist wdt:P434 ?mbid; wdt:P136 ?g. "
        '?g rdfs:label ?genre. FILTER(LANG(?genre) = "en") '
        "OPTIONAL { ?g wikibase:sitelinks ?pages } } ORDER BY DESC(?pages) ?genre"
    )


def _escaped(text: str) -> str:
    return LUCENE.sub(r"\\\1", text)
