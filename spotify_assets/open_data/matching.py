"""Whether a recording of MusicBrainz' is a song of the charts: pure functions.

Names are compared folded, and never by a score: a wrong match is worse than none. Which candidates there
are is decided in `look_up`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from types import MappingProxyType
from typing import Literal

import msgspec

from spotify_assets.open_data.answers import Credit, Recording
from spotify_assets.titles import NEUTRAL, Title, fold, kinds, names_in, parse_title, version_words
from spotify_assets.weeks import week_end

# Of folding and matching. Raised when they change: matches made by other rules are judged again.
RULES_VERSION = 1
Way = Literal["correction", "link", "isrc", "names"]
WAYS: dict[Way, str] = {
    "correction": "the corrections say so",
    "link": "MusicBrainz links it to the song's Spotify id, and title, version and lead artist agree",
    "isrc": "it has the song's ISRC, and title, version and lead artist agree",
    "names": "title, version and artists agree, and no other recording is it as well",
}
"""How a song was matched, in words."""
REFUSALS = {
    "unknown": "MusicBrainz has no candidate",
    "short": "its title is too short, or a number: only a link or an ISRC could tell",
    "ambiguous": "its link belongs to several recordings",
    "title": "no candidate has its title",
    "edition": "candidates are another version: live, remix, edit and the like",
    "artists": "candidates are by other artists, or by more or fewer of them",
    "kind": "candidates are videos, bootlegs, karaoke or tributes",
    "time": "candidates appeared after it charted",
    "several": "candidates are by different artists of the same names",
    "absent": "MusicBrainz doesn't have the recording that the corrections name",
    "corrected": "the corrections say that it is none of MusicBrainz'",
}
"""Why a song has no match, in words; where candidates fail differently, what the best one fails."""

IMITATION = re.compile(
    r"karaoke|tribute|made famous|in the style of|originally performed", re.IGNORECASE
)


@dataclass(frozen=True)
class Song:
    """A song of the charts, for all its weeks and Spotify ids; `key` is what makes it the same one.

    `artists` is as the chart file has it; `lead_only` if that names the lead artist alone.
    """

    key: str
    title: str
    artists: str
    weeks: tuple[date, ...]
    ids: tuple[str, ...] = ()
    isrcs: tuple[str, ...] = ()
    lead_only: bool = False


class Match(msgspec.Struct, omit_defaults=True):
    """What a song was found to be: a recording and others of it, and how, or why none is it."""

    first_week: date
    recording: str | None = None
    others: list[str] = []
    way: Way | None = None
    refused: str = ""


def judge(
    song: Song,
    candidates: Iterable[Recording],
    way: Way,
    first_week: date | None = None,
    leads: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Match:
    """Return which of the candidates is the song, if one is for certain.

    `first_week` is the first week in which it charted, unless that is the first of `song`; `leads` the
    artists' ids that links led to, by folded name: a homonym is found out by them.
    """
    first_week = first_week or min(song.weeks)
    if way == "correction":
        known = next((one.id for one in candidates), None)
        return Match(first_week, known, way=way) if known else Match(first_week, refused="absent")
    ours = parse_title(song.title, song.artists)
    if way == "names" and is_short(ours.base):
        return Match(first_week, refused="short")
    failed = ["unknown"]
    survivors: dict[str, Recording] = {}
    for candidate in candidates:
        if why := _refusal(song, ours, candidate, way, first_week):
            failed.append(why)
        else:
            survivors[candidate.id] = candidate
    if not survivors:
        return Match(first_week, refused=max(failed, key=list(REFUSALS).index))
    for key, (name, mbid) in [(key, lead_of(one)) for key, one in survivors.items()]:
        if way == "names" and mbid not in leads.get(name, (mbid,)):
            del survivors[key]  # a homonym
    if len({tuple(c.artist.id for c in one.credits) for one in survivors.values()}) != 1:
        return Match(first_week, refused="several")

    def preference(one: Recording) -> tuple[bool, str, str]:
        has_isrc = not set(song.isrcs).isdisjoint(one.isrcs or ())
        return not has_isrc, one.first_release or "9", one.id

    best, *others = sorted(survivors.values(), key=preference)
    return Match(first_week, best.id, sorted(one.id for one in others), way)


def is_short(base: str) -> bool:
    """Whether a title base is too short, or a number, to be found by name."""
    letters = fold(base)
    dense = any("\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\ud7af" for c in letters)
    return letters.isdecimal() or len(letters) < (2 if dense else 4)


def is_after(released: str, day: date) -> bool:
    """Whether a date, perhaps of a year or month only, lies wholly after a day."""
    return released > day.isoformat()[: len(released)]


def title_of(recording: Recording) -> Title:
    """Return a recording's title taken apart."""
    artists = ", ".join(credit.name or "" for credit in recording.credits)
    return parse_title(recording.title or "", artists)


