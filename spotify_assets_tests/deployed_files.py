"""The settings files in `deploy/`, as data."""

from __future__ import annotations

from typing import Any

import yaml

from spotify_assets_tests.terraform_commands import DEPLOY


def read_yaml(name: str) -> Any:
    """Return a file's content."""
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def variables_read(value: object) -> set[str]:
    """Return every NAME of an `env: NAME` in it."""
    if isinstance(value, list):
        return set().union(*map(variables_read, value))
    if not isinstance(value, dict):
        return set()
    own = {value["env"]} if set(value) == {"env"} else set()
    return own.union(*map(variables_read, value.values()))
