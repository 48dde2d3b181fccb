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


def test_a_chart_may_lack_a_playlist_and_its_file_begin_with_a_byte_order_mark(
    tmp_path: Path,
) -> None:
    charts = read_charts(written(tmp_path, "\ufeff" + SWEDEN))
    assert charts.charts == (Chart("sweden", "sweden", "se", ""),)
    assert charts.by_playlist("") is None


@pytest.mark.parametrize(
    ("content", "names"),
    {
        "": "at least one [[charts]] block",
        "charts = 3": "at least one [[charts]] block",
        "charts = [3]": "chart 1 is not a [[charts]] block",
        "[[charts]": "not valid TOML",
        "x = " + "[" * 20_000: "not valid TOML",
        SWEDEN + "colour = 1": "chart 1 has 'colour'; a chart has only slug, name, country",
        "first = 1\n" + SWEDEN: "'first', but may have only [[charts]] blocks",
        "[[charts]]\nslug = 1": "slug is 1, but must be text in quotes",
        '[[charts]]\ncountry = "se"': "slug is '', but must be lower-case letters",
        '[[charts]]\nslug = "a/b"\ncountry = "se"': "slug is 'a/b', but must be lower-case",
        '[[charts]]\nslug = "sweden"': "(sweden) needs a country, a playlist_id, or both",
        SWEDEN + SWEDEN: "2 charts have the slug 'sweden', not one",
        SWEDEN + '[[charts]]\nslug = "b"\ncountry = "SE"': "2 charts have the country 'se'",
    }.items(),
)
def test_an_error_names_the_file_and_the_remedy(tmp_path: Path, content: str, names: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SettingsError) as error:
        read_charts(path)
    assert str(error.value).startswith(f"{path}: ")
    assert names in str(error.value)


def test_a_file_that_cannot_be_read_gets_an_error_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"Is a directory; copy {shipped_charts_file()}"):
        read_charts(tmp_path)
    with pytest.raises(SettingsError, match=f"No such file .*; copy {shipped_charts_file()}"):
        read_charts(tmp_path / "charts.toml")
    with pytest.raises(SettingsError, match="is not UTF-8 text; save it in that encoding"):
        read_charts(written(tmp_path, 'name = "Sørlandet"'.encode("latin-1")))


@pytest.mark.parametrize("name", ['Say "hi" \\ bye', "Ærlig talt 🎵", "a\nb\tc\x00", ""])
def test_a_declaration_can_be_read_back(tmp_path: Path, name: str) -> None:
    chart = Chart("top-50", name, "se", "37i9dQZEVXbLoATJ81JYXZ")
    (read,) = read_charts(written(tmp_path, declaration(chart))).charts
    printable = "".join(c if c.isprintable() else " " for c in name).strip()
    assert read == Chart("top-50", printable or "top-50", "se", "37i9dQZEVXbLoATJ81JYXZ")


def test_a_slug_is_made_of_a_name_and_never_one_that_is_taken() -> None:
    assert slug_of("Top Songs - Norway") == "top-songs-norway"
    assert slug_of("日本") == "chart"
    assert slug_of("Norway", taken=["norway", "norway-2"]) == "norway-3"
