"""Where columns come from: what is declared, against what changes in the tables when a field does."""

from __future__ import annotations

import copy
import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import dagster as dg
from spotify_assets.tables.column_origins import ORIGINS, asset_of

from spotify_assets.charts import Charts
from spotify_assets.definitions import build_definitions
from spotify_assets.layout import RawName
from spotify_assets.raw.details import DETAIL_KINDS, Details, encode_details
from spotify_assets.settings import Settings
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.raw_samples import (
    WEEK,
    added_at,
    as_json,
    chart_csv,
    page,
    row,
    spotify_id,
    track,
)

Column = tuple[str, str]
BY_NAME_OR_ORDER = {
    *("file.week", "file.chart", "file.kind", "playlist.position"),
    *("playlist.track.artists", "details.tracks.artists"),
}


def rich_track(name: str) -> dict[str, Any]:
    """A track that tells everything, its artists and album in full."""
    found = track(name, artists=["Ida Nord"]) | {"linked_from": {"id": None}}
    found["artists"][0] |= {
        "genres": ["norwegian pop"],
        "popularity": 50,
        "followers": {"total": 1000},
        "images": [{"url": "https://i.scdn.co/image/ida"}],
    }
    found["album"]["label"] = "Nord Records"
    return found


def changed(value: Any, path: str) -> Any:
    """Another value of the same kind."""
    if path.endswith("release_date_precision"):
        return "year"
    if path.endswith("release_date"):
        return "2025-01"
    if path.endswith("added_at"):
        return added_at(WEEK).replace("09:", "10:")
    if path.endswith("linked_from.id"):
        return "9" * 22
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value[:-1]}Z"


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every field below a JSON object: its path, and where its value is to be put."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        name = path if isinstance(key, int) else f"{path}.{key}".strip(".")
        if isinstance(below, dict | list):
            yield from fields(below, name)
        else:
            yield name, value, key


def columns_of(
    charts: Charts, files: list[Any], details: Details | None = None
) -> dict[Column, set[str]]:
    """The different values of each column."""
    tables = derive_tables(sorted(files, key=lambda one: one[0]), charts, details).tables
    return {
        (name, column): {
            repr(value) for value in table.column(column).to_pylist() if value is not None
        }
        for name, table in tables.items()
        for column in table.column_names
    }


def compared(before: dict[Column, Any], after: dict[Column, Any]) -> set[Column]:
    return {column for column in before if before[column] != after[column]}


