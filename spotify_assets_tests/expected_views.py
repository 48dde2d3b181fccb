"""What the views of history and of weeks should say, worked out in Python, another way than in SQL.

The other views are a join and a count; `test_views` has their cases by hand.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from datetime import date, timedelta

from spotify_assets_tests.chart_frames import Row, Rows


def identities(songs: list[Row]) -> dict[str, str]:
    """The first of all keys that hang together with each key, by ids in common, however far apart."""
    keys, ids = defaultdict(set), defaultdict(set)
    for row in songs:
        keys[row["song_id"]].add(row["song_key"])
        ids[row["song_key"]].add(row["song_id"])
    names: dict[str, str] = {}
    for first in sorted(ids):
        reached = [] if first in names else [first]
        while reached:
            key = reached.pop()
            names[key] = first
            reached += [k for song_id in ids[key] for k in keys[song_id] if k not in names]
    return names


def by_chart_week(songs: list[Row]) -> dict[str, dict[date, list[Row]]]:
    grouped: dict[str, dict[date, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(songs, key=lambda row: row["week"]):
        grouped[row["chart"]][row["week"]].append(row)
    return grouped


def expected_chart_history(rows: Rows) -> list[Row]:
    """Week by week, as someone with a notebook would keep it: a line per song, brought forward."""
    names = identities(rows["songs"])
    history = []
    for weeks in by_chart_week(rows["songs"]).values():
        notebook: dict[str, Row] = {}
        tracked_since, previous_week = min(weeks), None
        previous_ranks: dict[str, int] = {}
        for week, entries in weeks.items():
            ranks: dict[str, int] = {}
            for row in entries:
                name = names[row["song_key"]]
                ranks[name] = min(row["rank"], ranks.get(name, row["rank"]))
            for name, rank in ranks.items():
                fresh = {"first": week, "counted": 0, "weeks": 0, "peak": rank, "best": rank}
                line = notebook.setdefault(name, fresh | {"exact": False})
                told = [
                    row
                    for row in entries
                    if names[row["song_key"]] == name and row["reported_weeks_on_chart"]
                ]
                line["counted"] += 1
                line["weeks"] = max(
                    [line["weeks"] + 1, *(row["reported_weeks_on_chart"] for row in told)]
                )
                line["best"] = min(line["best"], rank)
                line["peak"] = min(
                    [line["peak"], rank, *(row["reported_peak_rank"] for row in told)]
                )
                line["exact"] = line["exact"] or bool(told)
            history_starts = previous_week is None and all(
                row["reported_weeks_on_chart"] == 1 and row["reported_previous_rank"] is None
                for row in entries
            )
            for row in entries:
                name = names[row["song_key"]]
                line, before = notebook[name], previous_ranks.get(name)
                by_spotify = row["reported_weeks_on_chart"] is not None
                previous = row["reported_previous_rank"] if by_spotify else before
                weeks_on = row["reported_weeks_on_chart"] if by_spotify else line["weeks"]
                peak = min(row["reported_peak_rank"], row["rank"]) if by_spotify else line["peak"]
                change = None if previous is None else previous - row["rank"]
                if history_starts or (not by_spotify and previous_week is None):
                    move = None
                elif change is None:
                    move = "new" if weeks_on == 1 else "re-entry"
                else:
                    move = "up" if change > 0 else "down" if change < 0 else "same"
                history.append(
                    row
                    | {
                        "song": name,
                        "tracked_since": tracked_since,
                        "previous_week": previous_week,
                        "week_number": list(weeks).index(week) + 1,
                        "weeks_since_previous": previous_week and (week - previous_week).days // 7,
                        "counted_previous_rank": before,
                        "counted_peak_rank": line["best"],
                        "counted_weeks_on_chart": line["counted"],
                        "previous_rank": previous,
                        "peak_rank": peak,
                        "weeks_on_chart": weeks_on,
                        "figures_from": "spotify" if by_spotify else "counted",
                        "on_chart_at_start": line["first"] == tracked_since and not line["exact"],
                        "first_week": line["first"],
                        "move": move,
                        "rank_change": change,
                    }
                )
            previous_week, previous_ranks = week, ranks
    return history


def expected_latest_chart(rows: Rows) -> list[Row]:
    latest = {slug: max(weeks) for slug, weeks in by_chart_week(rows["songs"]).items()}
    return [row for row in expected_chart_history(rows) if row["week"] == latest[row["chart"]]]


def release_days(row: Row) -> list[date]:
    """Every day on which the album may have come out."""
    day, precision = row["release_date"], row["release_date_precision"]
    if day is None:
        return []
    parts = {"day": 3, "month": 2, "year": 1}[precision]
    around = (day + timedelta(days=n) for n in range(-366, 367))
    return [d for d in around if d.timetuple()[:parts] == day.timetuple()[:parts]]


def certain(days: list[date], earliest: date, latest: date) -> bool | None:
    """Whether it came out between the two: None where some of the days say yes and some no."""
    answers = {earliest <= day <= latest for day in days}
    return answers.pop() if len(answers) == 1 else None


def share_of(answers: list[bool | None]) -> tuple[float | None, int]:
    known = [answer for answer in answers if answer is not None]
    return (sum(known) / len(known) if known else None), len(known)


def leads_of(rows: Rows) -> dict[tuple[date, str], str]:
    return {
        (row["week"], row["song_id"]): row["artist_id"]
        for row in rows["song_artists"]
        if row["artist_position"] == 1
    }


def plays(entries: list[Row]) -> int | None:
    known = [row["streams"] for row in entries if row["streams"] is not None]
    return sum(known) if known else None


def expected_chart_weeks(rows: Rows) -> list[Row]:
    leads = leads_of(rows)
    days = {(row["week"], row["album_id"]): release_days(row) for row in rows["albums"]}
    expected = []
    for slug, weeks in by_chart_week(expected_chart_history(rows)).items():
        befores: list[date | None] = [None, *weeks]
        for before, (week, entries) in zip(befores, weeks.items(), strict=False):
            week_end = entries[0]["week_end"]
            moves = Counter(row["move"] for row in entries if row["move"])
            there, there_before = (
                {row["song"] for row in weeks[w]} if w else set() for w in (week, before)
            )
            lengths = [row["duration_ms"] for row in entries if row["duration_ms"] is not None]
            known_leads = Counter(
                leads[week, row["song_id"]] for row in entries if (week, row["song_id"]) in leads
            )
            released = [days.get((week, row["album_id"]), []) for row in entries]
            first_fresh_day = week_end - timedelta(days=27)
            last_catalogue_day = week_end - timedelta(days=549)
            explicit = share_of([row["explicit"] for row in entries])
            fresh = share_of([certain(d, first_fresh_day, date.max) for d in released])
            old = share_of([certain(d, date.min, last_catalogue_day) for d in released])
            of_leads = [n / known_leads.total() for n in known_leads.values()]
            expected.append(
                {
                    "week": week,
                    "chart": slug,
                    "week_end": week_end,
                    "previous_week": before,
                    "weeks_since_previous": before and (week - before).days // 7,
                    "entries": len(entries),
                    "new_entries": moves["new"] if moves else None,
                    "re_entries": moves["re-entry"] if moves else None,
                    "departures": len(there_before - there) if before else None,
                    "moves_reported": sum(
                        row["figures_from"] == "spotify" and row["move"] is not None
                        for row in entries
                    ),
                    "turnover": (moves["new"] + moves["re-entry"]) / moves.total()
                    if moves
                    else None,
                    "median_duration_ms": float(statistics.median(lengths)) if lengths else None,
                    "duration_known": len(lengths),
                    "explicit_share": explicit[0],
                    "explicit_known": explicit[1],
                    "fresh_share": fresh[0],
                    "fresh_known": fresh[1],
                    "catalogue_share": old[0],
                    "catalogue_known": old[1],
                    "distinct_lead_artists": len(known_leads),
                    "lead_artists_known": known_leads.total(),
                    "variety": 1 / sum(s * s for s in of_leads) if of_leads else None,
                    "streams": plays(entries),
                }
            )
    return expected
