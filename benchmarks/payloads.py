"""Raw playlist files as large as the Web API's, of made-up songs: what the benchmarks read.

A file has the shape of `GET /playlists/{id}` of an extended-quota app, every field included: 50 songs,
and some 184 markets for each track and again for its album, which is most of its 200 kB. Seven songs
of a chart change each week, and about half of a chart are hits that other charts have, too. The same
arguments give the same bytes.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import deque
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from spotify_assets.charts import Chart, Charts
from spotify_assets.demo.songs import artist_name, song_title, spotify_id
from spotify_assets.layout import RawName
from spotify_assets.weeks import ONE_WEEK

FIRST_WEEK = date(2024, 1, 5)
PLACES = 50
NEW_A_WEEK = 7  # of a chart's 50 songs
HITS = 80  # songs that are on many charts at a time
NEW_HITS_A_WEEK = 6
ARTISTS = 3000
NAMES = ("norwegian", "band", "solo", "latin", "afro", "k-pop")
MARKETS = """
    AD AE AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CG CH
    CI CL CM CO CR CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FM FR GA GB GD GE GH GM GN
    GQ GR GT GW GY HK HN HR HT HU ID IE IL IN IQ IS IT JM JO JP KE KG KH KI KM KN KR KW KZ LA LB
    LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MN MO MR MT MU MV MW MX MY MZ NA NE NG NI
    NL NO NP NR NZ OM PA PE PG PH PK PL PR PS PT PW PY QA RO RS RW SA SB SC SE SG SI SK SL SM SN
    SR ST SV SZ TD TG TH TJ TL TN TO TR TT TV TW TZ UA UG US UY UZ VC VE VN VU WS XK ZA ZM ZW
