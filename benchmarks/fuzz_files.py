"""Damaged, spliced and renamed files, dropped by the thousand: `python -m benchmarks.fuzz_files`.

Real files, where there are any, and made-up ones are changed in one to three ways and taken in as a run
takes them in, a hundred at a time, beside good files of another chart. Of each it is asserted that it is
taken in or rejected and nothing else happens, that it keeps none of the good files from being stored,
and that it isn't stored as a chart or week that its content contradicts. What that means is decided in
`contradiction`, from bytes, path and origin, and not by the code under test. The same seed makes the
same files.
"""

from __future__ import annotations

import argparse
import codecs
import csv
import gzip
import io
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from spotify_assets.charts import Chart, Charts, declaration, read_charts, shipped_charts_file
from spotify_assets.checks.judge import Around, Frames, judge
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, RawName, raw_name_of
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.file_names import is_left_alone
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox
from spotify_assets.raw.recognise import recognise
from spotify_assets.raw.rejected import Rejected
from spotify_assets.raw.taking_in import take_all_in
from spotify_assets.settings import DEFAULT_THRESHOLDS, FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import Derived, derive_tables
from spotify_assets.weeks import ONE_WEEK, latest_closed_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fixed_clock import NOW, fixed_clock
from spotify_assets_tests.real_data import REAL_DATA

BATCH = 100
COUNTRIES = {"no": "norway", "global": "global", "se": "sweden", "zz": "witness"}
WITNESS = "witness"  # the chart of the good files
DAILY = "days_on_chart"  # a column that daily charts alone have
OTHER_KINDS = re.compile(
    r"(?<![a-z])(daily|viral|citytoptrack|citypulsetrack|genre|artist|album)(?![a-z])"
)
Truth = tuple[str, date]


@dataclass(frozen=True)
class File:
    """A file: what it is called and holds, and the charts and weeks of those that it is made of."""

    path: str
    content: bytes
    truths: frozenset[Truth]
    is_renamed: bool = False
    changes: tuple[str, ...] = ()

    @property
    def unpacked(self) -> bytes:
        """The content, of a compressed file that of the file in it."""
        is_compressed = self.content.startswith(b"\x1f\x8b")
        return gzip.decompress(self.content) if is_compressed else self.content


@dataclass(frozen=True)
class Fault:
    """What must not happen, and the file with which it did."""

    what: str
    file: File

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.what}: {self.file.path!r}, {' then '.join(self.file.changes)}"


# Where files come from.


def real_files(folder: Path = REAL_DATA) -> Iterator[File]:
    """Yield real chart files and playlists; none where there are none."""
    for path in sorted(folder.glob("charts_weekly/*/*.csv")):
        week = date.fromisoformat(path.stem[-10:]) - timedelta(days=6)
        yield File(path.name, path.read_bytes(), frozenset({(COUNTRIES[path.parent.name], week)}))
    for path in sorted(folder.glob("charts_weekly_legacy/*/*.csv")):
        is_chart = path.parent.name in COUNTRIES  # the others are web pages
        week = date.fromisoformat(path.stem.split("_")[-2])
        truths = {(COUNTRIES[path.parent.name], week)} if is_chart else ()
        yield File(path.name, path.read_bytes(), frozenset(truths))
    for path in sorted(folder.glob("playlist_raw/*global*.json")):
        saved = re.search(r"20\d\d-\d\d-\d\d", path.name)
        week = latest_closed_week(datetime.fromisoformat(f"{saved[0]}T00:00Z")) if saved else None
        yield File(path.name, path.read_bytes(), frozenset({("global", week)} if week else ()))


