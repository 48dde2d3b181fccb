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
from spotify_assets.held_back import held_back_weeks
from spotify_assets.layout import KINDS, RawName, table_key, week_folder
from spotify_assets.open_data.facts import OpenFacts, read_open_facts
from spotify_assets.raw.archive import (
    NamedFiles,
    archived_files,
    read_raw,
    slices,
    sums,
    superseded_files,
)
from spotify_assets.raw.details import Details, read_details
from spotify_assets.raw.missing import why_missing
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import Derived, derive_tables, describe_raw_files
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import (
    decode,
    split_by_week,
    stored_weeks,
    weeks_of,
)
from spotify_assets.weeks import ONE_WEEK

COPY = "songs.not_a_copy"
BY_NEIGHBOURS = ("songs.charts_differ", COPY)  # ERRORs that look at other weeks

Sources = Mapping[RawName, str]
"""The key of each raw file that rows are derived from."""
Derive = Callable[[Iterable[tuple[RawName, bytes]], Charts, Details, OpenFacts], Derived]
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
    derived from their newest raw files; `verdicts` are about those. `archived` are the archive's files
    of the weeks as they were listed before.
    """

    weeks: list[date]
    tables: dict[str, pa.Table]
    verdicts: list[Verdict]
    held_back: dict[date, dict[str, pa.Table]] = field(default_factory=dict)
    archived: NamedFiles = field(default_factory=list)

    @property
    def withdrawn(self) -> list[date]:
        """The weeks of which nothing is stored, because nothing passes."""
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
    storage, stored, changed = base.storage, stored_weeks(base.storage), set(weeks)
    stale = set(stale_weeks(storage)) - changed
    held_back = held_back_weeks(storage) - stale
    todo = weeks_to_make(stored, held_back, changed) - stale
    while True:
        made = _make(base, todo, stored.get("songs", ()), derive)
        changed |= _with_other_rows(storage, made, todo - changed)
        more = weeks_to_make(stored, held_back, changed) - stale
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
    judged, found = stored.get(CHECK_RESULTS.name, ()), set(changed)
    for week in changed:
        place = places.index(week)
        back, ahead = place - PLACES_COMPARED, place + PLACES_COMPARED
        first = places[back] if back >= 0 else date.min
        last = places[ahead] if ahead < len(places) else date.max
        found.update(other for other in judged if week < other <= last)
        found.update(other for other in held_back if first <= other < week)
    return found


def places_beside(stored: Iterable[date], weeks: Collection[date]) -> list[date]:
    """Return the stored weeks within eight places of any of these, but not these."""
    places = sorted({*stored, *weeks})
    found: set[date] = set()
    for place, week in enumerate(places):
        if week in weeks:
            found.update(places[max(place - PLACES_COMPARED, 0) : place + PLACES_COMPARED + 1])
    return sorted(found - set(weeks))


def _make(base: Base, todo: Collection[date], stored: Sequence[date], derive: Derive) -> Made:
    """Judge the weeks as received; while something fails, put its next best in its place."""
    archived = archived_files(base.storage, {*todo, *(week - ONE_WEEK for week in todo)})
    files = [(name, file.key) for name, file in archived]
    sources: dict[date, dict[RawName, str]] = {}
    for name, key in files:
        if name.week in todo:
            sources.setdefault(name.week, {})[name] = key
    weeks = sorted(sources)
    around = read_around(base.storage, weeks, places_beside(stored, weeks))
    known = read_details(base.storage), read_open_facts(base.storage)
    making = _Making(base, sources, derive, *known, around)
    newest = making.derived(sources)
    making.around = replace(around, snapshots=snapshots(base, weeks, files, newest.raw_files))
    verdicts = making.verdicts(newest, newest.tables, weeks)
    made = Made(weeks, newest.tables, verdicts)
    if any(verdict.holds_back for verdict in verdicts):
        made = making.without_failures(newest, verdicts, sorted({*weeks} & {*stored}))
    made.archived = [(name, file) for name, file in archived if name.week in todo]
    return made


def _with_other_rows(storage: Storage, made: Made, weeks: Collection[date]) -> set[date]:
    """Return those of the weeks whose compared rows differ from those stored."""
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
    """Weeks that are being made: `sources` are their newest raw files."""

    base: Base
    sources: Mapping[date, Sources]
    derive: Derive
    details: Details
    open_facts: OpenFacts
    around: Around

    def derived(self, chosen: Mapping[date, Sources]) -> Derived:
        """Derive weeks from these files, a slice at a time, so that few contents are in memory."""
        known = self.base.charts, self.details, self.open_facts
        parts = [self.derive([], *known)]
        for files in slices(file for of_week in chosen.values() for file in of_week.items()):
            raw_files = read_raw(self.base.storage, files)
            parts.append(self.derive(raw_files, *known))
        tables = {name: pa.concat_tables([p.tables[name] for p in parts]) for name in CHART_TABLES}
        return Derived(tables, pa.concat_tables([part.raw_files for part in parts]))

    def verdicts(
        self, judged: Derived, tables: Mapping[str, pa.Table], weeks: Collection[date]
    ) -> list[Verdict]:
        """Judge the rows of weeks, with these tables as what is about to be stored of all weeks."""
        frames = Frames(
            sorted(weeks),
            {name: [_of_weeks(rows, weeks)] for name, rows in judged.tables.items()},
            _of_weeks(judged.raw_files, weeks),
        )
        songs = compared("songs", tables["songs"], COMPARED_SONGS)
        artists = compared("artists", tables["artists"], COMPARED_ARTISTS)
        around = replace(
            self.around,
            songs=pa.concat_tables([self.around.songs, songs]),
            artists=pa.concat_tables([self.around.artists, artists]),
        )
        return judge(frames, around, self.base.thresholds)

    def without_failures(
        self, newest: Derived, verdicts: list[Verdict], stored: Sequence[date]
    ) -> Made:
        """Return the weeks without what fails; of those that are stored, the rows there come first."""
        weeks, current = list(self.sources), newest
        before = read_columns(self.base.storage, "songs", stored, COMPARED_SONGS)
        as_received = self.around = replace(self.around, stored_before=self._with_around(before))
        if any(verdict.check.title == COPY and verdict.holds_back for verdict in verdicts):
            verdicts = self.verdicts(newest, newest.tables, weeks)  # which of them was there first
        attempts: dict[tuple[date, str], Iterator[Sources]] = {}
        failed: dict[date, list[Verdict]] = {}
        chosen = dict(self.sources)
        noted = as_received.received
        digests = dict(zip(noted["file"].to_pylist(), noted["sha256"].to_pylist(), strict=True))
        while failures := _to_resolve(verdict for verdict in verdicts if chosen[verdict.week]):
            redone = sorted({verdict.week for verdict in failures})
            for week in redone:
                of_week = [verdict for verdict in failures if verdict.week == week]
                failed.setdefault(week, []).extend(of_week)
                for chart in sorted({verdict.chart or "" for verdict in of_week}):
                    if (week, chart) not in attempts:
                        attempts[week, chart] = self._alternatives(week, chart, digests)
                    instead = next(attempts[week, chart], None) if chart else None
                    if instead is None:  # about no single chart, or no choice of its files helps
                        chosen[week] = {}
                        break
                    others = {n: key for n, key in chosen[week].items() if n.chart != chart}
                    chosen[week] = dict(sorted((others | dict(instead)).items()))
            current = _replaced(current, self.derived({w: chosen[w] for w in redone}), redone)
            received = _received_of({week: chosen[week] for week in failed}, digests)
            others_received = _of_weeks(noted, set(weeks) - failed.keys())
            received = pa.concat_tables([others_received, received])
            self.around = replace(self.around, received=received)
            verdicts = self.verdicts(current, current.tables, weeks)
        # By now all that is about to be stored was there first, as it will be when judged again.
        stored_before = self._with_around(
            compared("songs", current.tables["songs"], COMPARED_SONGS)
        )
        self.around = replace(as_received, stored_before=stored_before)
        as_first = _with_recorded(self.verdicts(newest, current.tables, failed), failed)
        verdicts = [verdict for verdict in verdicts if verdict.week not in failed] + as_first
        held_back = {
            week: {name: _of_weeks(rows, {week}) for name, rows in newest.tables.items()}
            for week in sorted(failed)
        }
        return Made(weeks, current.tables, verdicts, held_back)

    def _with_around(self, songs: pa.Table) -> pa.Table:
        return pa.concat_tables([songs, self.around.songs]).select(STORED_BEFORE.names)

    def _alternatives(self, week: date, chart: str, noted: Collection[str]) -> Iterator[Sources]:
        """Return what a chart's rows could be made of instead, the best first; nothing is last."""
        own = {name: key for name, key in self.sources[week].items() if name.chart == chart}
        versions = superseded_files(self.base.storage, [week])
        older = [(name, file.key) for name, file in versions if name.chart == chart]
        for name, key in older:
            yield {**own, name: key}
        prefix, paths = f"{week_folder(week)}{chart}.", {name.path for name in own}
        is_any_gone = any(p.startswith(prefix) and p not in paths for p in noted)
        for kind in KINDS:
            of_kind = {name: key for name, key in own.items() if name.kind == kind}
            if of_kind and (of_kind != own or is_any_gone):
                yield of_kind
        for name, key in older:
            if not name.offset:  # a playlist's later pages are no chart
                yield {name: key}
        yield {}


