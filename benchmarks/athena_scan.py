"""What a question costs on Athena: `python -m benchmarks.athena_scan [--large]`.

The top 20 artists of one chart in its last 12 weeks, by the places that they lead: asked of our layout
and of the tutorial's, made from the same raw files. Both are really asked, by DuckDB, and must agree.
Bytes are counted on the files as they were written, requests by what Athena does with each layout.
What the figures mean is in the README beside this.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from benchmarks.payloads import FIRST_WEEK, charts_of, write_raw_files
from benchmarks.tutorial import transform_all
from spotify_assets.layout import ARCHIVE, TABLE_FILES, table_key
from spotify_assets.weeks import ONE_WEEK, weeks_between

WEEKS = 104
ASKED_WEEKS = weeks_between(
    FIRST_WEEK + ONE_WEEK * (WEEKS - 12), FIRST_WEEK + ONE_WEEK * (WEEKS - 1)
)
FIRST_ASKED = ASKED_WEEKS[0]
CHART = "chart-01"  # of two, Norway
LEAST_RATIO = 40
MEGABYTE = 1024**2
LEAST_BILLED = 10  # megabytes a query
KEYS_A_LISTING = 1000
TRAILER = 8  # a Parquet file's end: the footer's length and a magic word

OURS = f"""
SELECT a.artist_name, count(*) AS songs
FROM songs AS s
INNER JOIN song_artists AS a ON a.week = s.week AND a.song_id = s.song_id
WHERE s.chart = '{CHART}' AND s.week >= DATE '{FIRST_ASKED}' AND a.artist_position = 1
GROUP BY a.artist_name
ORDER BY songs DESC, a.artist_name ASC
LIMIT 20
"""
NEEDED = {
    "songs": ("chart", "song_id"),
    "song_artists": ("song_id", "artist_position", "artist_name"),
}
BY_ID = {**NEEDED, "song_artists": (*NEEDED["song_artists"], "artist_id")}
# Its rows name neither chart nor week. The chart is taken from the file's name, which the tutorial
# itself doesn't put there; the week from the day of the refresh, which is a week later.
TUTORIALS = f"""
SELECT a.artist_name, count(*) AS songs
FROM song_data AS s
INNER JOIN (SELECT DISTINCT artist_id, artist_name FROM artist_data) AS a
    ON a.artist_id = s.artist_id
WHERE s."$path" LIKE '%{CHART}%' AND substr(s.song_added, 1, 10) >= '{FIRST_ASKED + ONE_WEEK}'
GROUP BY a.artist_name
ORDER BY songs DESC, a.artist_name ASC
LIMIT 20
"""
Answer = list[tuple[str, int]]


@dataclass(frozen=True)
class Scan:
    """What a query reads: bytes, files, and the requests to S3 and Glue."""

    name: str
    size: int
    files: int
    gets: int
    listings: int
    glue_calls: int

    @property
    def billed(self) -> int:
        """The megabytes that Athena bills: whole ones, and never under 10."""
        return max(LEAST_BILLED, ceil(self.size / MEGABYTE))


def main() -> None:
    """Count and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.athena_scan")
    parser.add_argument("--large", action="store_true", help="73 charts instead of 2; needs 2 GB")
    from benchmarks.ours import make_tables

    charts = 73 if parser.parse_args().large else 2
    with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
        base = Path(folder)
        write_raw_files(base, charts, WEEKS)
        weeks = weeks_between(FIRST_WEEK, FIRST_WEEK + ONE_WEEK * (WEEKS - 1))
        make_tables(base, charts_of(charts), weeks)
        transform_all(base / ARCHIVE, base / "tutorial")
        report(base, charts)


def report(base: Path, charts: int) -> None:
    """All figures for what was made below `base`."""
    ours, theirs = ask_ours(base), ask_tutorials(base / "tutorial")
    if ours != theirs or len(ours) != 20:
        sys.exit(f"The answers differ, so their cost means nothing:\n{ours}\n{theirs}")
    tutorial, *of_ours = [scan_of_tutorial(base / "tutorial"), *scans_of_ours(base)]
    _say(
        f"{charts} charts x {WEEKS} weeks; both answer alike, first {ours[0][0]} with {ours[0][1]}\n"
    )
    _say(
        "                           bytes   files    GETs  listings    Glue  billed   tutorial / ours"
    )
    for scan in (tutorial, *of_ours):
        ratio = f"{tutorial.size / scan.size:14.1f}" if scan is not tutorial else ""
        _say(
            f"{scan.name:<20}{scan.size:12,}{scan.files:8,}{scan.gets:8,}{scan.listings:10,}"
            f"{scan.glue_calls:8,}{scan.billed:5} MB{ratio}"
        )
    _say(f"\nwanted: at least {LEAST_RATIO} as needed")


def scan_of_tutorial(folder: Path) -> Scan:
    """What is read of its layout: everything that any file of the two tables holds."""
    tables = [sorted((folder / name).glob("*.csv")) for name in ("song_data", "artist_data")]
    files = [path for table in tables for path in table]
    listings = sum(ceil(len(table) / KEYS_A_LISTING) for table in tables)
    return Scan("tutorial", _sizes(files), len(files), len(files), listings, len(tables))


def scans_of_ours(base: Path) -> Iterator[Scan]:
    """What is read of ours: what is needed, the same with artists by their ids, and whole files.

    Each week is listed on its own; Glue gives each table, then its weeks.
    """
    files = [base / table_key(name, week) for name in NEEDED for week in ASKED_WEEKS]
    number, glue_calls = len(files), 2 * len(NEEDED)
    for name, columns in (("ours, as needed", NEEDED), ("ours, by artist id", BY_ID)):
        size = sum(sum(parts_needed(path, columns[path.stem])) for path in files)
        yield Scan(name, size, number, 2 * number, number, glue_calls)
    yield Scan("ours, whole files", _sizes(files), number, number, number, glue_calls)


def parts_needed(path: Path, columns: Iterable[str]) -> Iterator[int]:
    """The sizes of what is read of a Parquet file: its footer, then the columns of each row group
    that can hold the chart by its smallest and largest value.
    """
    metadata = pq.read_metadata(path)
    yield metadata.serialized_size + TRAILER
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        chunks = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
        chart = chunks["chart"].statistics if "chart" in chunks else None
        if chart is None or chart.min <= CHART <= chart.max:
            yield from (chunks[column].total_compressed_size for column in columns)


def ask_ours(base: Path) -> Answer:
    """The answer of our tables."""
    with duckdb.connect() as connection:
        for table in NEEDED:
            files = connection.read_parquet(
                f"{base / TABLE_FILES / table}/*/*.parquet", hive_partitioning=True
            )
            files.create_view(table)
        return connection.execute(OURS).fetchall()


def ask_tutorials(folder: Path) -> Answer:
    """The answer of the tutorial's files, read as Athena reads CSV: as texts, with their paths."""
    with duckdb.connect() as connection:
        for table in ("song_data", "artist_data"):
            connection.execute(
                f"""CREATE VIEW {table} AS SELECT *, filename AS "$path"
                FROM read_csv('{folder / table}/*.csv', all_varchar = true, filename = true)"""
            )
        return connection.execute(TUTORIALS).fetchall()


def _sizes(files: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
