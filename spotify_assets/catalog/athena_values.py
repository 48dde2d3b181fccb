"""Athena's answers are texts: what value each stands for, by the type of its column.

A null is the absence of a text, so an empty text stays one. Asking is in `athena`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

INTEGERS = ("tinyint", "smallint", "integer", "int", "bigint")
NULL_ITEM = "null"
ZONE = " with time zone"


def typed(athena_type: str) -> Callable[[str | None], Any]:
    """What reads the texts of a column of this type; types unknown here stay texts.

    Athena writes arrays as `[a, b]`, whatever is in them. So items come as texts, and one with a
    comma and a blank in it comes as two; a query that must not have that casts the column to json.
    """
    name, _, inside = athena_type.lower().partition("(")  # timestamp(3) with time zone
    zone = ZONE if inside.endswith(ZONE) else ""
    read = READERS.get(name.strip() + zone, str)
    return lambda text: None if text is None else read(text)


def _array(text: str) -> list[str | None]:
    inner = text.removeprefix("[").removesuffix("]")
    if not inner:
        return []
    return [None if item == NULL_ITEM else item for item in inner.split(", ")]


def _moment_with_zone(text: str) -> datetime:
    moment, _, zone = text.rpartition(" ")
    if zone[:1] in "+-":
        return datetime.fromisoformat(moment + zone)
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))


READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(INTEGERS, int),
    "double": float,
    "float": float,
    "real": float,
    "decimal": Decimal,
    "boolean": lambda text: text.lower() == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    f"timestamp{ZONE}": _moment_with_zone,
    "array": _array,
    "json": json.loads,
}