def made_up_files(seed: int) -> Iterator[File]:
    """Yield made-up chart files and playlists of some weeks, in every shape that there is."""
    rng = random.Random(seed)
    ids = {"no": raw_samples.NORWAY_PLAYLIST, "global": raw_samples.GLOBAL_PLAYLIST}
    for back in range(2, 10):
        week = raw_samples.WEEK - back * ONE_WEEK
        for country, playlist_id in ids.items():
            truth = frozenset({(COUNTRIES[country], week)})
            odd = [name.replace('"', "") for name in (*raw_samples.UNUSUAL, "Señorita", "星")]
            names = [f"{n:02} {country} {week} {rng.choice(odd)}" for n in range(30)]
            weekly = raw_samples.csv_name(week, country)
            yield File(weekly, raw_samples.chart_csv(names, artists="Ida, Sør (A, B)"), truth)
            legacy = f"{country}_regional_top200_{week}_{week + ONE_WEEK}.csv"
            yield File(legacy, raw_samples.legacy_csv(names, note=rng.random() < 0.5), truth)
            key = rng.choice(["track", "item"])
            rows = raw_samples.rows(week, names, key)
            for document in (
                raw_samples.playlist(rows, playlist_id, f"{key}s"),
                [raw_samples.page(rows[:20], playlist_id), raw_samples.page(rows[20:], offset=20)],
            ):
                yield File(f"saved {week + ONE_WEEK}.json", raw_samples.as_json(document), truth)


# What is done to them.

Change = Callable[[random.Random, File, Sequence[File]], File]
CHANGES: dict[str, Change] = {}


def change(function: Change) -> Change:
    """Make a function one of the changes."""
    CHANGES[function.__name__.replace("_", " ").strip()] = function
    return function


