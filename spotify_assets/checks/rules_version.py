"""Which rules judged: whatever remembers verdicts or decisions asks again once this has changed."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

DECIDING = ("checks", "raw", "tables")
"""The packages whose code decides over a verdict, besides the files that are looked at."""


@cache
def rules_version() -> str:
    """Stands for the rules as they are now: another whenever the code that judges changes."""
    digest = hashlib.sha256()
    package = files("spotify_assets")
    modules = []
    for name in DECIDING:
        modules += sorted((package / name).iterdir(), key=lambda entry: entry.name)
    for module in modules:
        if module.name.endswith(".py"):
            digest.update(module.read_bytes())
    return digest.hexdigest()