def by_playlist(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each field of a playlist's rows."""
    nameless, local = {"name": None}, {"id": None}
    unknown = {"artists": [{"id": None, "name": "Ida Nord"}]}
    found: dict[str, set[Column]] = defaultdict(set)
    for without in ({}, nameless, local, nameless | local, unknown):
        document = row(rich_track("Fjordlys") | without, added_at=added_at(WEEK))
        name = RawName(WEEK, "norway", "playlist")
        before = columns_of(charts, [(name, as_json(page([document])))])
        for number, (path, _, _) in enumerate(fields(document)):
            other = copy.deepcopy(document)
            _, holder, key = list(fields(other))[number]
            holder[key] = changed(holder[key] if holder[key] is not None else "none?", path)
            after = columns_of(charts, [(name, as_json(page([other])))])
            found[f"playlist.{path}"] |= compared(before, after)
    return found


def by_chart_file(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each column of a chart file."""
    lines = list(csv.reader(io.StringIO(chart_csv(["Fjordlys"]).decode("utf-8-sig"))))
    name = RawName(WEEK, "norway", "chart_csv")
    found: dict[str, set[Column]] = defaultdict(set)
    for values in (lines[1], [("" if place == 3 else v) for place, v in enumerate(lines[1])]):
        before = columns_of(charts, [(name, written([lines[0], values]))])
        for place, column in enumerate(lines[0]):
            others = {"rank": "2", "previous_rank": "7", "peak_rank": "3", "weeks_on_chart": "4"}
            others |= {"uri": f"spotify:track:{'9' * 22}", "streams": "5", "artist_names": "A, B"}
            line = [*values[:place], others.get(column, "Other"), *values[place + 1 :]]
            after = columns_of(charts, [(name, written([lines[0], line]))])
            found[f"csv.{column}"] |= compared(before, after)
    return found


def written(lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def by_details(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each field of what was looked up for a line of a chart file."""
    song = rich_track("Fjordlys")
    uri, album = spotify_id("Fjordlys"), spotify_id("Fjordlys album")
    header = chart_csv(["Fjordlys"]).decode("utf-8-sig").splitlines()[0]
    # Blank where details may fill in.
    content = f'{header}\n1,"spotify:track:{uri}","","","",1,-1,1,5\n'.encode()
    files = [(RawName(WEEK, "norway", "chart_csv"), content)]
    found: dict[str, set[Column]] = defaultdict(set)
    artist = song["artists"][0]
    named = {"id": artist["id"], "name": artist["name"]}  # as tracks have them
    for more in (
        {"artists": [named]},
        {"artists": [named | {"id": None}]},
        {"artists": [named], "album": {**song["album"], "label": None}},
    ):
        objects = {
            "tracks": (uri, song | more),
            "artists": (artist["id"], artist),
            "albums": (album, {"id": album, "label": "Other Records"}),
        }
        before = columns_of(charts, files, known(objects))
        for kind in DETAIL_KINDS:
            for number, (path, _, _) in enumerate(fields(objects[kind][1])):
                others = copy.deepcopy(objects)
                _, holder, key = list(fields(others[kind][1]))[number]
                holder[key] = changed(holder[key] if holder[key] is not None else "none?", path)
                after = columns_of(charts, files, known(others))
                found[f"details.{kind}.{path}"] |= compared(before, after)
    return found


def known(objects: dict[Any, tuple[str, Any]]) -> Details:
    details = Details()
    for kind, asked in objects.items():
        details.add(kind, encode_details([json.loads(json.dumps(asked))], NOW))
    return details


def test_every_column_has_an_origin_and_nothing_else_has() -> None:
    assert {name: list(columns) for name, columns in ORIGINS.items()} == {
        name: [column.name for column in table.columns] for name, table in TABLES.items()
    }
    fields = [named for columns in ORIGINS.values() for named in columns.values()]
    assert all(len(named) == len(set(named)) > 0 for named in fields)


def test_a_column_changes_with_the_fields_that_it_is_said_to_come_from(charts: Charts) -> None:
    seen: dict[Column, set[str]] = defaultdict(set)
    for changes in (by_playlist(charts), by_chart_file(charts), by_details(charts)):
        for field, columns in changes.items():
            for column in columns:
                is_key = field.endswith(".id") and field not in ORIGINS[column[0]][column[1]]
                if not is_key:  # by which something is found, not what it is made of
                    seen[column].add(field)
    declared = {
        (table, column): set(fields) - BY_NAME_OR_ORDER
        for table, columns in ORIGINS.items()
        for column, fields in columns.items()
    }
    assert {column: seen[column] for column in declared} == declared


def test_dagster_is_told_where_each_column_comes_from(settings: Settings) -> None:
    specs = build_definitions(settings).resolve_all_asset_specs()
    for spec in (one for one in specs if one.key.path[-1] in TABLES):
        table = spec.key.path[-1]
        lineage = spec.metadata["dagster/column_lineage"]
        assert isinstance(lineage, dg.TableColumnLineage)
        assert {
            column: {(dep.asset_key.path[-1], dep.column_name) for dep in deps}
            for column, deps in lineage.deps_by_column.items()
        } == {
            column: {(asset_of(field), field) for field in fields}
            for column, fields in ORIGINS[table].items()
        }
        named = {dep.asset_key for deps in lineage.deps_by_column.values() for dep in deps}
        assert named <= {dep.asset_key for dep in spec.deps}