def _place(rng: random.Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def _lines(file: File) -> list[list[str]] | None:
    """Return a CSV file's cells; None where it can't be read as such."""
    if file.content.lstrip(b"\xef\xbb\xbf \n")[:1] in (b"{", b"[", b"<"):
        return None
    with suppress(UnicodeDecodeError, csv.Error):
        lines = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
        return lines if len(lines) > 2 else None
    return None


def _written(file: File, lines: Iterable[Sequence[str]], **options: Any) -> File:
    text = io.StringIO()
    csv.writer(text, **options).writerows(lines)
    return replace(file, content=text.getvalue().encode())


def _document(file: File) -> Any:
    """Return a JSON file's document; None where it is none."""
    with suppress(ValueError, RecursionError):
        document = json.loads(file.content)
        return document if isinstance(document, dict | list) else None
    return None


def _rows_of(document: Any) -> list[Any]:
    """Return the first list of rows in a playlist's document, to be changed in place."""
    if isinstance(document, list):
        inner = document[0] if document and isinstance(document[0], dict) else {}
        return _rows_of(inner) or document
    for key in ("tracks", "items"):
        found = document.get(key)
        if isinstance(found, list):
            return found
        if isinstance(found, dict):
            return _rows_of(found)
    return []


def _saved(file: File, document: Any) -> File:
    return replace(file, content=json.dumps(document, ensure_ascii=False).encode(errors="replace"))


@change
def _cut(rng: random.Random, file: File, _: Sequence[File]) -> File:
    return replace(file, content=file.content[: _place(rng, file.content)])


@change
def _bytes_changed(rng: random.Random, file: File, _: Sequence[File]) -> File:
    content = bytearray(file.content)
    for _ in range(rng.choice((1, 3, 30)) if content else 0):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return replace(file, content=bytes(content))


@change
def _part_lost_or_doubled(rng: random.Random, file: File, _: Sequence[File]) -> File:
    start, end = sorted((_place(rng, file.content), _place(rng, file.content)))
    part = file.content[start:end] if rng.random() < 0.5 else b""
    return replace(file, content=file.content[:start] + part + part + file.content[end:])


@change
def _spliced(rng: random.Random, file: File, others: Sequence[File]) -> File:
    other = rng.choice(others)
    head = file.content[: rng.choice((len(file.content), _place(rng, file.content)))]
    tail = other.content[rng.choice((0, _place(rng, other.content))) :]
    return replace(file, content=head + tail, truths=file.truths | other.truths)


@change
def _rows_of_another(rng: random.Random, file: File, others: Sequence[File]) -> File:
    other = rng.choice(others)
    joined = replace(file, truths=file.truths | other.truths)
    mine, its = _lines(file), _lines(other)
    if mine and its:
        middle = rng.randrange(len(mine))
        return _written(joined, mine[:middle] + its[middle:])
    first, second = _document(file), _document(other)
    if first and second:
        _rows_of(first).extend(_rows_of(second)[: rng.randrange(30)])
        return _saved(joined, first)
    return file


@change
def _encoded_otherwise(rng: random.Random, file: File, _: Sequence[File]) -> File:
    text = file.content.decode("utf-8-sig", errors="replace")
    to = rng.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"))
    if to == "utf-16" and rng.random() < 0.5:
        content = codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    elif to == "latin-1" and rng.random() < 0.5:  # read in a wrong encoding, and saved
        content = file.content.decode("latin-1").encode()
    else:
        content = text.encode(to, errors="replace")
    return replace(file, content=content)


@change
def _lines_shuffled_lost_or_doubled(rng: random.Random, file: File, _: Sequence[File]) -> File:
    if lines := _lines(file):
        head, rest = lines[:1], lines[1:]
        rng.shuffle(rest)
        return _written(file, head + rest[rng.choice((0, 0, 5)) :] + rest[: rng.choice((0, 0, 1))])
    if document := _document(file):
        rows = _rows_of(document)
        rng.shuffle(rows)
        del rows[: rng.choice((0, 0, 5, 500))]
        rows += rng.choice(([], [], rows[:1], [None]))
        return _saved(file, document)
    return file


@change
def _columns_swapped(rng: random.Random, file: File, _: Sequence[File]) -> File:
    if not (lines := _lines(file)):
        return file
    one, other = rng.choices(range(len(lines[-1])), k=2)
    for line in lines[: rng.choice((1, len(lines)))]:  # the header alone, or all
        if len(line) > max(one, other):
            line[one], line[other] = line[other], line[one]
    return _written(file, lines)


@change
def _saved_by_a_spreadsheet(rng: random.Random, file: File, _: Sequence[File]) -> File:
    if not (lines := _lines(file)):
        return file
    forms = ("{}.0", "{:,}", "{:.2e}", "{:,d} ", "{}")
    form = rng.choice(forms)
    for line in lines[1:]:
        line[:] = [form.format(int(c)) if c.isascii() and c.isdigit() else c for c in line]
    if rng.random() < 0.3:
        lines = [["" if n == 0 else str(n), *line] for n, line in enumerate(lines)]
    ends, separator = rng.choice(("\r\n", "\n", "\r")), rng.choice(";\t,|")
    return _written(file, lines, delimiter=separator, lineterminator=ends)


@change
def _a_cell_or_a_value_changed(rng: random.Random, file: File, _: Sequence[File]) -> File:
    hostile: Any = rng.choice(
        ("", " ", "-1", "1.5", "9" * 40, "\0", '"', "2026-01-01", None, [], {})
    )
    if lines := _lines(file):
        line = rng.choice(lines)
        if line:
            line[rng.randrange(len(line))] = str(hostile)
        return _written(file, lines)
    if document := _document(file):
        for row in rng.choices(_rows_of(document) or [None], k=3):
            if isinstance(row, dict) and row:
                row[rng.choice(list(row))] = hostile
        return _saved(file, document)
    return file


@change
def _dated_otherwise(rng: random.Random, file: File, _: Sequence[File]) -> File:
    if not (document := _document(file)):
        return file
    rows = [row for row in _rows_of(document) if isinstance(row, dict)]
    moment = f"{raw_samples.WEEK - rng.randrange(-5, 60) * timedelta(days=1)}T00:10:00Z"
    to = rng.choice((moment, moment, None, "1970-01-01T00:00:00Z", "yesterday"))
    for row in rows if rng.random() < 0.7 else rows[:1]:
        row["added_at"] = to
    return _saved(file, document)


@change
def _of_another_playlist(rng: random.Random, file: File, _: Sequence[File]) -> File:
    ids = (raw_samples.NORWAY_PLAYLIST, raw_samples.GLOBAL_PLAYLIST, "37i9dQZEVXbMDoHDwVN2tF", "")
    to = rng.choice(ids).encode()
    content = file.content
    for playlist_id in ids[:3]:
        content = content.replace(playlist_id.encode(), to)
    return replace(file, content=content)


@change
def _made_a_daily_chart(_: random.Random, file: File, __: Sequence[File]) -> File:
    content = file.content.replace(b"weeks_on_chart", DAILY.encode())
    if DAILY.encode() not in content and (lines := _lines(file)):
        return _written(file, [[*line, DAILY if n == 0 else "3"] for n, line in enumerate(lines)])
    return replace(file, content=content)


@change
def _renamed(rng: random.Random, file: File, others: Sequence[File]) -> File:
    country = rng.choice(list(COUNTRIES)[:3])
    week = raw_samples.WEEK - rng.randrange(100) * ONE_WEEK
    weekly = raw_samples.csv_name(week, country)
    forms = (
        *(weekly, f"Copy of {weekly}", weekly.replace(".csv", " (1).csv"), weekly.upper()),
        *(rng.choice(others).path, f"{COUNTRIES[country]}/chart {week + timedelta(days=6)}.csv"),
        *(RawName(week, COUNTRIES[country], kind).path for kind in ("chart_csv", "playlist")),
        *(
            f"{country}_regional_top200_{week}_{week + ONE_WEEK}.csv",
            f"{COUNTRIES[country]}/x.json",
        ),
        *(f"spotify_raw_{week + ONE_WEEK}.json", "data.csv", f"{COUNTRIES[country]}.json"),
    )
    return replace(file, path=rng.choice(forms), is_renamed=True)


@change
def _named_as_another_kind(rng: random.Random, file: File, _: Sequence[File]) -> File:
    folder, _slash, name = file.path.rpartition("/")
    kind = rng.choice(("viral", "citytoptrack-oslo", "citypulsetrack-oslo", "genre-pop", "artist"))
    name = name.replace("-weekly-", "-daily-") if rng.random() < 0.3 else f"{kind}-{name}"
    folder = folder or rng.choice(("", "norway", "global"))
    return replace(file, path=f"{folder}/{name}".lstrip("/"), is_renamed=True)


@change
def _letters_of_its_name_changed(rng: random.Random, file: File, _: Sequence[File]) -> File:
    name = list(file.path)
    for _ in range(rng.choice((1, 1, 4))):
        name[rng.randrange(len(name))] = rng.choice("abz019-_. Ã/é?'\"")
    path = re.sub(r"/+", "/", "".join(name)).strip("/. ") or "x"
    parts = [part for part in path.split("/") if part not in (".", "..")]
    return replace(file, path="/".join(parts) or "x", is_renamed=True)


@change
def _compressed(_: random.Random, file: File, __: Sequence[File]) -> File:
    return replace(file, path=f"{file.path}.gz", content=gzip.compress(file.content, mtime=0))


def mutants(origins: Sequence[File], count: int, seed: int) -> Iterator[File]:
    """Yield so many changed files, each of one to three changes; a few are left as they are."""
    rng = random.Random(seed)
    by_kind = [[f for f in origins if f.path.endswith(ending)] for ending in (".csv", ".json")]
    for _ in range(count):
        file = rng.choice(rng.choice(by_kind))
        for name in rng.sample(list(CHANGES), k=rng.choice((0, 1, 1, 1, 2, 2, 3))):
            changed = CHANGES[name](rng, file, origins)
            if changed is not file:
                file = replace(changed, changes=(*file.changes, name))
        yield file


# What must not happen.


def contradiction(file: File, chart: str, week: date, charts: Charts) -> str:
    """Return what in a file speaks against the chart and week that it was taken for, or nothing.

    The content of a playlist names it and is dated; a chart file's says at most that it is daily. What
    content leaves open, the file's name says, and before both the path of a copy of the archive.
    """
    content = file.unpacked
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if is_utf_16 else "utf-8-sig", errors="replace").lstrip()
    if text[:1] not in ("{", "["):
        if DAILY in text[:500]:
            return "a daily chart was taken in"
        if OTHER_KINDS.search(file.path.rpartition("/")[2].lower()):
            return "the name says another kind of chart"
        return _against_name(file, week, chart)
    by_id = {c.playlist_id: c.slug for c in charts.charts if c.playlist_id}
    ids = {found for found in re.findall(r"[A-Za-z0-9]{22}", text) if found in by_id}
    if ids and chart not in {by_id[one] for one in ids}:
        return f"it is the playlist of {', '.join(by_id[one] for one in ids)}"
    if not ids and re.search(r"playlists/[A-Za-z0-9]{22}", text) and not raw_name_of(file.path):
        return "it is a playlist of no known chart"
    pages = [_dates(page) for page in re.split(r'"(?:items|tracks)": ?\[', text)[1:]] or [
        _dates(text)
    ]
    days = [day for page in pages for day in page]
    if any(week + ONE_WEEK <= day < week + 2 * ONE_WEEK for day in days):
        return ""
    if not all(pages):
        return _against_name(file, week, "" if ids else chart)
    return f"its rows were added from {min(days)} to {max(days)}"


