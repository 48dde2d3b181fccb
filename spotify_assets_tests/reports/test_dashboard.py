"""The dashboard as a file: where it is written, what it is made of, how large it gets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_assets.demo import sample_files
from spotify_assets.layout import DASHBOARD, INBOX
from spotify_assets.reports.dashboard.dates import week_label
from spotify_assets.reports.dashboard.document import document, inline_json
from spotify_assets.reports.dashboard.size import MOST_BYTES, fitting_document, latest_rows
from spotify_assets.settings import Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import chart_frames
from spotify_assets_tests.aws_world import aws_world
from spotify_assets_tests.commands import cli, run_command
from spotify_assets_tests.dagster_runs import (
    WEEKS,
    drop_csv,
    failures,
    instance_in,
    materializations,
    materialize,
)
from spotify_assets_tests.dashboards import records, sample_tables, tables_from

LAST = WEEKS[-1]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with instance_in(tmp_path / "home") as instance:
        yield instance


def data_in(page: bytes) -> Any:
    """What the page holds, as its script reads it."""
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', page.decode())
    assert found is not None
    return json.loads(found[1])


def test_a_run_of_weeks_writes_the_page_of_all_weeks(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    for week in WEEKS[:2]:
        drop_csv(storage, week)
    drop_csv(storage, WEEKS[1], country="global")
    assert materialize(settings, instance, WEEKS[:1]).success
    assert materialize(settings, instance, WEEKS[1:2]).success
    page = storage.read(DASHBOARD)
    found = data_in(page)
    assert found["weeks"] == [str(week) for week in WEEKS[:2]]
    assert [(chart["slug"], chart["weeks"]) for chart in found["charts"]] == [
        ("norway", [0, 1]),
        ("global", [1]),
    ]
    (made,) = materializations(instance, "dashboard").values()
    said = {name: value.value for name, value in made.metadata.items()}
    assert said["page"] == storage.location(DASHBOARD)
    assert (said["bytes"], said["weeks"], said["charts"]) == (len(page), 2, 2)


def test_before_anything_is_published_it_is_a_page_as_well(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    assert materialize(settings, instance, [], ["dashboard"]).success
    found = data_in(storage.read(DASHBOARD))
    assert (found["charts"], found["weeks"]) == ([], [])


def test_by_athena_it_is_the_same_page_and_s3_serves_it_as_html(
    s3_storage: S3Storage, settings: Settings, storage: FolderStorage, tmp_path: Path
) -> None:
    weeks = [LAST - ONE_WEEK * back for back in (1, 0)]
    with aws_world(s3_storage) as world:
        for base in (storage, world.storage):
            for sample in sample_files(LAST, 2):
                base.write(INBOX + sample.name, sample.content)
        with instance_in(tmp_path / "here") as instance:
            assert failures(materialize(settings, instance, weeks)) == {}
        on_aws = load_settings(world.environment)
        with instance_in(tmp_path / "aws") as instance:
            result = materialize(on_aws, instance, weeks, aws_catalog=world.catalog)
            assert failures(result) == {}
            (made,) = materializations(instance, "dashboard").values()
        assert made.metadata["page"] == dg.MetadataValue.url(world.storage.location(DASHBOARD))
        here, there = (data_in(base.read(DASHBOARD)) for base in (storage, world.storage))
        assert here.pop("built").startswith(there.pop("built")[:5])
        assert there == here
        head = world.storage.client.head_object(**world.storage._object(DASHBOARD))
        assert head["ContentType"] == "text/html; charset=utf-8"


def test_the_same_input_gives_the_same_bytes() -> None:
    made = [document(records(sample_tables(LAST, 5))[0]) for _ in range(2)]
    assert made[0] == made[1]
    assert len(made[0]) > 50_000


def test_titles_cannot_end_the_block_that_they_stand_in() -> None:
    foreign = {"a": "</script><!--", "b": "\u2028&>", "c": "\ud800"}
    text = inline_json(foreign)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == foreign | {"c": "?"}


def test_a_song_that_was_out_for_long_is_not_new_in_the_first_year() -> None:
    def move_of(released: date, precision: str, week: int) -> str:
        weeks = (0, week - 1, week)
        rows: dict[str, Any] = {
            "songs": [
                *(chart_frames.song(number, 1, "A") for number in weeks),
                chart_frames.song(week, 2, "B", album_id="b"),
            ],
            "albums": [chart_frames.album(week, "b", released, precision)],
        }
        found, _ = records(tables_from(rows))
        return str(found["charts"][0]["rows"][-1]["m"][1])

    friday = chart_frames.friday
    assert move_of(friday(9) - timedelta(days=91), "day", 9) == "f"
    assert move_of(friday(9) - timedelta(days=90), "day", 9) == "n"
    assert move_of(friday(9) - timedelta(days=91), "month", 9) == "n"
    assert move_of(date(2024, 1, 1), "year", 9) == "f"
    assert move_of(date(1984, 1, 1), "day", 52) == "n"


def test_weeks_are_named_by_their_days() -> None:
    assert week_label(date(2026, 11, 6)) == "6–12 Nov 2026"
    assert week_label(date(2026, 11, 27)) == "27 Nov – 3 Dec 2026"
    assert week_label(date(2026, 12, 31)) == "31 Dec 2026 – 6 Jan 2027"


def large(charts: int, weeks: int, rows: int) -> dict[str, Any]:
    """Records of that size: every week a quarter of the songs are others."""
    found, _ = records(None)
    first = date(2017, 1, 6)
    days = [first + ONE_WEEK * number for number in range(weeks)]
    songs = charts * weeks * rows // 4 + rows
    title = "A title of the usual length (feat. somebody)"
    return found | {
        "weeks": [day.isoformat() for day in days],
        "ends": [f"{day}" for day in days],
        "labels": [week_label(day) for day in days],
        "artists": [[f"Artist {number}", None] for number in range(500)],
        "albums": [[f"Album {number}", "Somebody", 1] for number in range(700)],
        "tracks": [
            [n, f"{title} {n}", "Somebody, Another", "x" * 22, 0, [n % 500], n % 700]
            for n in range(songs)
        ],
        "charts": [
            {
                "slug": f"chart-{number}",
                "name": f"Chart {number}",
                "weeks": list(range(weeks)),
                "rows": [
                    {
                        "w": week,
                        "t": [(number * weeks + week) * rows // 4 + n for n in range(rows)],
                        "p": [None] * rows,
                        "k": [1] * rows,
                        "n": [10] * rows,
                        "s": [10_000_000] * rows,
                        "m": "n" * rows,
                    }
                    for week in range(weeks)
                ],
                "trends": {"week": list(range(weeks)), "streams": [None] * weeks},
                "genres": None,
                "shared": None,
                "earlier": None,
            }
            for number in range(charts)
        ],
    }


@pytest.mark.parametrize(("charts", "weeks", "kept"), [(2, 520, 104), (30, 104, None)])
def test_above_the_limit_the_latest_weeks_stay_and_the_file_stays_small(
    charts: int, weeks: int, kept: int | None
) -> None:
    page = fitting_document(large(charts, weeks, 200))
    assert len(page) <= MOST_BYTES < 6_000_000
    found = data_in(page)
    assert len(found["weeks"]) == weeks
    rows = found["charts"][-1]["rows"]
    assert rows[-1]["w"] == weeks - 1
    assert rows[0]["w"] == found["from"] > 0
    assert len(rows) == kept or (kept is None and len(rows) > 5)


def test_what_is_left_out_is_kept_in_the_totals() -> None:
    whole = large(1, 8, 20)
    short = latest_rows(whole, 3)
    (chart,) = short["charts"]
    assert (chart["earlier"]["places"], chart["earlier"]["weeks"]) == (100, 5)
    assert sum(count for _, count in chart["earlier"]["albums"]) == 100
    named = [short["tracks"][number][1] for number in chart["rows"][0]["t"]]
    assert named == [whole["tracks"][n][1] for n in whole["charts"][0]["rows"][5]["t"]]
    credited = [short["artists"][short["tracks"][n][5][0]] for n in chart["rows"][0]["t"]]
    before = [whole["tracks"][n][5][0] for n in whole["charts"][0]["rows"][5]["t"]]
    assert credited == [whole["artists"][number] for number in before]
    assert latest_rows(whole, 8) == whole


# --- spotify-assets open ------------------------------------------------------------------------


@pytest.fixture
def a_browser(tmp_path: Path) -> dict[str, str]:
    """A browser that notes down what it is to open; `BROWSER` is what Python's webbrowser goes by."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o755)
    return {"BROWSER": f"{program} %s"}


