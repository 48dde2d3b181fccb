"""Judging weeks, without Dagster: `python -m benchmarks.checks`.

One week at 2 charts and at 73, each a playlist of 50 rows as large as the Web API's and a chart file of
200, with eight weeks before; and 104 weeks of the demo's 2 charts at once. Deriving is not part of it.
What the figures mean is in the README beside this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from statistics import median
from time import perf_counter

from benchmarks import rounds_of
from benchmarks.payloads import FIRST_WEEK, charts_of, raw_files
from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.checks.judge import Around, Frames, judge
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.demo import sample_files
from spotify_assets.layout import RawName
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import DEFAULT_THRESHOLDS
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.store import weeks_of
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock

WEEKS = 9
TOP = 200
NEW_A_WEEK = 20
HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"


def main() -> None:
    """Measure and report."""
    rounds = rounds_of("checks", 7)
    for number, most in ((2, 0.2), (73, 0.2)):
        charts = charts_of(number)
        report(f"{number} charts, one week", most, rounds, judging(charts, with_csv(charts), 1))
    charts = read_charts(shipped_charts_file())
    demo = demo_files(charts)
    report("2 charts, 104 weeks", 1.0, rounds, judging(charts, demo, 104))


def report(what: str, most: float, rounds: int, work: Callable[[], Sequence[Verdict]]) -> None:
    """Print how long it takes; stop if the data doesn't pass, because its time would mean nothing."""
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        verdicts = work()
        seconds.append(perf_counter() - start)
    if failed := [verdict for verdict in verdicts if verdict.holds_back]:
        sys.exit(f"The data is bad, so its time means nothing: {failed[:3]}")
    sys.stdout.write(
        f"{what}, {rounds} rounds: {len(verdicts)} verdicts in {median(seconds):.3f} s (wanted: under "
        f"{most}), at first {seconds[0]:.3f} s\n"
    )


def judging(
    charts: Charts, files: dict[RawName, bytes], number: int
) -> Callable[[], Sequence[Verdict]]:
    """Return what judges the last weeks of these raw files, with the others around them."""
    derived = derive_tables(sorted(files.items()), charts)
    weeks = sorted(weeks_of(derived.tables["songs"]))[-number:]
    own = derive_tables(sorted((n, c) for n, c in files.items() if n.week in weeks), charts)
    frames = Frames(weeks, {name: [rows] for name, rows in own.tables.items()}, own.raw_files)
    around = Around(songs=derived.tables["songs"], artists=derived.tables["artists"])
    return lambda: judge(frames, around, DEFAULT_THRESHOLDS)


def demo_files(charts: Charts) -> dict[RawName, bytes]:
    """Return the demo's raw files by what they are."""
    files = {}
    for sample in sample_files(latest_closed_week(system_clock())):
        first = date(2000, 1, 7)
        for name in recognise(sample.name, sample.content, charts, first, system_clock()):
            files[name] = sample.content
    return files


def with_csv(charts: Charts) -> dict[RawName, bytes]:
    """Return made-up playlists, and a chart file for each."""
    files = dict(raw_files(charts, WEEKS))
    return files | {replace(n, kind="chart_csv"): chart_csv(n, c) for n, c in files.items()}


def chart_csv(name: RawName, playlist: bytes) -> bytes:
    """Return a chart file of the playlist's songs and, below them, others, some new each week."""
    tracks = [row["track"] for row in json.loads(playlist)["tracks"]["items"]]
    songs = [(t["id"], t["name"], ", ".join(a["name"] for a in t["artists"])) for t in tracks]
    index = (name.week - FIRST_WEEK) // ONE_WEEK
    for number in range(index * NEW_A_WEEK, index * NEW_A_WEEK + TOP - len(songs)):
        song_id = sha256(f"{name.chart} {number}".encode()).hexdigest()[:22]
        songs.append((song_id, f"Song {number}", f"Artist {number % 90}"))
    lines = [HEADER]
    for rank, (song_id, title, artists) in enumerate(songs, start=1):
        before = rank + NEW_A_WEEK if 50 < rank <= TOP - NEW_A_WEEK else -1
        streams = 9_000_000 - 1000 * rank
        lines.append(
            f'{rank},spotify:track:{song_id},"{artists}","{title}",Label,1,{before},2,{streams}'
        )
    return "\n".join(lines).encode()


if __name__ == "__main__":
    main()
