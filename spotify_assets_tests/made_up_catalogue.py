"""A made-up MusicBrainz around the titles and artists of real charts, which knows what is truly what.

Editors' ways of writing are imitated with means of its own, not with those of the matcher: who is to be
judged must not write the answers.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.open_data.matching import Song
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.tables.names import song_key
from spotify_assets_tests.fakes.open_data_server import FakeOpenData, release
from spotify_assets_tests.real_data import REAL_DATA

WHOLE_NAMES = ["Tyler, The Creator", "Earth, Wind & Fire", "Olly Alexander (Years & Years)"]
KIND = r"(?:remix|edit|mix|version|versjon|acoustic|live|instrumental|ao vivo|mashup)\b"
JOINS = [" & ", ", ", " feat. ", " x ", " y ", " con ", " och ", " ♥ "]
THERE = 0.85  # share of songs that MusicBrainz has
LINKED = 0.5  # share of those whose link it knows
SLIPS = 0.06  # share of links that an editor put on something else


def real_songs() -> list[Song]:
    """Return the songs of the real chart files, each with its ids and weeks."""
    found: dict[str, tuple[str, str, set[date], set[str]]] = {}
    for path in sorted(REAL_DATA.glob("charts_weekly/*/*.csv")):
        try:
            rows = read_chart_csv(path.read_bytes()).rows
        except UnreadableRawFile:
            continue
        week = date.fromisoformat(path.stem[-10:]) - timedelta(days=6)
        for row in rows:
            if row.song_name and row.artist_names:
                key = song_key(row.song_id, row.song_name, row.artist_names)
                blank = (row.song_name, row.artist_names, set[date](), set[str]())
                entry = found.setdefault(key, blank)
                entry[2].add(week)
                entry[3].add(row.song_id)
    return [
        Song(key, title, artists, tuple(sorted(weeks)), tuple(sorted(ids)))
        for key, (title, artists, weeks, ids) in sorted(found.items())
    ]


@dataclass
class Catalogue:
    """A server full of recordings, and which of them each song truly is, by its key."""

    server: FakeOpenData = field(default_factory=FakeOpenData)
    truth: dict[str, set[str]] = field(default_factory=dict)

    def wrong(self, matches: dict[str, str | None]) -> list[str]:
        """Return the songs that were matched to what they aren't."""
        return [key for key, one in matches.items() if one and one not in self.truth[key]]

    def recall(self, matches: dict[str, str | None]) -> float:
        """Return the share of songs that are there and were found."""
        there = [key for key in matches if self.truth[key]]
        return sum(matches[key] in self.truth[key] for key in there) / len(there)


def as_editors_write(title: str, artists: str) -> tuple[str, list[str], str]:
    """Return title, artists and disambiguation in MusicBrainz' style."""
    whole = artists
    for n, name in enumerate(WHOLE_NAMES):
        whole = whole.replace(name, f"\0{n}")
    names = [
        re.sub(r"\0(\d)", lambda m: WHOLE_NAMES[int(m[1])], part) for part in whole.split(", ")
    ]
    guests = re.findall(r"(?i)[(\[](?:feat\.|ft\.|featuring) ([^)\]]+)[)\]]| - feat\. (.+)$", title)
    guests = [g for pair in guests for text in pair if text for g in re.split(r", | & ", text)]
    title = re.sub(
        r"(?i) ?[(\[](?:feat\.|ft\.|featuring|with) [^)\]]+[)\]]| - feat\. .+$", "", title
    )
    title = re.sub(r"(?i)[.,]? FEAT\. .+$", "", title)
    title = re.sub(r"(?i) (- |\()[^-(]*remaster[^)]*\)?$", "", title)
    title = re.sub(r"(?i) (- |\()(bonus( track)?|from|fra) ?.*$|/ bonus track$", "", title)
    title = re.sub(r" - (Spider-Man|Official Song).*$", "", title)
    live = re.search(r"(?i) - live( .*)?$|\(live\)$", title)
    if live:
        return title[: live.start()].strip(), names + guests_of(names, guests), "live"
    title = re.sub(
        rf"(?i) - (.*{KIND}.*)$", lambda m: f" ({m[1][0].upper()}{m[1][1:].lower()})", title
    )
    title = title.replace("(Remix)", "(remix)").replace("'", "’")
    return title.strip(), names + guests_of(names, guests), ""


def guests_of(names: list[str], guests: list[str]) -> list[str]:
    """Return the guests who aren't among the artists."""
    listed = {name.casefold() for name in names}
    return [guest for guest in guests if guest.casefold() not in listed]