""".split()  # noqa: SIM905 - two hundred quotation marks would not help


def charts_of(number: int) -> Charts:
    """Return the declarations of as many made-up charts."""
    rng = random.Random(number)
    slugs = [f"chart-{n:02}" for n in range(1, number + 1)]
    return Charts(tuple(Chart(s, s.title(), "", spotify_id(rng)) for s in slugs), "a benchmark")


def raw_files(charts: Charts, weeks: int, seed: int = 2026) -> Iterator[tuple[RawName, bytes]]:
    """Yield a playlist for each of these charts and weeks, by week."""
    rng = random.Random(seed)
    for week, chart, songs in _chart_weeks(rng, charts, weeks):
        yield RawName(week, chart.slug, "playlist"), _playlist(rng, chart, week, songs)


def write_raw_files(base: Path, charts: int, weeks: int) -> None:
    """Fill the archive below `base` with a playlist per chart and week."""
    for name, content in raw_files(charts_of(charts), weeks):
        path = base / name.archive_key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _chart_weeks(
    rng: random.Random, charts: Charts, weeks: int
) -> Iterator[tuple[date, Chart, list[int]]]:
    """Yield which songs, by number and in order of rank, each chart has in each week."""
    hits = deque(range(HITS), maxlen=HITS)
    numbers = itertools.count(HITS)
    standing = {
        chart: rng.sample(hits, PLACES // 2) + list(itertools.islice(numbers, PLACES // 2))
        for chart in charts.charts
    }
    for index in range(weeks):
        hits.extend(itertools.islice(numbers, NEW_HITS_A_WEEK))
        for chart, songs in standing.items():
            for _ in range(NEW_A_WEEK):
                songs.pop(int(PLACES * rng.random() ** 0.5) % len(songs))  # low ranks go sooner
            for _ in range(NEW_A_WEEK):
                hit = rng.choice(hits)
                song = hit if rng.random() < 0.5 and hit not in songs else next(numbers)
                songs.insert(int(len(songs) * rng.random()), song)
            swapped = rng.sample(range(PLACES - 1), 12)
            for rank in swapped:
                songs[rank], songs[rank + 1] = songs[rank + 1], songs[rank]
            yield FIRST_WEEK + ONE_WEEK * index, chart, songs


def _playlist(rng: random.Random, chart: Chart, week: date, songs: list[int]) -> bytes:
    href = f"https://api.spotify.com/v1/playlists/{chart.playlist_id}"
    rows = [_row(song) for song in songs]
    added_at = f"{week + ONE_WEEK}T09:41:02Z"
    items = ",".join(
        f"{before}{added_at}{between}{rng.randint(40, 99)}{after}"
        for before, between, after in rows
    )
    playlist = {
        "collaborative": False,
        "description": "Made up for a benchmark.",
        **_reference("playlist", chart.playlist_id),
        "followers": {"href": None, "total": 1_000_000},
        "href": href,
        "images": [],
        "name": f"Top Songs - {chart.name}",
        "owner": {"display_name": "Spotify", **_reference("user", "spotify")},
        "primary_color": None,
        "public": True,
        "snapshot_id": spotify_id(rng) + "AAAAAAAAAA",
        "tracks": {
            "href": f"{href}/tracks?offset=0&limit=100",
            "items": ["<items>"],
            "limit": 100,
            "next": None,
            "offset": 0,
            "previous": None,
            "total": len(songs),
        },
    }
    return _json(playlist).replace('"<items>"', items).encode()


@cache
def _row(number: int) -> tuple[str, str, str]:
    """A song's row as text: before its `added_at`, between that and its popularity, and after."""
    rng = random.Random(number)
    artists = [_artist(int(ARTISTS * rng.random() ** 2)) for _ in range(rng.choice((1, 1, 2, 3)))]
    markets = _markets(rng)
    row = {
        "added_at": "<added_at>",
        "added_by": _reference("user", ""),
        "is_local": False,
        "primary_color": None,
        "track": {
            "album": _album(number, artists[:1], markets),
            "artists": artists,
            "available_markets": markets,
            "disc_number": 1,
            "duration_ms": rng.randint(110_000, 320_000),
            "episode": False,
            "explicit": rng.random() < 0.3,
            "external_ids": {"isrc": f"QZXYZ24{number:05}"},
            **_reference("track", spotify_id(rng)),
            "is_local": False,
            "name": song_title(rng, rng.choice(NAMES)),
            "popularity": "<popularity>",
            "preview_url": f"https://p.scdn.co/mp3-preview/{rng.getrandbits(160):040x}",
            "track": True,
            "track_number": rng.randint(1, 14),
        },
        "video_thumbnail": {"url": None},
    }
    before, rest = _json(row).split("<added_at>")
    between, after = rest.split('"<popularity>"')
    return before, between, after


def _album(number: int, artists: list[dict[str, Any]], markets: list[str]) -> dict[str, Any]:
    """The single of that name, or, for four songs in seven, an album that they share."""
    is_album = number % 7 < 4
    rng = random.Random(f"album {number // 7 if is_album else -number}")
    cover = f"{rng.getrandbits(96):024x}"
    sizes = ((640, "b273"), (300, "1e02"), (64, "4851"))
    images = [
        {"height": s, "url": f"https://i.scdn.co/image/ab67616d0000{code}{cover}", "width": s}
        for s, code in sizes
    ]
    return {
        "album_type": "album" if is_album else "single",
        "artists": artists,
        "available_markets": markets,
        **_reference("album", spotify_id(rng)),
        "images": images,
        "name": song_title(rng, rng.choice(NAMES)),
        "release_date": str(date(2023, 1, 6) + ONE_WEEK * rng.randrange(140)),
        "release_date_precision": "day",
        "total_tracks": rng.randint(9, 22) if is_album else 1,
    }


@cache
def _artist(number: int) -> dict[str, Any]:
    rng = random.Random(f"artist {number}")
    name = artist_name(rng, NAMES[number % len(NAMES)])
    return {**_reference("artist", spotify_id(rng)), "name": name}


def _markets(rng: random.Random) -> list[str]:
    """Nearly all of them, as it is for most songs."""
    missing = set(rng.sample(MARKETS, rng.choice((0, 0, 1, 2, 18))))
    return [market for market in MARKETS if market not in missing]


def _reference(kind: str, spotify: str) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{spotify}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{spotify}",
        "id": spotify,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify}",
    }


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
