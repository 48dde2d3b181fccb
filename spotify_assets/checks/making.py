"""Make weeks: derive them, judge them, and decide what is stored and what is held back.

A chart that fails a check of severity ERROR is held back, and no other. In its place the week is
derived with that chart's newest earlier raw file that passes, or without the chart. An ERROR that is
about no single chart holds back the week. A week is judged against what is stored around it, so a week
that is made late is compared with the weeks after it, too, and those are made again in the same run.

Nothing here writes: what comes out is written by Dagster's asset, or compared by `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.charts import Charts
from spotify_assets.checks.judge import (
    COMPARED_ARTISTS,
    COMPARED_SONGS,
    MISSING,
    PLACES_COMPARED,
    RECEIVED,
    SNAPSHOTS,
    STORED_BEFORE,
    Around,
    Frames,
    judge,
)
from spotify_assets.checks.verdicts import Verdict, as_rows
from spotify_assets.layout import (
    KINDS,
    RawName,
    table_key,
    week_folder,
)
from spotify_assets.raw.archive import (
    RAW_FILES_IN_A_SLICE,
    archived_files,
    sums,
    superseded_files,
)
from spotify_assets.raw.details import Details, read_details
from spotify_assets.raw.missing import why_missing
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import Derived, derive_tables
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import (
    decode,
    held_back_weeks,
    split_by_week,
    stored_weeks,
    weeks_of,
)
from spotify_assets.weeks import ONE_WEEK

COPY = "songs.not_a_copy"
BY_NEIGHBOURS = ("songs.charts_differ", COPY)  # ERRORs that look at other weeks

Sources = Mapping[RawName, str]
"""The key of each raw file that rows are derived from."""
Derive = Callable[[Iterable[tuple[RawName, bytes]], Charts, Details], Derived]
"""How raw files become rows: `derive_tables`."""


@dataclass(frozen=True)
class Base:
    """What weeks are made from: where they are stored, the known charts, the checks' thresholds."""

    storage: Storage
    charts: Charts
    thresholds: Mapping[str, float]


@dataclass
class Made:
    """Weeks as they are to be stored.

    `tables` has the rows that pass, `held_back` the weeks of which something failed, as they were
    derived from their newest raw files; `verdicts` are about those. `withdrawn` are the weeks of which
    nothing passes.
    """

    weeks: list[date]
    tables: dict[str, pa.Table]
    verdicts: list[Verdict]
    held_back: dict[date, dict[str, pa.Table]] = field(default_factory=dict)

    @property
    def withdrawn(self) -> list[date]:
        """The weeks of which nothing is stored."""
        return sorted(set(self.weeks) - weeks_of(self.tables["songs"]))

    @property
    def all_tables(self) -> dict[str, pa.Table]:
        """The rows of every table, check_results last: it marks a week as done."""
        return {**self.tables, CHECK_RESULTS.name: as_rows(self.verdicts)}


def make_weeks(base: Base, weeks: Collection[date], derive: Derive = derive_tables) -> Made:
    """Return the weeks, of those that have raw files, and those that must be made again for their sake.

    Where one of the latter gets other rows, as a chart that is no longer held back, those that are
    compared with it are made again, too. Stale ones among them are left for the run that makes them.

    Raises:
        UnreadableRawFile: a details file is damaged; names it.
    """
    storage, stored = base.storage, stored_weeks(base.storage)
    held_back = held_back_weeks(storage)
    changed = set(weeks)
    stale = set(stale_weeks(storage)) - changed
    todo = weeks_to_make(stored, held_back - stale, changed) - stale
    while True:
        made = _make(base, sorted(todo), stored, derive)
        changed |= _with_other_rows(storage, made, todo - changed)
        more = weeks_to_make(stored, held_back - stale, changed) - stale
        if more == todo:
            return made
        todo = more


def weeks_to_make(
    stored: Mapping[str, Sequence[date]], held_back: Collection[date], changed: Collection[date]
) -> set[date]:
    """Return the changed weeks and those whose verdicts look back on them.

    Of the weeks before, those that were held back may have been so for the sake of one of these.
    """
    # As rules count places: weeks with a chart stored, and those that may get one.
    places = sorted({*stored.get("songs", ()), *changed})
    found = set(changed)
    for week in changed:
        place = places.index(week)
        back, ahead = place - PLACES_COMPARED, place + PLACES_COMPARED
        first = places[back] if back >= 0 else date.min
        last = places[ahead] if ahead < len(places) else date.max
        judged = stored.get(CHECK_RESULTS.name, ())
        found.update(other for other in judged if week < other <= last)
        found.update(other for other in held_back if first <= other < week)
    return found


