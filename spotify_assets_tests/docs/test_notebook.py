"""The notebook: it runs as a script, what it says is true, and its SQL is for both engines."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from spotify_assets.catalog import query
from spotify_assets.demo import sample_files
from spotify_assets.errors import QueryError
from spotify_assets.layout import INBOX
from spotify_assets.settings import Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.commands import PROJECT, clean_environment
from spotify_assets_tests.dagster_runs import WEEKS
from spotify_assets_tests.good_data import make_inbox
from spotify_assets_tests.trino_statements import Statement

NOTEBOOK = PROJECT / "docs" / "notebook.py"
DEMO_WEEKS = 6
LAST = date(2026, 11, 13)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("demo")
    storage = FolderStorage(base)
    for sample in sample_files(LAST, DEMO_WEEKS):
        storage.write(INBOX + sample.name, sample.content)
    make_inbox(storage, load_settings({"SPOTIFY_ASSETS_BASE": str(base)}))
    return base


def run_notebook(base: Path, folder: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(NOTEBOOK)],
        cwd=folder,
        env=clean_environment(base),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def statements() -> list[Statement]:
    """The statements that the notebook passes to `query`."""
    calls = [node for node in ast.walk(ast.parse(NOTEBOOK.read_text("utf-8")))
             if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "query"]  # fmt: skip
    return [Statement("notebook.py", ast.literal_eval(c.args[0]), c.args[0].lineno) for c in calls]


def chart_weeks(settings: Settings) -> dict[str, list[list[tuple[int, str, int]]]]:
    """Each chart's weeks with their entries: rank, song, how many artists."""
    rows = query(
        "SELECT chart, week, rank, song, (SELECT count(DISTINCT a.artist_id) FROM song_artists AS a "
        "WHERE a.week = h.week AND a.song_id = h.song_id) FROM chart_history AS h ORDER BY week, rank",
        settings,
    )
    weeks: dict[str, dict[date, list[tuple[int, str, int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for chart, week, *entry in rows.itertuples(index=False):
        weeks[chart][week].append(tuple(entry))
    return {chart: list(entries.values()) for chart, entries in weeks.items()}


def test_the_notebook_says_of_the_demo_what_plain_python_says(demo: Path, tmp_path: Path) -> None:
    said = run_notebook(demo, tmp_path)
    charts = chart_weeks(load_settings({"SPOTIFY_ASSETS_BASE": str(demo)}))
    assert set(charts) == {"norway", "global"}
    returns = 0
    for chart, weeks in charts.items():
        assert len(weeks) == DEMO_WEEKS
        last_seen: dict[str, int] = {}
        for number, entries in enumerate(weeks):
            songs = {song for _, song, _ in entries}
            returns += sum(number - last_seen.get(song, number) > 1 for song in songs)
            last_seen |= dict.fromkeys(songs, number)
        stays = [len(list(same)) for _, same in groupby(entries[0][1] for entries in weeks)]
        assert f"{chart}: {len(stays)} stays at number one, the longest {max(stays)} weeks" in said
        if ended := stays[1:-1]:
            mean = sum(ended) / len(ended)
            assert f"{chart}: on average a number one stays {mean:.1f} weeks." in said
        top = [artists > 1 for entries in weeks for rank, _, artists in entries if rank <= 10]
        assert re.search(rf"{chart} +1 to 10 +{len(top)} +{sum(top)} ", said)
        assert f"{chart}: {sum(top) / len(top):.0%} of the places 1 to 10" in said
    assert returns > 0
    assert f"{returns} times a song came back" in said


def test_its_questions_over_periods_have_the_answers_of_plain_python(
    demo: Path, tmp_path: Path
) -> None:
    said = run_notebook(demo, tmp_path)
    charts = chart_weeks(load_settings({"SPOTIFY_ASSETS_BASE": str(demo)}))
    debuts: dict[str, dict[str, int]] = {}
    for chart, weeks in charts.items():
        ranks = [{song: rank for rank, song, _ in reversed(entries)} for entries in weeks]
        songs = {song for of_week in ranks for song in of_week}
        there = {song: [n for n, of_week in enumerate(ranks) if song in of_week] for song in songs}
        debuts[chart] = {song: weeks[0] for song, weeks in there.items() if weeks[0]}
        left = [song for song in debuts[chart] if there[song][-1] < DEMO_WEEKS - 1]
        for band, is_in in (("1 to 20", True), ("below 20", False)):
            stays = [len(there[s]) for s in left if (ranks[there[s][0]][s] <= 20) is is_in]
            if stays:
                mean = sum(stays) / len(stays)
                came = f"{chart}: {len(stays)} songs came in at {band} and have left"
                assert f"{came}; they stayed {mean:.1f} weeks." in said
        points = {song: sum(201 - ranks[n][song] for n in weeks) for song, weeks in there.items()}
        assert f"{chart}, 2026, {DEMO_WEEKS} weeks: " in said
        best = f"with {max(points.values()):,} points" if chart == "norway" else "streams"
        assert f"{best}." in said
    days = [
        debuts["norway"][s] - debuts["global"][s] for s in debuts["global"] if s in debuts["norway"]
    ]
    here, there_ = sum(n > 0 for n in days), sum(n < 0 for n in days)
    first = f"{here} songs came to global before norway, {there_} the other way"
    assert f"{first}, and {days.count(0)} in one week." in said


def test_the_notebook_runs_on_the_first_weeks_of_a_base(collected: Path, tmp_path: Path) -> None:
    said = run_notebook(collected, tmp_path)
    assert "No song has come back yet." in said
    assert "norway: 1 stays at number one, the longest 2 weeks, with Fjordlys" in said


def test_a_frame_has_names_types_and_rows(collected: Path) -> None:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(collected)})
    frame = query(
        "SELECT rank, streams, song_name, week FROM songs WHERE rank = 1 ORDER BY week", settings
    )
    assert frame.columns.tolist() == ["rank", "streams", "song_name", "week"]
    assert [str(t) for t in frame.dtypes[:3]] == ["Int64", "Int64", "string"]
    assert frame["rank"].tolist() == [1, 1]
    assert frame["streams"].isna().tolist() == [False, True]
    assert frame["week"].tolist() == [WEEKS[0], WEEKS[1]]
    nothing = query("SELECT rank, song_name FROM songs WHERE false", settings)
    assert nothing.empty
    assert nothing.columns.tolist() == ["rank", "song_name"]
    with pytest.raises(QueryError, match="DELETE is refused"):
        query("DELETE FROM songs", settings)