def build(songs: list[Song], seed: int = 1) -> Catalogue:
    """Return a catalogue in which most of the songs are, among all that is easily taken for them."""
    chance = random.Random(seed)
    catalogue = Catalogue()
    fake = catalogue.server
    by_lead: dict[str, str] = {}
    there_is: dict[tuple[str, str], set[str]] = {}  # by what MusicBrainz would say it is
    plans = []
    for song in songs:
        title, names, comment = as_editors_write(song.title, song.artists)
        same = (title.casefold(), " ".join(names).casefold() + comment)
        plans.append((song, title, names, comment, same))
        there_is.setdefault(same, set())
    for song, title, names, comment, same in plans:
        first = min(song.weeks)
        if chance.random() < THERE and not there_is[same]:
            there_is[same] |= {add_true(fake, chance, title, names, comment, first)}
            if chance.random() < 0.15:  # another recording of it, of a compilation
                later = first + timedelta(days=chance.randint(-200, 300))
                there_is[same].add(
                    fake.add(title, names, str(later), disambiguation=comment, number=2)
                )
        add_lookalikes(fake, chance, title, names, first)
        by_lead.setdefault(names[0], next(iter(there_is[same]), ""))
    for song, title, names, _, same in plans:
        catalogue.truth[song.key] = there_is[same]
        for one in song.ids if there_is[same] else ():
            if chance.random() < LINKED:
                add_link(catalogue, chance, one, title, names, sorted(there_is[same]), by_lead)
    return catalogue


def add_true(
    fake: FakeOpenData,
    chance: random.Random,
    title: str,
    names: list[str],
    comment: str,
    first: date,
) -> str:
    """Add a song as it is, its date, length or exact name perhaps unknown."""
    out = first - timedelta(days=chance.choice([0, 0, 1, 6, 30, 200, 2000, 9000]))
    released = chance.choice([str(out)] * 8 + [str(out.year), None])
    credited = list(names)
    if chance.random() < 0.05:  # credited as the artist writes it, and known by the usual name
        who = chance.randrange(len(credited))
        stage = credited[who].upper() + " オ"
        fake.add_artist(stage, aliases=[credited[who]] if chance.random() < 0.7 else [])
        credited[who] = stage
    return fake.add(
        title,
        credited,
        released,
        joins=chance.choice(JOINS),
        disambiguation=comment or chance.choice([""] * 9 + ["explicit"]),
        length=chance.choice([183_000, 201_500, None]),
    )


def add_lookalikes(
    fake: FakeOpenData, chance: random.Random, title: str, names: list[str], first: date
) -> None:
    """Add what is easily taken for the song: other editions, other people, other media."""
    old, late = str(first - timedelta(days=700)), str(first + timedelta(days=500))
    lead = names[0]

    def maybe(share: float) -> bool:
        return chance.random() < share

    if maybe(0.3):
        fake.add(f"{title} (DJ Kolo remix)", names, old)
    if maybe(0.2):
        fake.add(title, names, old, disambiguation="live, 2015-06-12: Oslo Spektrum, Oslo, Norway")
    if maybe(0.1):
        fake.add(f"{title} (acoustic)", names, old)
    if maybe(0.1):
        fake.add(f"{title} (instrumental)", names, old)
    if maybe(0.1):
        fake.add(f"{title} (sped up)", names, old)
    if maybe(0.1):
        fake.add(title, names, old, disambiguation="demo")
    if maybe(0.2):
        fake.add(title, names, old, video=True)
    if maybe(0.1):
        fake.add(title, names, old, releases=[release("Radio Nights", old, status="Bootleg")])
    if maybe(0.1):
        fake.add(f"{title} (made famous by {lead})", ["Party Players"], old)
    if maybe(0.05):
        fake.add(title, [lead], old, releases=[release("Karaoke Hits 9", old)], number=3)
    if maybe(0.1):
        fake.add(title, [f"{lead} Tribute Band"], old)
    if maybe(0.15):
        fake.add(title, ["Cover Collective"], old)
    if maybe(0.1):
        fake.add(title, [*names, "Unheard Guest"], old)
    if maybe(0.1) and len(names) > 1:
        fake.add(title, names[:1], old)
    if maybe(0.05):
        fake.add(title, names, late, who="another of that name, later")
    if maybe(0.01):
        fake.add(title, names, old, who="another of that name, earlier")
    if maybe(0.1):
        fake.add(f"{title} Again", names, old)


def add_link(
    catalogue: Catalogue,
    chance: random.Random,
    one: str,
    title: str,
    names: list[str],
    true: list[str],
    by_lead: dict[str, str],
) -> None:
    """Add the link of a song, now and then an editor's slip."""
    fake = catalogue.server
    target, ended = chance.choice(true), False
    if chance.random() < SLIPS:
        slip = chance.randrange(6)
        if slip == 0 and by_lead[names[0]]:  # another song of the artist
            target = by_lead[names[0]]
        elif slip == 1:
            target = fake.add(title, ["Cover Collective"], "2001")
        elif slip == 2:
            target = fake.add(f"{title} (Other remix)", names, "2001")
        elif slip == 3:
            target = fake.add(title, names, "2001", disambiguation="live, 2001: Bergen")
        elif slip == 4:
            target, ended = fake.add(title, [*names, "Unheard Guest"], "2001"), True
        else:
            fake.links.setdefault(one, []).append((fake.add(title, ["Mistaken"], "2001"), False))
    fake.links.setdefault(one, []).append((target, ended))