def _make(
    base: Base, todo: Sequence[date], stored: Mapping[str, Sequence[date]], derive: Derive
) -> Made:
    wanted = {*todo, *(week - ONE_WEEK for week in todo)}
    sources: dict[date, dict[RawName, str]] = {}
    for name, file in archived_files(base.storage, wanted):
        sources.setdefault(name.week, {})[name] = file.key
    return _Making(base, [w for w in todo if w in sources], sources, stored, derive).made()


def _with_other_rows(storage: Storage, made: Made, weeks: Collection[date]) -> set[date]:
    """Return those of the weeks that are compared with others by other rows than are stored."""
    found = set()
    wanted = sorted(set(weeks) & set(made.weeks))
    for name, columns in (("songs", COMPARED_SONGS), ("artists", COMPARED_ARTISTS)):
        rows = compared(name, _of_weeks(made.tables[name], wanted), columns)
        now = dict(split_by_week(rows))
        before = dict(split_by_week(read_columns(storage, name, wanted, columns)))
        found |= {week for week in wanted if now.get(week) != before.get(week)}
    return found


@dataclass
class _Making:
    base: Base
    weeks: list[date]
    sources: dict[date, dict[RawName, str]]
    stored: Mapping[str, Sequence[date]]
    derive: Derive

    def made(self) -> Made:
        """Judge the weeks as received; as long as something fails, put its next best in its place."""
        self.details = read_details(self.base.storage)
        newest = self._derive({week: self.sources[week] for week in self.weeks})
        self.around = self._around(newest)
        verdicts = self._judge(newest, newest.tables, self.weeks)
        if not any(verdict.holds_back for verdict in verdicts):
            return Made(self.weeks, newest.tables, verdicts)
        return self._without_failures(newest, verdicts)

    def _without_failures(self, newest: Derived, verdicts: list[Verdict]) -> Made:
        there = sorted(set(self.weeks) & set(self.stored.get("songs", ())))
        before = read_columns(self.base.storage, "songs", there, COMPARED_SONGS)
        before = pa.concat_tables([before, self.around.songs]).select(STORED_BEFORE.names)
        self.around = as_received = replace(self.around, stored_before=before)
        sums = as_received.received
        self.noted = dict(zip(sums["file"].to_pylist(), sums["sha256"].to_pylist(), strict=True))
        if any(verdict.check.title == COPY and verdict.holds_back for verdict in verdicts):
            verdicts = self._judge(
                newest, newest.tables, self.weeks
            )  # which of them was there first
        current = newest
        attempts: dict[tuple[date, str], Iterator[Sources]] = {}
        failed: dict[date, list[Verdict]] = {}
        chosen = {week: dict(self.sources[week]) for week in self.weeks}
        while failures := _to_resolve(verdicts):
            for week in sorted({verdict.week for verdict in failures}):
                of_week = [verdict for verdict in failures if verdict.week == week]
                failed.setdefault(week, []).extend(of_week)
                for chart in sorted({verdict.chart or "" for verdict in of_week}):
                    if (week, chart) not in attempts:
                        attempts[week, chart] = self._alternatives(week, chart)
                    instead = next(attempts[week, chart], None) if chart else None
                    if instead is None:  # about no single chart, or none of its files is at fault
                        chosen[week] = {}
                        break
                    others = {n: key for n, key in chosen[week].items() if n.chart != chart}
                    chosen[week] = dict(sorted((others | dict(instead)).items()))
            redone = {verdict.week for verdict in failures}
            current = _replaced(
                current, self._derive({week: chosen[week] for week in sorted(redone)}), redone
            )
            self.around = replace(self.around, received=self._received_of(chosen, failed))
            verdicts = self._judge(current, current.tables, self.weeks)
        held = sorted(failed)
        # By now all that is about to be stored was there first, as it will be when judged again.
        stored = compared("songs", current.tables["songs"], STORED_BEFORE.names)
        stored = pa.concat_tables([stored, self.around.songs.select(STORED_BEFORE.names)])
        self.around = replace(as_received, stored_before=stored)
        as_first = _with_recorded(self._judge(newest, current.tables, held), failed)
        verdicts = [verdict for verdict in verdicts if verdict.week not in failed] + as_first
        held_back = {
            week: {name: _of_weeks(rows, {week}) for name, rows in newest.tables.items()}
            for week in held
        }
        return Made(self.weeks, current.tables, verdicts, held_back)

    def _derive(self, chosen: Mapping[date, Sources]) -> Derived:
        """Derive weeks from these files, a slice at a time, so that few contents are held."""
        storage, charts = self.base.storage, self.base.charts
        parts = [self.derive([], charts, self.details)]
        for files in _slices(chosen):
            contents = storage.read_many(key for _, key in files)
            named = (
                (name, content) for (name, _), (_, content) in zip(files, contents, strict=True)
            )
            parts.append(self.derive(named, charts, self.details))
        return Derived(
            {
                name: pa.concat_tables([part.tables[name] for part in parts])
                for name in CHART_TABLES
            },
            pa.concat_tables([part.raw_files for part in parts]),
        )

    def _judge(
        self, judged: Derived, tables: Mapping[str, pa.Table], weeks: Collection[date]
    ) -> list[Verdict]:
        """Judge the rows of weeks, with these tables as what is about to be stored of all weeks."""
        wanted = set(weeks)
        is_all = wanted == set(self.weeks)
        frames = Frames(
            sorted(wanted),
            {
                name: [rows if is_all else _of_weeks(rows, wanted)]
                for name, rows in judged.tables.items()
            },
            judged.raw_files if is_all else _of_weeks(judged.raw_files, wanted),
        )
        around = replace(
            self.around,
            songs=pa.concat_tables(
                [self.around.songs, compared("songs", tables["songs"], COMPARED_SONGS)]
            ),
            artists=pa.concat_tables(
                [self.around.artists, compared("artists", tables["artists"], COMPARED_ARTISTS)]
            ),
        )
        return judge(frames, around, self.base.thresholds)

    def _around(self, newest: Derived) -> Around:
        """Read what the weeks are compared with."""
        storage = self.base.storage
        others = places_beside(self.stored.get("songs", ()), self.weeks)
        songs = read_columns(storage, "songs", others, COMPARED_SONGS)
        return Around(
            songs=songs,
            artists=read_columns(storage, "artists", others, COMPARED_ARTISTS),
            received=received_sums(storage, self.weeks),
            snapshots=pa.concat_tables(
                [self._snapshots(), newest.raw_files.select(SNAPSHOTS.names)]
            ),
            missing=reasons_missing(storage, self.weeks),
            stored_before=songs.select(STORED_BEFORE.names),
        )

    def _snapshots(self) -> pa.Table:
        """Return the snapshot ids of playlists of the weeks before these."""
        before = {week - ONE_WEEK for week in self.weeks} - set(self.weeks)
        playlists = {
            week: {n: key for n, key in self.sources[week].items() if n.kind == "playlist"}
            for week in sorted(before & self.sources.keys())
        }
        wanted = {week: files for week, files in playlists.items() if files}
        raw_files = self._derive(wanted).raw_files
        return raw_files.select(SNAPSHOTS.names)

    def _received_of(self, chosen: Mapping[date, Sources], failed: Collection[date]) -> pa.Table:
        """Return the sums of the weeks, of those that failed only those of the files chosen."""
        rows = []
        for week in failed:
            for name, key in chosen[week].items():
                is_newest = key == name.archive_key
                digest = self.noted.get(name.path) if is_newest else key.rsplit(".", 2)[1]
                if digest:
                    rows.append(
                        {"week": week, "chart": name.chart, "file": name.path, "sha256": digest}
                    )
        others = _of_weeks(self.around.received, set(self.weeks) - set(failed))
        return pa.concat_tables([others, pa.Table.from_pylist(rows, schema=RECEIVED)])

    def _alternatives(self, week: date, chart: str) -> Iterator[Sources]:
        """Return what a chart's rows could be made of instead, the best first; nothing is last."""
        own = {name: key for name, key in self.sources[week].items() if name.chart == chart}
        versions = [
            (file.modified, name, file.key)
            for name, file in superseded_files(self.base.storage, [week])
            if name.chart == chart
        ]
        older = [(name, key) for _, name, key in sorted(versions, reverse=True)]
        for name, key in older:
            yield {**own, name: key}
        prefix, paths = f"{week_folder(week)}{chart}.", {name.path for name in own}
        is_any_gone = any(p.startswith(prefix) and p not in paths for p in self.noted)
        for kind in KINDS:
            of_kind = {name: key for name, key in own.items() if name.kind == kind}
            if of_kind and (of_kind != own or is_any_gone):
                yield of_kind
        for name, key in older:
            if not name.offset:  # a playlist's later pages are no chart
                yield {name: key}
        yield {}