def _dates(text: str) -> list[date]:
    found = re.findall(r'"added_at": ?"(20\d\d-\d\d-\d\d)T', text)
    return [date.fromisoformat(day) for day in found]


def _against_name(file: File, week: date, chart: str) -> str:
    """Return what the name says otherwise; `chart` is empty where the content says which it is."""
    if not file.is_renamed:
        is_true = not file.truths or any((chart or c, week) == (c, w) for c, w in file.truths)
        return "" if is_true else f"it is made of {sorted(map(str, file.truths))}"
    if own := raw_name_of(file.path):
        is_true = (chart or own.chart, week) == (own.chart, own.week)
        return "" if is_true else "its path says otherwise"
    name = file.path.rpartition("/")[2].lower()
    stated = re.search(r"regional[-_ ](global|[a-z]{2})[-_ ]weekly", name)
    if chart and stated and COUNTRIES.get(stated[1]) != chart:
        return f"its name says {stated[1]!r}"
    days = [date.fromisoformat(day) for day in re.findall(r"20\d\d-\d\d-\d\d", name)]
    if days and not any(week <= day < week + 2 * ONE_WEEK for day in days):
        return f"its name says {', '.join(map(str, days))}"
    return ""


class Fuzzing:
    """Files taken in by the hundred; `outcomes` counts what became of them, by what was changed."""

    def __init__(self, folder: Path) -> None:
        more = (Chart("sweden", "Sweden", country="se"), Chart(WITNESS, "Witness", country="zz"))
        charts = folder / "charts.toml"
        shipped = shipped_charts_file().read_text(encoding="utf-8")
        charts.write_text("\n\n".join([shipped, *map(declaration, more)]), encoding="utf-8")
        self.folder = folder
        self.charts = read_charts(charts)
        self.rules = InboxRules(self.charts, FIRST_DOWNLOADABLE_WEEK, fixed_clock)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.faults: list[Fault] = []

    def run(self, files: Iterable[File]) -> None:
        """Take files in, a hundred at a time."""
        batch: list[File] = []
        for file in files:
            batch.append(file)
            if len(batch) == BATCH:
                self._take_in(batch)
                batch = []
        self._take_in(batch)

    def _take_in(self, files: Sequence[File]) -> None:
        with TemporaryDirectory(dir=self.folder) as folder:
            storage = FolderStorage(Path(folder))
            dropped = {f"{INBOX}{number:03}/{file.path}": file for number, file in enumerate(files)}
            weeks = sorted({week for file in files for _, week in file.truths})
            good = {f"{INBOX}{raw_samples.csv_name(w, 'zz')}": w for w in weeks}
            for key, file in dropped.items():
                storage.write(key, file.content)
            for key, week in good.items():
                storage.write(key, witness(week))
            try:
                found = list(scan_inbox(storage, self.rules))
                take_all_in(storage, [one for one in found if isinstance(one, Recognised)])
                archived = archived_files(storage, None)
                raw = [(name, storage.read(stored.key)) for name, stored in archived]
                derived = derive_tables(raw, self.charts)
                held_back = self._held_back(derived)
            except Exception:
                self._find_crash(files)
                return
        names: dict[str, list[RawName]] = {}  # by the folder that the file, or what it holds, is in
        rejected = set()
        for one in found:
            folder = one.file.key.removeprefix(INBOX).split("/")[0]
            if isinstance(one, Rejected):
                rejected.add(folder)
            else:
                names.setdefault(folder, []).extend(one.names)
        for number, file in enumerate(files):
            if taken_for := names.get(f"{number:03}"):
                self._judge(file, taken_for)
            elif f"{number:03}" in rejected:
                self._count(file, "rejected")
            elif is_left_alone(file.path) or "/." in f"/{file.path}":
                self._count(file, "left alone")
            else:
                self._fault(file, "neither taken in nor rejected")
        for problem in filter(None, derived.raw_files["problem"].to_pylist()):
            self._fault(files[0], f"a file in the archive can't be read: {problem}")
        for key, week in good.items():
            is_taken = key.removeprefix(INBOX) in names
            if not is_taken or {(week, WITNESS), (week, None)} & held_back:
                folders = (f for f, of in names.items() if any(week == name.week for name in of))
                beside = next((int(folder) for folder in folders if folder.isdigit()), 0)
                self._fault(files[beside], f"a good file of {week} is held back")

    def _held_back(self, derived: Derived) -> set[tuple[date, str | None]]:
        songs = derived.tables["songs"]
        weeks = sorted(set(derived.raw_files["week"].to_pylist()))
        tables = {name: [rows] for name, rows in derived.tables.items()}
        around = Around(songs=songs, artists=derived.tables["artists"])
        verdicts = judge(Frames(weeks, tables, derived.raw_files), around, DEFAULT_THRESHOLDS)
        return {(verdict.week, verdict.chart) for verdict in verdicts if verdict.holds_back}

    def _judge(self, file: File, names: Sequence[RawName]) -> None:
        """Note what a recognised file was taken for; what contradicts it must be held back."""
        for name in names:
            if why := contradiction(file, name.chart, name.week, self.charts):
                held_back = self._held_back(derive_tables([(name, file.unpacked)], self.charts))
                if (name.week, name.chart) in held_back:
                    self._count(file, "held back")
                else:
                    self._fault(file, f"stored as {name.chart} of {name.week}, but {why}")
                return
        self._count(file, "taken in")

    def _find_crash(self, files: Sequence[File]) -> None:
        """Note which of the files raises what it must not; the others can't be judged beside it."""
        for file in files:
            try:
                for name in recognise(
                    file.path, file.content, self.charts, FIRST_DOWNLOADABLE_WEEK, NOW
                ):
                    self._held_back(derive_tables([(name, file.content)], self.charts))
            except UnreadableRawFile:
                self._count(file, "rejected")
            except Exception as error:
                self._fault(file, f"{type(error).__name__}: {error}")
            else:
                self._count(file, "taken in")

    def _count(self, file: File, outcome: str) -> None:
        for name in file.changes or ("unchanged",):
            self.outcomes[name, outcome] += 1
        self.outcomes["all files", outcome] += 1

    def _fault(self, file: File, what: str) -> None:
        self.faults.append(Fault(what, file))
        self._count(file, "fault")


