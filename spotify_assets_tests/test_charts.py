"""Which charts are known and expected, and errors that name the charts file and say what to do."""

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

NORWAY = Chart("norway", "Norway", "no", "37i9dQZEVXbLWYFZ5CkSvr")
GLOBAL = Chart("global", "Global", "global", "37i9dQZEVXbNG2KDcFcKOF")
SWEDEN = '[[charts]]\nslug = "sweden"\ncountry = "se"\n'


def written(folder: Path, content: str | bytes) -> Path:
    """A charts file with that content."""
    path = folder / "charts.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_country_of_charts_spotify_com_is_known(charts: Charts) -> None:
    assert charts.charts[:2] == (NORWAY, GLOBAL)
    assert charts.by_country("KR") == Chart("south-korea", "South Korea", "kr")
    assert charts.by_slug("united-kingdom") == charts.by_country("gb")
    assert {len(chart.country) for chart in charts.charts if chart != GLOBAL} == {2}
    for field in ("slug", "country"):
        values = [getattr(chart, field) for chart in charts.charts]
        assert len(set(values)) == len(values) > 73
    assert charts.declared_in == str(shipped_charts_file())


def test_charts_are_found_by_slug_country_and_playlist(charts: Charts) -> None:
    assert charts.by_slug("norway") == NORWAY
    assert charts.by_country("NO") == NORWAY
    assert charts.by_playlist("37i9dQZEVXbLWYFZ5CkSvr") == NORWAY
    assert charts.by_slug("utopia") is charts.by_country("xx") is charts.by_playlist("x") is None
    assert charts.by_playlist("") is None


def test_a_charts_file_comes_before_the_shipped_charts_and_takes_their_places(
    tmp_path: Path,
) -> None:
    mine = (
        Chart("sverige", "sverige", "se"),
        Chart("norway", "Noreg", "", "x"),
        Chart("world", "world", "", GLOBAL.playlist_id),
    )
    charts = read_charts(written(tmp_path, "\ufeff" + "\n\n".join(map(declaration, mine))))
    assert charts.charts[:3] == mine
    assert charts.by_slug("sweden") is charts.by_country("no") is None
    assert charts.by_country("dk") == Chart("denmark", "Denmark", "dk")
    assert charts.by_slug("global") == Chart("global", "Global", "global")
    assert charts.by_playlist(GLOBAL.playlist_id) == mine[2]


@pytest.mark.parametrize(
    ("setting", "charts_file", "collected", "expected"),
    [
        ("", "", (), ["norway", "global"]),
        ("", "", ["global"], ["global"]),
        ("", "", ["peru", "global", "gone"], ["global", "peru"]),
        ("", SWEDEN, (), ["sweden"]),
        ("", SWEDEN, ["global"], ["sweden"]),
        (" SE,global,, ", "", ["norway"], ["global", "sweden"]),
        ("sweden,no", SWEDEN, ["global"], ["sweden", "norway"]),
    ],
)
def test_expected_are_charts_of_the_setting_of_the_charts_file_collected_ones_or_the_examples(
    setting: str, charts_file: str, collected: list[str], expected: list[str], tmp_path: Path
) -> None:
    path = written(tmp_path, charts_file) if charts_file else shipped_charts_file()
    charts = read_charts(path, setting)
    assert [chart.slug for chart in charts.expected(collected)] == expected


def test_a_name_in_the_setting_that_no_chart_has_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="country swedn, xx; did you mean sweden"):
        read_charts(shipped_charts_file(), "no,swedn,xx")
    with pytest.raises(SettingsError, match="country xx; declare it in the charts file"):
        read_charts(written(tmp_path, SWEDEN), "xx")


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
    read, *_ = read_charts(written(tmp_path, declaration(chart))).charts
    printable = "".join(c if c.isprintable() else " " for c in name).strip()
    assert read == Chart("top-50", printable or "top-50", "se", "37i9dQZEVXbLoATJ81JYXZ")


def test_a_slug_is_made_of_a_name_and_never_one_that_is_taken() -> None:
    assert slug_of("Top Songs - Norway") == "top-songs-norway"
    assert slug_of("日本") == "chart"
    assert slug_of("Norway", taken=["norway", "norway-2"]) == "norway-3"