def read_around(storage: Storage, weeks: Collection[date], others: Iterable[date]) -> Around:
    """Read what weeks are compared with: the stored rows of the others, and notes in the archive."""
    songs = read_columns(storage, "songs", others, COMPARED_SONGS)
    received = [
        {"week": name.week, "chart": name.chart, "file": name.path, "sha256": digest}
        for _, of_week in storage.together(lambda week: sums(storage, week), weeks)
        for name, digest in of_week.items()
    ]
    missing = [
        {"week": week, "chart": chart, "reason": reason}
        for week, reasons in storage.together(lambda week: why_missing(storage, week), weeks)
        for chart, reason in reasons.items()
    ]
    return Around(
        songs=songs,
        artists=read_columns(
            storage, "artists", _just_before(weeks_of(songs), weeks), COMPARED_ARTISTS
        ),
        received=pa.Table.from_pylist(received, schema=RECEIVED),
        missing=pa.Table.from_pylist(missing, schema=MISSING),
        stored_before=songs.select(STORED_BEFORE.names),
    )


def _just_before(others: Collection[date], weeks: Collection[date]) -> list[date]:
    """Return the last week before each of these: rules compare its artists, and no earlier ones."""
    earlier = ([other for other in others if other < week] for week in weeks)
    return sorted({max(found) for found in earlier if found})