def witness(week: date) -> bytes:
    """Return a good chart file of the week, with songs that no other week has."""
    return raw_samples.chart_csv(
        [f"{n:02} witness of {week}" for n in range(30)], artists="Witness"
    )


def main() -> None:
    """Drop the files, and print what became of them; end with 1 if something did that must not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_files")
    parser.add_argument("--count", type=int, default=10_000, help="how many files are dropped")
    parser.add_argument("--seed", type=int, default=1, help="of the changes")
    options = parser.parse_args()
    start = perf_counter()
    with TemporaryDirectory() as folder:
        fuzzing = Fuzzing(Path(folder))
        origins = [*real_files(), *made_up_files(options.seed)]
        fuzzing.run(mutants(origins, options.count, options.seed))
    kinds = ["taken in", "rejected", "held back", "left alone", "fault"]
    print(f"{options.count:,} files made of {len(origins)}, seed {options.seed}")
    print(f"{'':34}" + "".join(f"{kind:>12}" for kind in kinds))
    for name in (*CHANGES, "unchanged", "all files"):
        print(f"{name:34}" + "".join(f"{fuzzing.outcomes[name, kind]:12,}" for kind in kinds))
    print(f"{perf_counter() - start:.0f} s")
    for fault in fuzzing.faults[:20]:
        print(fault)
    sys.exit(1 if fuzzing.faults else 0)


if __name__ == "__main__":
    main()
