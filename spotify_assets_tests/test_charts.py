"""The charts file: what it declares, and errors that name it and say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotify_assets.charts import (
    Chart,
    Charts,
    declaration,
    read_charts,
    shipped_charts_file,
    slug_of,
)
from spotify_assets.errors import SettingsError

SWEDEN = '[[charts]]\nslug = "sweden"\ncountry = "se"\n'


def written(folder: Path, content: str | bytes) -> Path:
    """A charts file with that content."""
    path = folder / "charts.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_shipped_file_declares_norway_and_global_weekly(charts: Charts) -> None:
    assert charts.charts == (
        Chart("norway", "Norway", "no", "37i9dQZEVXbLWYFZ5CkSvr"),
        Chart("global", "Global", "global", "37i9dQZEVXbNG2KDcFcKOF"),
    )
    assert charts.declared_in == str(shipped_charts_file())


def test_charts_are_found_by_slug_country_and_playlist(charts: Charts) -> None:
    norway = charts.charts[0]
    assert charts.by_slug("norway") == norway
    assert charts.by_country("NO") == norway
    assert charts.by_playlist("37i9dQZEVXbLWYFZ5CkSvr") == norway
    assert charts.by_slug("sweden") is charts.by_country("se") is charts.by_playlist("x") is None


def test_a_chart_without_a_playlist_is_not_found_by_none(tmp_path: Path) -> None:
    charts = read_charts(written(tmp_path, SWEDEN))
    assert charts.charts == (Chart("sweden", "sweden", "se", ""),)
    assert charts.by_playlist("") is None


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert read_charts(written(tmp_path, "\ufeff" + SWEDEN)).by_slug("sweden")


@pytest.mark.parametrize(
    ("content", "names"),
    {
        "": "at least one [[charts]] block",
        "charts = []": "at least one [[charts]] block",
        "charts = 3": "at least one [[charts]] block",
        "charts = [3]": "chart 1 is not a [[charts]] block",
        "[[charts]": "not valid TOML",
        '[[charts]]\nslug = "se\n': "not valid TOML",
        "x = " + "[" * 20_000: "not valid TOML",
        SWEDEN + "colour = 1": "chart 1 has 'colour'; a chart has only slug, name, country",
        "first = 1\n" + SWEDEN: "'first', but only [[charts]] blocks are allowed",
        "[[charts]]\nslug = 1": "slug is 1, but must be text in quotes",
        '[[charts]]\ncountry = "se"': "slug is '', but must be lower-case letters",
        '[[charts]]\nslug = "Sweden"\ncountry = "se"': "slug is 'Sweden', but must be lower-case",
        '[[charts]]\nslug = "a/b"\ncountry = "se"': "slug is 'a/b', but must be lower-case",
        '[[charts]]\nslug = "sweden"': "(sweden) needs a country, a playlist_id, or both",
        SWEDEN + SWEDEN: "2 charts have the slug 'sweden'; it must be unique",
        SWEDEN + '[[charts]]\nslug = "b"\ncountry = "SE"': "2 charts have the country 'se'",
    }.items(),
)
def test_an_error_names_the_file_and_the_remedy(tmp_path: Path, content: str, names: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SettingsError) as error:
        read_charts(path)
    assert str(error.value).startswith(f"{path}: ")
    assert names in str(error.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, f"no such file; start with a copy of {shipped_charts_file()}"),
        ('name = "Sørlandet"'.encode("latin-1"), "is not UTF-8 text; save it in that encoding"),
        ("a folder", "can't be read: Is a directory; is it a file"),
    ],
)
def test_a_file_that_cannot_be_read_gets_an_error_with_the_remedy(
    tmp_path: Path, content: str | bytes | None, says: str
) -> None:
    path = tmp_path / "charts.toml"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    with pytest.raises(SettingsError, match=says):
        read_charts(path)


@pytest.mark.parametrize("name", ['Say "hi" \\ bye', "Ærlig talt 🎵", "a\nb\tc\x00", ""])
def test_a_declaration_can_be_read_back(tmp_path: Path, name: str) -> None:
    chart = Chart("top-50", name, "se", "37i9dQZEVXbLoATJ81JYXZ")
    (read,) = read_charts(written(tmp_path, declaration(chart))).charts
    printable = "".join(c if c.isprintable() else " " for c in name).strip()
    assert read == Chart("top-50", printable or "top-50", "se", "37i9dQZEVXbLoATJ81JYXZ")


def test_a_slug_is_made_of_a_name_and_never_one_that_is_taken() -> None:
    assert slug_of("Top Songs - Norway") == "top-songs-norway"
    assert slug_of("日本") == "chart"
    assert slug_of("Norway", taken=["norway"]) == "norway-2"
    assert slug_of("Norway", taken=["norway", "norway-2"]) == "norway-3"
