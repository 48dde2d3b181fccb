"""How the words of `words.toml` become names of artists and titles of songs; nobody here exists.

Who gets which name is decided in `songs`.
"""

from __future__ import annotations

import random
import tomllib
from importlib.resources import files
from typing import Any

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))


def artist_name(rng: random.Random, names: str) -> str:
    """Return a name for an artist of the kind that a genre calls `names`."""
    if names == "norwegian" and rng.random() < 0.3:
        return str(rng.choice(WORDS["norwegian_bands"]))
    return f"{rng.choice(WORDS['first_names'][names])} {rng.choice(WORDS['last_names'][names])}".strip()


def song_title(rng: random.Random, names: str) -> str:
    """Return a title for a song by an artist of that kind."""
    roll = rng.random()
    if names == "norwegian" and roll < 0.5:
        return _title(rng, "norwegian_starts", "places")
    if names == "norwegian" and roll < 0.85:
        return f"{rng.choice(('Vi', 'Jeg', 'Du'))} {_title(rng, 'norwegian_verbs', 'places')}"
    if names == "norwegian" and roll < 0.92:
        return _title(rng, "norwegian_words")
    if names == "latin" and roll < 0.75:
        return _title(rng, "spanish", "spanish_endings")
    if roll < 0.3:
        return _title(rng, "verbs", "endings")
    if roll < 0.34:
        return _title(rng, "nouns")
    if roll < 0.5:
        return _title(rng, "nouns", "endings")
    return _title(rng, "adjectives", "nouns")


def _title(rng: random.Random, *lists: str) -> str:
    return " ".join(rng.choice(WORDS["titles"][name]) for name in lists)