def lead_of(recording: Recording) -> tuple[str, str]:
    """Return folded name and id of the artist who is credited first."""
    lead = recording.credits[0]
    return fold(next(iter(lead.names), "")), lead.artist.id


def _refusal(song: Song, ours: Title, candidate: Recording, way: Way, first_week: date) -> str:
    """Return the name of the first rule that a candidate fails, or nothing."""
    credited, theirs = candidate.credits, title_of(candidate)
    pieces = re.split(r"[,;:]\s+", candidate.disambiguation or "")
    pieces = [piece for piece in pieces if not NEUTRAL.fullmatch(piece.strip())]
    version = theirs.version
    if any(map(version_words, pieces)):  # which one, may be beside it: "live, 1999: Oslo"
        version |= version_words(" ".join(pieces))
    if ours.base != theirs.base:
        return "title"
    # A link may leave open which live version it is, for which editors and Spotify have many words.
    is_live = way == "link" and kinds(ours.version) == kinds(version) == {"live"}
    is_nested = ours.version <= version or version <= ours.version
    if ours.version != version and not (is_live and is_nested):
        return "edition"
    if not _same_artists(song, ours, theirs, credited, way):
        return "artists"
    releases = candidate.releases or ()
    titles = [release.title or "" for release in releases]
    if (
        candidate.video
        or (releases and all(release.status == "Bootleg" for release in releases))
        or IMITATION.search(candidate.disambiguation or "")
        or (titles and all(map(IMITATION.search, titles)))
    ):
        return "kind"
    grace = week_end(first_week) + timedelta(days=1)
    return "time" if way != "link" and is_after(candidate.first_release, grace) else ""


def _same_artists(
    song: Song, ours: Title, theirs: Title, credited: Sequence[Credit], way: Way
) -> bool:
    """Whether the credited names use up our artist string and its title's features.

    With a link or an ISRC our string may name more artists than theirs: credits are often shorter.
    """
    parts = names_in(song.artists)
    features = [name for text in ours.features for name in names_in(text)]
    names = [[names_in(name) for name in credit.names] or [[]] for credit in credited]
    if not parts or not names:
        return False
    lead = next((one for one in names[0] if "".join(one) in accumulate(parts)), None)
    if lead is None:
        return False
    left, left_features = _without(parts, lead) or [], features
    guests = [[[name]] for text in theirs.features for name in names_in(text)]  # as editors may do
    for options in sorted(names[1:] + guests, key=lambda options: -len("".join(options[0]))):
        shorter = next((r for n in options if (r := _without(left, n)) is not None), None)
        fewer = next((r for n in options if (r := _without(left_features, n)) is not None), None)
        was_lead = any("".join(name) == "".join(lead) for name in options)
        if shorter is None and fewer is None and not was_lead:
            in_ours = any(_without(parts + features, name) is not None for name in options)
            if not in_ours and not (way == "link" and song.lead_only):
                return False
        left = left if shorter is None else shorter
        left_features = left_features if fewer is None else fewer
    named_twice = {part for options in names + guests for name in options for part in name}
    left = [part for part in left if part not in named_twice]
    return named_twice.issuperset(left_features) and (not left or way != "names")


def _without(parts: list[str], name: list[str]) -> list[str] | None:
    """Return the parts without those that together are the name; None if it isn't among them."""
    for start in range(len(parts)):
        for end, text in enumerate(accumulate(parts[start:]), start + 1):
            if text == "".join(name):
                return parts[:start] + parts[end:]
    return None
