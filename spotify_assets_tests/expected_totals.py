"""What the views over periods should say, worked out in Python, another way than in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from spotify_assets_tests.chart_frames import Row, Rows
from spotify_assets_tests.expected_views import expected_chart_history, plays


def grouped(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups


def latest(entries: list[Row]) -> Row:
    """The best entry of the last week."""
    return max(entries, key=lambda row: (row["week"], -row["rank"]))


def weeks_where(entries: list[Row], most: int) -> int:
    return len({row["week"] for row in entries if row["rank"] <= most})


def expected_song_totals(rows: Rows) -> list[Row]:
    history = expected_chart_history(rows)
    collected = {
        slug: sorted({row["week"] for row in entries})
        for (slug,), entries in grouped(history, "chart").items()
    }
    expected = []
    for (slug, name), entries in grouped(history, "chart", "song").items():
        ranks = {}
        for row in entries:
            ranks[row["week"]] = min(row["rank"], ranks.get(row["week"], row["rank"]))
        present = [week in ranks for week in collected[slug]]
        runs = "".join("x" if there else " " for there in present).split()
        peak = min(row["peak_rank"] for row in entries)
        at_peak = sorted(week for week, rank in ranks.items() if rank == peak)
        figures = max(row["weeks_on_chart"] for row in entries)
        now = latest(entries)
        expected.append(
            {
                "chart": slug,
                "song": name,
                "song_id": now["song_id"],
                "song_name": now["song_name"],
                "artist_names": now["artist_names"],
                "streams": plays(entries),
                "streams_complete": all(row["streams"] is not None for row in entries),
                "weeks": len(ranks),
                "weeks_on_chart": figures,
                "weeks_at_one": weeks_where(entries, 1),
                "weeks_in_top_10": weeks_where(entries, 10),
                "peak_rank": peak,
                "peak_week": at_peak[0] if at_peak else None,
                "weeks_at_peak": len(at_peak),
                "debut_week": min(ranks),
                "debut_rank": ranks[min(ranks)],
                "last_week": max(ranks),
                "last_rank": ranks[max(ranks)],
                "longest_run": max(map(len, runs)),
                "re_entries": len(runs) - 1,
                "is_current": present[-1],
                "is_partial": figures > len(ranks)
                or any(row["on_chart_at_start"] for row in entries),
            }
        )
    return expected


def credits_of(rows: Rows) -> dict[tuple[date, str], dict[str, Row]]:
    """The artists of a song in a week, each once, with the first of their places."""
    found: dict[tuple[date, str], dict[str, Row]] = defaultdict(dict)
    for row in sorted(rows["song_artists"], key=lambda row: row["artist_position"]):
        found[row["week"], row["song_id"]].setdefault(row["artist_id"], row)
    return found


def by_artist(rows: Rows) -> list[Row]:
    """Every entry, once per artist that it credits."""
    names = {(row["week"], row["artist_id"]): row["name"] for row in rows["artists"]}
    credited = credits_of(rows)
    return [
        row
        | {
            "artist_id": artist_id,
            "credited": credit["artist_name"],
            "artist_name": names.get((row["week"], artist_id)) or credit["artist_name"],
            "is_lead": credit["artist_position"] == 1,
        }
        for row in expected_chart_history(rows)
        for artist_id, credit in credited[row["week"], row["song_id"]].items()
    ]


def common_totals(entries: list[Row]) -> Row:
    peak = min(row["rank"] for row in entries)
    weeks = grouped(entries, "week")
    return {
        "songs": len({row["song"] for row in entries}),
        "chart_places": len(entries),
        "streams": plays(entries),
        "weeks": len(weeks),
        "most_songs": max(map(len, weeks.values())),
        "peak_rank": peak,
        "peak_week": min(row["week"] for row in entries if row["rank"] == peak),
        "debut_week": min(weeks)[0],
        "last_week": max(weeks)[0],
        "is_partial": min(weeks)[0] == entries[0]["tracked_since"],
    }


def expected_artist_totals(rows: Rows) -> list[Row]:
    return [
        {
            "chart": slug,
            "artist_id": artist_id,
            "artist_name": latest(entries)["artist_name"],
            "lead_songs": len({row["song"] for row in entries if row["is_lead"]}),
            "weeks_at_one": weeks_where(entries, 1),
            "weeks_in_top_10": weeks_where(entries, 10),
        }
        | common_totals(entries)
        for (slug, artist_id), entries in grouped(by_artist(rows), "chart", "artist_id").items()
    ]


def by_album(rows: Rows) -> list[Row]:
    albums = {(row["week"], row["album_id"]): row for row in rows["albums"]}
    return [
        row | {"album": albums.get((row["week"], row["album_id"]), {})}
        for row in expected_chart_history(rows)
        if row["album_id"] is not None
    ]


def expected_album_totals(rows: Rows) -> list[Row]:
    return [
        {
            "chart": slug,
            "album_id": album_id,
            "album_name": latest(entries)["album"].get("name"),
            "artist_names": latest(entries)["album"].get("artist_names"),
            "album_type": latest(entries)["album"].get("album_type"),
        }
        | common_totals(entries)
        for (slug, album_id), entries in grouped(by_album(rows), "chart", "album_id").items()
    ]


def year_of(week: date) -> int:
    return (week + timedelta(days=6)).year


def expected_chart_years(rows: Rows) -> list[Row]:
    expected = []
    for (slug, year), entries in grouped(
        ({**row, "year": year_of(row["week"])} for row in rows["songs"]), "chart", "year"
    ).items():
        weeks = sorted({row["week"] for row in entries})
        told = all(row["streams"] is not None for row in entries)
        expected.append(
            {
                "chart": slug,
                "year": year,
                "first_week": weeks[0],
                "last_week": weeks[-1],
                "weeks": len(weeks),
                "measure": "streams" if told else "points",
            }
        )
    return expected


def expected_year_charts(rows: Rows) -> list[Row]:
    measures = {(row["chart"], row["year"]): row["measure"] for row in expected_chart_years(rows)}
    songs = [
        row | {"kind": "song", "id": row["song"], "name": row["song_name"]}
        for row in expected_chart_history(rows)
    ]
    artists = [
        row
        | {"kind": "artist", "id": row["artist_id"], "name": row["credited"], "artist_names": None}
        for row in by_artist(rows)
    ]
    albums = [
        row
        | {
            "kind": "album",
            "id": row["album_id"],
            "name": row["album"]["name"],
            "artist_names": row["album"]["artist_names"],
        }
        for row in by_album(rows)
        if row["album"]
    ]
    entries = [{**row, "year": year_of(row["week"])} for row in (*songs, *artists, *albums)]
    expected = []
    for (slug, year, kind), competing in grouped(entries, "chart", "year", "kind").items():
        sums = []
        for (one,), places in grouped(competing, "id").items():
            measure = measures[slug, year]
            points = sum(max(201 - row["rank"], 0) for row in places)
            sums.append(
                {
                    "chart": slug,
                    "year": year,
                    "kind": kind,
                    "id": one,
                    "name": latest(places)["name"],
                    "artist_names": latest(places)["artist_names"],
                    "measure": measure,
                    "value": plays(places) if measure == "streams" else points,
                    "weeks": len({row["week"] for row in places}),
                    "weeks_at_one": weeks_where(places, 1),
                    "peak_rank": min(row["rank"] for row in places),
                }
            )
        for row in sums:
            better = [other for other in sums if standing(other) < standing(row)]
            expected.append(row | {"place": len(better) + 1})
    return expected


def standing(row: Row) -> tuple[int, int, int]:
    return -row["value"], -row["weeks"], row["peak_rank"]


def expected_song_travels(rows: Rows) -> list[Row]:
    totals = expected_song_totals(rows)
    starts = {
        slug: min(row["debut_week"] for row in of_chart)
        for (slug,), of_chart in grouped(totals, "chart").items()
    }
    expected = []
    for (name,), of_song in grouped(totals, "song").items():
        first = min(row["debut_week"] for row in of_song)
        firsts = [row for row in of_song if row["debut_week"] == first]
        origin = min(firsts, key=lambda row: (row["debut_rank"], row["chart"]))
        expected += [
            {
                "song": name,
                "chart": row["chart"],
                "song_name": row["song_name"],
                "artist_names": row["artist_names"],
                "debut_week": row["debut_week"],
                "first_week": first,
                "charts_at_first": len(firsts),
                "first_chart": origin["chart"],
                "days_after_first": (row["debut_week"] - first).days,
                "is_partial": row["debut_week"] == starts[row["chart"]]
                or first == starts[origin["chart"]]
                or starts[row["chart"]] > first,
            }
            for row in of_song
        ]
    return expected


def expected_chart_pairs(rows: Rows) -> list[Row]:
    history = expected_chart_history(rows)
    there = {
        key: {row["song"] for row in entries}
        for key, entries in grouped(history, "chart", "week").items()
    }
    totals = expected_song_totals(rows)
    starts = {slug: min(w for s, w in there if s == slug) for slug, _ in there}
    debuts: dict[str, dict[str, date]] = defaultdict(dict)
    for row in totals:
        if row["debut_week"] > starts[row["chart"]]:
            debuts[row["chart"]][row["song"]] = row["debut_week"]
    expected = []
    for one in starts:
        for other in starts.keys() - {one}:
            both = [week for slug, week in there if slug == one and (other, week) in there]
            for year in {year_of(week) for week in both}:
                of_year = [week for week in both if year_of(week) == year]
                shares = [
                    len(there[one, week] & there[other, week]) / len(there[one, week])
                    for week in of_year
                ]
                days = [
                    (debuts[other][name] - first).days
                    for name, first in debuts[one].items()
                    if name in debuts[other]
                    and year_of(min(first, debuts[other][name])) == year
                    and first > starts[other]
                    and debuts[other][name] > starts[one]
                ]
                expected.append(
                    {
                        "year": year,
                        "chart": one,
                        "other_chart": other,
                        "weeks": len(of_year),
                        "share": sum(shares) / len(shares),
                        "songs_first_here": sum(n > 0 for n in days),
                        "songs_first_there": sum(n < 0 for n in days),
                        "songs_same_week": sum(n == 0 for n in days),
                        "mean_days": sum(days) / len(days) if days else None,
                    }
                )
    return expected


def label_family(label: str | None) -> str:
    """By the few labels of the tests; the last name that belongs to a major decides."""
    if not label:
        return "unknown"
    majors = {"republic": "Universal", "columbia": "Sony", "atlantic": "Warner", "epic": "Sony"}
    named = [majors[word] for word in label.lower().replace("/", " ").split() if word in majors]
    return named[-1] if named else "other"


def expected_label_weeks(rows: Rows) -> list[Row]:
    entries = [row | {"label_family": label_family(row["label"])} for row in rows["songs"]]
    totals = grouped(entries, "week", "chart")
    expected = []
    for (week, slug, family), of_family in grouped(
        entries, "week", "chart", "label_family"
    ).items():
        all_plays, own = plays(totals[week, slug]), plays(of_family)
        expected.append(
            {
                "week": week,
                "chart": slug,
                "label_family": family,
                "labels": len({row["label"] for row in of_family if row["label"] is not None}),
                "songs": len(of_family),
                "place_share": len(of_family) / len(totals[week, slug]),
                "streams": own,
                "stream_share": own / all_plays if all_plays and own is not None else None,
            }
        )
    return expected