def snapshots(
    base: Base, weeks: Collection[date], files: Iterable[tuple[RawName, str]], described: pa.Table
) -> pa.Table:
    """Return what the playlists of the weeks, described already, and of the weeks before say."""
    before = {week - ONE_WEEK for week in weeks} - set(weeks)
    playlists = [(n, key) for n, key in files if n.week in before and n.kind == "playlist"]
    of_before = describe_raw_files(read_raw(base.storage, playlists), base.charts)
    return pa.concat_tables([of_before, described]).select(SNAPSHOTS.names)


def read_columns(
    storage: Storage, name: str, weeks: Iterable[date], columns: Sequence[str]
) -> pa.Table:
    """Return columns of stored weeks, in order; a file that can't be read is left out."""
    empty = CHART_TABLES[name].schema.empty_table()
    keys = {table_key(name, week): week for week in weeks}

    def read(key: str) -> pa.Table | None:
        try:
            content = storage.read(key)
        except FileNotFoundError:
            return None
        try:
            return compared(name, decode(content, keys[key], columns), columns)
        except (OSError, KeyError, ValueError, pa.ArrowException):  # OSError: a damaged page
            return None

    parts = [rows for _, rows in storage.together(read, keys) if rows is not None]
    return pa.concat_tables([compared(name, empty, columns), *parts])


def compared(name: str, rows: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return these columns of a table, all nullable, so that rows read and derived go together."""
    schema = CHART_TABLES[name].schema
    return rows.select(columns).cast(
        pa.schema([schema.field(column).with_nullable(True) for column in columns])
    )


def _received_of(chosen: Mapping[date, Sources], noted: Mapping[str, str]) -> pa.Table:
    """Return the sums of the files chosen; of an older version, its key has the first digits."""
    rows = [
        {"week": week, "chart": name.chart, "file": name.path, "sha256": digest}
        for week, files in chosen.items()
        for name, key in files.items()
        if (digest := noted.get(name.path) if key == name.archive_key else key.rsplit(".", 2)[1])
    ]
    return pa.Table.from_pylist(rows, schema=RECEIVED)


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


def _replaced(current: Derived, again: Derived, weeks: Collection[date]) -> Derived:
    """Return the current rows with those weeks taken from `again`."""

    def swap(old: pa.Table, new: pa.Table) -> pa.Table:
        return pa.concat_tables([_of_weeks(old, weeks_of(old) - set(weeks)), new])

    tables = {name: swap(rows, again.tables[name]) for name, rows in current.tables.items()}
    return Derived(tables, swap(current.raw_files, again.raw_files))


def _of_weeks(rows: pa.Table, weeks: Collection[date]) -> pa.Table:
    if weeks_of(rows) <= set(weeks):
        return rows
    wanted = pa.array(sorted(weeks), pa.date32())
    return rows.filter(pc.is_in(rows.column("week"), value_set=wanted))
