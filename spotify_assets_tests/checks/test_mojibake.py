"""Names in any language are names; the same names read in a wrong encoding are not."""

from __future__ import annotations

import pytest

from spotify_assets.checks.mojibake import is_mojibake

NAMES = (
    *(
        "På låven",
        "Señorita",
        "Größe",
        "L’été",
        "Corazón",
        "Żółć",
        "Příběh",
        "Gülüşün Kalır",
        "Sør",
    ),
    *("Ти и аз", "Ελλάδα", "星のうた", "봄날", "ヨル、ハル", "Đêm nay – Live", "Doh‐Ra"),
)
NOT_SPOILT = (
    *("NÃO", "CORAÇÃO", "AÇAÍ®", "CAFÉ’S", "RØD™", "ÂŞIK", "PÅ…", "Ä–Ö", "†††", "¥$", "∆", "N°1"),
    *("¿Qué?", "«Été»", "Æ", "Ã", "½", "猫", "ÇA VA", "À L'AUBE"),
)


@pytest.mark.parametrize("name", [*NAMES, *NOT_SPOILT, "", "Plain & simple"])
def test_a_name_in_any_language_is_one(name: str) -> None:
    assert not is_mojibake(name)


@pytest.mark.parametrize("encoding", ["sloppy-windows-1252", "latin-1"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_read_in_a_wrong_encoding_is_told(name: str, encoding: str) -> None:
    assert is_mojibake(name.encode().decode(encoding))


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "cp437", "cp1250", "cp1253", "cp1254"])
def test_other_programs_spoil_it_otherwise(encoding: str) -> None:
    assert is_mojibake("Señorita".encode().decode(encoding))


def test_a_name_spoilt_twice_is_told() -> None:
    once = "På låven".encode().decode("latin-1")
    assert is_mojibake(once.encode().decode("latin-1"))