def read_columns(
    storage: Storage, name: str, weeks: Iterable[date], columns: Sequence[str]
) -> pa.Table:
    """Return columns of stored weeks, in order; a file that can't be read is left out."""
    empty = CHART_TABLES[name].schema.empty_table()
    keys = {table_key(name, week): week for week in weeks}

    def read(key: str) -> pa.Table | None:
        try:
            return compared(name, decode(storage.read(key), keys[key], columns), columns)
        except (FileNotFoundError, KeyError, ValueError, pa.ArrowException):
            return None

    parts = [rows for _, rows in storage.together(read, keys) if rows is not None]
    return pa.concat_tables([compared(name, empty, columns), *parts])


def compared(name: str, rows: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return these columns of a table, all nullable, so that rows read and derived go together."""
    schema = CHART_TABLES[name].schema
    return rows.select(columns).cast(
        pa.schema([schema.field(column).with_nullable(True) for column in columns])
    )


def received_sums(storage: Storage, weeks: Iterable[date]) -> pa.Table:
    """Return the SHA-256 noted of the weeks' raw files, as `judge` reads them."""
    rows = [
        {"week": name.week, "chart": name.chart, "file": name.path, "sha256": digest}
        for _, of_week in storage.together(lambda week: sums(storage, week), weeks)
        for name, digest in of_week.items()
    ]
    return pa.Table.from_pylist(rows, schema=RECEIVED)


def reasons_missing(storage: Storage, weeks: Iterable[date]) -> pa.Table:
    """Return why charts of the weeks were not fetched, as `judge` reads it."""
    rows = [
        {"week": week, "chart": chart, "reason": reason}
        for week, reasons in storage.together(lambda week: why_missing(storage, week), weeks)
        for chart, reason in reasons.items()
    ]
    return pa.Table.from_pylist(rows, schema=MISSING)


def _to_resolve(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return the failures to act on next.

    First what weeks say of themselves, then week by week what depends on the rows of other weeks, as
    if they were made one after the other: so that weeks made at once are as those made singly.
    """
    failures = [verdict for verdict in verdicts if verdict.holds_back]
    of_themselves = [verdict for verdict in failures if verdict.check.title not in BY_NEIGHBOURS]
    first = min((verdict.week for verdict in failures), default=None)
    return of_themselves or [verdict for verdict in failures if verdict.week == first]


def _with_recorded(
    verdicts: list[Verdict], recorded: Mapping[date, Sequence[Verdict]]
) -> list[Verdict]:
    """Return verdicts on weeks as received, with the failures for which they were held back."""
    failing = {(v.week, v.chart) for v in verdicts if v.holds_back}
    missing = []
    for verdict in (v for of_week in recorded.values() for v in of_week):
        if (verdict.week, verdict.chart) not in failing:
            failing.add((verdict.week, verdict.chart))
            missing.append(verdict)
    replaced = {(v.week, v.check.title) for v in missing}
    kept = [v for v in verdicts if not (v.passed and (v.week, v.check.title) in replaced)]
    return [*kept, *missing]


def places_beside(stored: Sequence[date], weeks: Collection[date]) -> list[date]:
    """Return the stored weeks within eight places of any of these, but not these."""
    places = sorted({*stored, *weeks})
    found = set()
    for place, week in enumerate(places):
        if week in weeks:
            found.update(places[max(place - PLACES_COMPARED, 0) : place + PLACES_COMPARED + 1])
    return sorted(found - set(weeks))


def _slices(chosen: Mapping[date, Sources]) -> Iterator[list[tuple[RawName, str]]]:
    files: list[tuple[RawName, str]] = []
    for of_week in chosen.values():
        if files and len(files) + len(of_week) > RAW_FILES_IN_A_SLICE:
            yield files
            files = []
        files += of_week.items()
    if files:
        yield files


def _replaced(current: Derived, again: Derived, weeks: Collection[date]) -> Derived:
    """Return the current rows with those weeks taken from `again`."""

    def swap(old: pa.Table, new: pa.Table) -> pa.Table:
        return pa.concat_tables([_of_weeks(old, weeks_of(old) - set(weeks)), new])

    tables = {name: swap(rows, again.tables[name]) for name, rows in current.tables.items()}
    return Derived(tables, swap(current.raw_files, again.raw_files))


def _of_weeks(rows: pa.Table, weeks: Collection[date]) -> pa.Table:
    wanted = pa.array(sorted(weeks), pa.date32())
    return rows.filter(pc.is_in(rows.column("week"), value_set=wanted))
