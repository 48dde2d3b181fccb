"""Titles and artists, taken apart and folded: base, words of versions, names.

One folding says which spellings are the same song: over weeks and ids (`tables.identities`), and in open
data (`open_data.matching`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

ACCENTS = re.compile("[\u0300-\u036f]")  # not the marks of kana, Thai or Devanagari, which spell
BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
DASH = re.compile(r"\s+[-–—]\s+")
PIECES = re.compile(r"\s+/\s+|;\s+")
SEPARATOR = re.compile(
    r"\s*[,;/、]\s+|\s*[&+×]\s*"
    r"|\s+(?:and|x|y|e|con|och|og|und|et|vs\.?|feat\.?|ft\.?|featuring|with|med)\s+",
    re.IGNORECASE,
)
FEATURE = re.compile(r"(?:^|[\s,&])(?:feat|ft|featuring)\b[.:]?\s+(.+)$", re.IGNORECASE)
WITH = re.compile(r"^(?:(?:with|med|duet with|con|starring)\s+|w/\s*)(.+)$", re.IGNORECASE)
NEUTRAL = re.compile(
    r"(?:\d{4} )?(?:digital(?:ly)? )?re-?master(?:ed)?(?: version)?(?: (?:in )?\d{4})?"
    r"|bonus(?: track)?|(?:the )?(?:album|original|explicit) (?:version|versjon|mix)|explicit"
    r"|(?:(?:music|original song|theme|taken) )?(?:from|fra|från)\b.*"
    r"|prod(?:uced|\.)? .*|.*\boriginal (?:motion picture )?soundtrack|official song\b.*"
    r"|non-album single",
    re.IGNORECASE,
)
VERSION = re.compile(
    "remix|mix|edit|live|acoustic|version|edition|sped|slowed|nightcore|instrumental|karaoke|demo|cover"
    "|extended|session|remake|rework|bootleg|mashup|medley|vip|dub|unplugged|reprise|acapella|orchestra"
    "|orchestral|piano|strings|stripped|mono|stereo|outtake|alternate|rerecorded|tribute|famous"
    "|originally|reverb|rehearsal|redux|club|lullaby|take|cut|video|commentary"
)
SAME_WORD = {
    "rmx": "remix",
    "sessions": "session",
    "reworked": "rework",
    "versjon": "version",
    "speed": "sped",
    "vivo": "live",
    "directo": "live",
    "akustisk": "acoustic",
    "acustico": "acoustic",
    "acustica": "acoustic",
    "cappella": "acapella",
    "edited": "edit",
}
RERECORDED = re.compile("re-?record(?:ed|ing)", re.IGNORECASE)
THE = re.compile(r"^\s*the\s+", re.IGNORECASE)
FILLER = re.compile("the|a|and|by|of|x|vs|ao|en|up|down|official")


@dataclass(frozen=True)
class Title:
    """A title taken apart: base, folded and as written, words of versions, names of features."""

    base: str
    written: str
    version: frozenset[str]
    features: tuple[str, ...]


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Return letters and digits of any script, without accents, capitals and differences of width.

    >>> fold("Ke$ha – Tik Tok (Åäø)"), fold("が"), fold("♥")
    ('kehatiktokaaø', 'が', '')
    """
    return letters(unicodedata.normalize("NFKC", text).casefold())


def letters(text: str) -> str:
    """Return what `fold` does, capitals kept.

    >>> letters("Ke$ha – Tik Tok (Åäø)")
    'KehaTikTokAaø'
    """
    plain = unicodedata.normalize("NFKC", text).replace("&", " and ")
    plain = ACCENTS.sub("", unicodedata.normalize("NFD", plain))
    kept = (c for c in plain if c.isalnum() or unicodedata.category(c)[0] == "M")
    return unicodedata.normalize("NFC", "".join(kept))


def names_in(text: str) -> list[str]:
    """Return the folded parts of an artist string; a name with a separator in it is several parts."""
    return [part for part in map(fold, SEPARATOR.split(text)) if part]