def test_open_shows_the_page_of_a_folder(
    base: Path, storage: FolderStorage, tmp_path: Path, a_browser: dict[str, str]
) -> None:
    storage.write(DASHBOARD, b"<!doctype html>")
    ended = run_command("open", base=base, **a_browser)
    assert ended.returncode == 0, ended.stderr
    address = (base / DASHBOARD).as_uri()
    assert (tmp_path / "opened").read_text().strip() == address
    assert ended.stdout.strip() == f"Opened {address}"


def test_open_says_where_the_page_is_where_no_browser_can_be_started(
    base: Path, storage: FolderStorage
) -> None:
    storage.write(DASHBOARD, b"<!doctype html>")
    ended = run_command("open", base=base, BROWSER="/bin/false %s")
    assert ended.returncode == 1
    assert (base / DASHBOARD).as_uri() in ended.stderr


def test_open_without_a_page_says_what_to_do(base: Path) -> None:
    result = cli(base, "open")
    assert result.exit_code == 2
    assert f"There is no dashboard at {base / DASHBOARD} yet" in result.stderr
    assert "update" in result.stderr


def test_open_shows_a_copy_of_a_page_on_s3(
    s3_storage: S3Storage, tmp_path: Path, a_browser: dict[str, str]
) -> None:
    with aws_world(s3_storage) as world:
        world.storage.write(DASHBOARD, b"<!doctype html>on S3")
        here = world.environment | a_browser
        s3 = Path(here.pop("SPOTIFY_ASSETS_BASE"))
        assert s3
        ended = run_command("open", base=world.storage.location(""), **here)  # type: ignore[arg-type]
    assert ended.returncode == 0, ended.stderr
    opened = (tmp_path / "opened").read_text().strip().removeprefix("file://")
    assert Path(opened).read_bytes() == b"<!doctype html>on S3"
    assert f"Copied {world.storage.location(DASHBOARD)} to {opened}" in ended.stdout