def identity(title: str, artists: str) -> tuple[str, frozenset[str], frozenset[str]] | None:
    """Return what stays the same over spellings of a song: base, version words, artists.

    A guest may be named in the title or among the artists, and a remixer in the title alone. Capitals of
    the title count: released again with other capitals, a song starts again in Spotify's charts. None
    where no artist's name has a letter.

    >>> identity("North [with Nils]", "Ada") == identity("North - 2019 Remaster", "Nils & Ada, Ada")
    True
    >>> identity("North - Kolo Remix", "Ada") == identity("North (Kolo Remix)", "Ada, Kolo")
    True
    """
    parsed = parse_title(title, artists, with_is_guest=True)
    parts = [part for text in (artists, *parsed.features) for part in SEPARATOR.split(text)]
    if not any(map(fold, parts)):
        return None
    of_version = [part for part in parts if words_in(part) and words_in(part) <= parsed.version]
    names = {fold(THE.sub("", part)) for part in parts if part not in of_version} - {""}
    return letters(parsed.written) or parsed.written, parsed.version, frozenset(names)


@lru_cache(maxsize=200_000)
def parse_title(text: str, artists: str = "", *, with_is_guest: bool = False) -> Title:
    """Take a title apart; what in brackets or after a dash is neither version nor feature is base.

    "(with …)" is a feature if all of it are artists, or in any case: `with_is_guest`.

    >>> parse_title("North (feat. Nils Fjord) - Kolo Remix").version == {"kolo", "remix"}
    True
    """
    version: set[str] = set()
    features: list[str] = []
    known = set(names_in(artists))

    def rest(piece: str) -> str:
        """Return what of a piece belongs to the base."""
        piece = piece.strip()
        if NEUTRAL.fullmatch(piece):
            return ""
        if feature := FEATURE.search(piece):
            features.append(feature[1])
            return rest(piece[: feature.start()])
        guests = WITH.match(piece)
        names = names_in(guests[1] if guests else piece)
        if names and (known.issuperset(names) or (guests and with_is_guest)):
            features.append(guests[1] if guests else piece)
            return ""
        words = version_words(piece)
        version.update(words)
        return "" if words else piece

    def rests(chunk: str) -> str:
        return " ".join(rest(piece) for piece in PIECES.split(chunk))

    plain = unicodedata.normalize("NFKC", text)
    while match := BRACKETS.search(plain):
        is_all = not (plain[: match.start()] + plain[match.end() :]).strip()
        inner = match[1] if is_all else " ".join(rests(p) for p in DASH.split(match[1]))
        plain = f"{plain[: match.start()]} {inner} {plain[match.end() :]}"
    head, *tails = DASH.split(plain)
    if (feature := FEATURE.search(head)) and feature.start():
        features.append(feature[1])
        head = head[: feature.start()]
    if re.search(r"\S\s+remix\s*$", head, re.IGNORECASE):
        version.add("remix")
        head = re.sub(r"\s+remix\s*$", "", head, flags=re.IGNORECASE)
    whole = " ".join([head, *map(rests, tails)])
    whole = re.sub(r"\bpt\b\.?", "part", whole, flags=re.IGNORECASE)
    written = " ".join(whole.split())
    return Title(fold(written) or written, written, frozenset(version), tuple(features))


def version_words(piece: str) -> set[str]:
    """Return the words of a piece that names a version, else nothing."""
    if NEUTRAL.fullmatch(piece.strip()):
        return set()
    words = words_in(RERECORDED.sub("rerecorded", piece))
    of_words = kinds(words)
    return (words - {"version"} if len(of_words) > 1 else words) if of_words else set()


def words_in(text: str) -> set[str]:
    """Return the folded words of a version or of a name, without those that say nothing."""
    folded = map(fold, re.split(r"[\W_]+", text))
    return {SAME_WORD.get(word, word) for word in folded if not FILLER.fullmatch(word)} - {""}


def kinds(words: Iterable[str]) -> set[str]:
    """Return those of a version's words that say what kind it is: `remix`, not whose."""
    return {word for word in words if VERSION.fullmatch(word)}
