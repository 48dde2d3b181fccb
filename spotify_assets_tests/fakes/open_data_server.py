"""MusicBrainz and Wikidata over real HTTP, as strict, on a clock of their own.

Sources: MusicBrainz' API documentation and its server's tests; public captures of its refusals.
"""

from __future__ import annotations

import random
import re
import threading
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from spotify_assets.settings import OpenData
from spotify_assets_tests.fakes import http_server, spotify_server
from spotify_assets_tests.fakes.spotify_server import Fault
from spotify_assets_tests.fixed_clock import NOW

CONTACT = "ada@charts.museum"
HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
RECORDING_INC = {"artist-credits", "isrcs", "releases", "release-groups", "aliases"}
USER_AGENT = re.compile(r"[\w.-]+/\d[\w.]* \( (\S+@\S+|https?://\S+) \)")
GLOBAL_503 = {
    "X-RateLimit-Zone": "search-global",
    "X-RateLimit-Limit": "15",
    "X-RateLimit-Remaining": "12",
    "Retry-After": "0",
}
OWN_503 = {"X-RateLimit-Zone": "ws ip=127.0.0.1", "Retry-After": "1"}


@dataclass
class VirtualClock:
    """A clock that only sleeping moves."""

    now: datetime = NOW
    slept: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        with self._lock:
            self.slept += seconds
            self.now += timedelta(seconds=seconds)


@dataclass
class Asked:
    """A request as the server saw it, when, its status, and whether its answer was none of a fault."""

    host: str
    path: str
    query: str
    at: datetime
    status: int = 0
    is_true: bool = False
    is_over: bool = False


@dataclass
class FakeOpenData:
    """What the servers know, what they were asked, and what will go wrong."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    recordings: dict[str, dict[str, Any]] = field(default_factory=dict)
    artists: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    wikidata: dict[str, list[str]] = field(default_factory=dict)
    not_indexed: set[str] = field(default_factory=set)  # that searches don't find yet
    still_indexed: set[str] = field(
        default_factory=set
    )  # that were deleted, and searches still find
    is_hollow: bool = False  # searches tell no dates, ISRCs and releases
    shed: float = 0.0  # share of requests that the busy server refuses at first
    drop_connections: bool = False
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    too_fast: int = 0  # requests within a second of the one before, or before it was answered
    urls: dict[str, str] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    random: random.Random = field(default_factory=lambda: random.Random(7))
    by_word: dict[str, list[str]] = field(default_factory=dict)
    in_flight: dict[str, int] = field(default_factory=dict)
    last: dict[str, datetime] = field(default_factory=dict)

    def access(self, **more: Any) -> OpenData:
        """Return the settings that lead here."""
        return OpenData(
            **{
                "contact": CONTACT,
                "musicbrainz_url": self.urls["musicbrainz"] + "/ws/2/",
                "wikidata_url": self.urls["wikidata"] + "/sparql",
                "clock": self.clock,
                "sleep": self.clock.sleep,
                **more,
            }
        )

    def add_artist(self, name: str, who: str = "", **more: Any) -> str:
        """Add an artist, unless it is there, and return its id; `who` tells homonyms apart."""
        mbid = made_up_id("artist", name, who)
        artist = {"id": mbid, "name": name, "sort-name": name, "country": "NO", "type": "Person"}
        self.artists.setdefault(mbid, artist | {"disambiguation": who, "aliases": [], "genres": []})
        self.artists[mbid].update(more)
        return mbid

    def add(
        self,
        title: str,
        artists: Iterable[str],
        released: str | None = "2010-05-07",
        *,
        links: Iterable[str] = (),
        who: str = "",
        number: int = 0,
        joins: str = " & ",
        **more: Any,
    ) -> str:
        """Add a recording, on an album of the same name, and return its id."""
        names = list(artists)
        mbid = made_up_id("recording", title, *names, who, str(more), str(released), str(number))
        ids = [self.add_artist(name, who) for name in names]
        recording: dict[str, Any] = {
            "id": mbid,
            "title": title,
            "length": 183_000,
            "video": False,
            "disambiguation": "",
            "isrcs": [],
            "first-release-date": released,
            "artist-credit": [
                {
                    "name": name,
                    "joinphrase": joins if one != ids[-1] else "",
                    "artist": {"id": one, "name": self.artists[one]["name"], "sort-name": name},
                }
                for name, one in zip(names, ids, strict=True)
            ],
            "releases": [release(title, released)] if released else [],
        } | more
        self.recordings[mbid] = recording
        for word in set(words(title)):
            self.by_word.setdefault(word, []).append(mbid)
        for link in links:
            self.links.setdefault(link, []).append((mbid, False))
        return mbid

    def requests(self, part: str = "", host: str = "musicbrainz") -> list[Asked]:
        """Return the requests to a host whose path and query have this part."""
        return [a for a in self.asked if a.host == host and part in f"{a.path}?{a.query}"]

    def asked_twice(self) -> list[str]:
        """Return what was answered truly more than once on a day."""
        seen = Counter(
            f"{a.at:%F} {a.host} {a.path}?{a.query}"
            for a in self.asked
            if a.is_true and a.status in (200, 404)
        )
        return [one for one, times in seen.items() if times > 1]

    def shortest_gap(self) -> float:
        """Return the seconds between the two closest requests to a host."""
        return min(
            (b.at - a.at).total_seconds()
            for host in self.urls
            for a, b in pairwise(self.requests(host=host))
        )


def made_up_id(*parts: str) -> str:
    """Return an MBID that is always the same for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(parts)))


def release(
    title: str, date: str, kind: str = "Album", status: str = "Official", **more: Any
) -> Any:
    """Return a release with its group."""
    group = {"id": made_up_id("group", title, kind), "title": title, "primary-type": kind, **more}
    return {
        "id": made_up_id("release", title, date, status),
        "title": title,
        "status": status,
        "date": date,
        "country": "XW",
        "media": [{"position": 1, "format": "Digital Media", "track-count": 1}],
        "release-group": group,
    }


def words(text: str) -> list[str]:
    """Return the words of a text as the search index has them."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))


class Handler(spotify_server.Handler):
    """Answers one request."""

    spotify: FakeOpenData  # the name that faults know
    host = "musicbrainz"

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        """Answer MusicBrainz' API."""
        self._handle(self._musicbrainz, "")

    def do_POST(self) -> None:  # noqa: N802
        """Answer Wikidata's query service."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._handle(self._wikidata, body)

    def _handle(self, respond: Any, body: str) -> None:
        fake = self.spotify
        self.change = None
        self.parts = urlsplit(self.path)
        self.query_pairs = parse_qsl(body or self.parts.query)
        self.query = dict(self.query_pairs)
        at = fake.clock()
        fake.in_flight[self.host] = fake.in_flight.get(self.host, 0) + 1
        since = (
            at - fake.last.get(self.host, datetime.min.replace(tzinfo=at.tzinfo))
        ).total_seconds()
        is_too_fast = 0 <= since < 1 or fake.in_flight[self.host] > 1
        fake.last[self.host] = at
        self.asked = Asked(self.host, self.parts.path, body or self.parts.query, at)
        is_new = not any(
            (a.path, a.query) == (self.asked.path, self.asked.query) for a in fake.asked[-9:]
        )
        fake.asked.append(self.asked)
        fake.too_fast += is_too_fast
        try:
            if is_too_fast:
                self.refuse(503, "Your requests are exceeding the allowable rate limit.", **OWN_503)
            elif fake.drop_connections:
                self.close_connection = True
                self.connection.close()
            elif fake.faults and self._is_faulty():
                pass
            elif is_new and fake.random.random() < fake.shed:
                busy = "The MusicBrainz web server is currently busy. Please try again later."
                self.refuse(503, busy, **GLOBAL_503)
            elif not USER_AGENT.fullmatch(self.headers.get("User-Agent", "")):
                self.refuse(403, "Your application has not identified itself.")
            else:
                self.asked.is_true = self.change is None
                respond()
        finally:
            self.done()

    def _is_faulty(self) -> bool:
        self.done()  # as far as the client can tell: it may give up
        return super()._is_faulty()

    def done(self) -> None:
        """The request is no longer in flight."""
        if not self.asked.is_over:
            self.asked.is_over = True
            self.spotify.in_flight[self.host] -= 1

    def refuse(self, status: int, message: str, **headers: str) -> None:
        """Send an error as MusicBrainz words it."""
        self.answer({"error": message, "help": HELP}, status, **headers)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Note the status; when the client has the answer, it may ask again at once."""
        self.asked.status = code
        self.done()
        super().send_response(code, message)

    def _musicbrainz(self) -> None:
        what, _, one = self.parts.path.removeprefix("/ws/2/").partition("/")
        if len(self.path) > 8000:
            self.refuse(414, "Request-URI Too Large")
        elif self.query.get("fmt") != "json":
            self.send(b'<?xml version="1.0"?><metadata/>', 200, {"Content-Type": "application/xml"})
        elif what == "url":
            self._url()
        elif what not in ("recording", "artist"):
            self.refuse(404, "Not Found")
        elif one:
            self._lookup(what, one)
        elif "query" not in self.query:
            self.refuse(400, "query is a required parameter")
        else:
            self._search(what)

    def _url(self) -> None:
        fake = self.spotify
        asked = list(dict.fromkeys(v for k, v in self.query_pairs if k == "resource"))[:100]
        found = []
        for resource in asked:
            of_link = fake.links.get(resource.rpartition("/")[2], [])
            relations = [
                {
                    "type": "free streaming",
                    "direction": "backward",
                    "ended": ended,
                    "target-type": "recording",
                    "recording": self._without_releases(fake.recordings[one]),
                }
                for one, ended in of_link
            ]
            link = {"id": made_up_id("url", resource), "resource": resource, "relations": relations}
            found += [link] if of_link else []
        if len(asked) > 1:
            found.sort(key=lambda link: link["id"])
            self.answer({"url-count": len(found), "url-offset": 0, "urls": found})
        elif found:
            self.answer(found[0])
        else:
            self.refuse(404, "Not Found")

    @staticmethod
    def _without_releases(recording: dict[str, Any]) -> dict[str, Any]:
        hidden = ("releases", "isrcs", "first-release-date")
        return {key: value for key, value in recording.items() if key not in hidden}

    def _lookup(self, what: str, one: str) -> None:
        fake = self.spotify
        allowed = RECORDING_INC if what == "recording" else {"genres", "url-rels", "aliases"}
        wrong = set(filter(None, re.split(r"[ +]", self.query.get("inc", "")))) - allowed
        known = fake.recordings if what == "recording" else fake.artists
        if wrong:
            self.refuse(400, f"{wrong.pop()} is not a valid inc parameter for the {what} resource.")
        elif not re.fullmatch(r"[0-9a-f-]{36}", one):
            self.refuse(400, "Invalid mbid.")
        elif (one := fake.merged.get(one, one)) not in known or one in fake.still_indexed:
            self.refuse(404, "Not Found")
        elif what == "recording":
            self.answer(self._with_aliases(known[one]))
        else:
            hidden = {"genres", "aliases"} - set(re.split(r"[ +]", self.query.get("inc", "")))
            self.answer({key: value for key, value in known[one].items() if key not in hidden})

    def _with_aliases(self, recording: dict[str, Any]) -> dict[str, Any]:
        credit = [
            part | {"artist": part["artist"] | {"aliases": self._aliases(part["artist"]["id"])}}
            for part in recording["artist-credit"]
        ]
        return recording | {"artist-credit": credit}

    def _aliases(self, artist: str) -> list[dict[str, Any]]:
        return [{"name": name, "locale": None} for name in self.spotify.artists[artist]["aliases"]]

    def _search(self, what: str) -> None:
        query = self.query["query"]
        limit = int(self.query.get("limit", 25))
        limit = limit if limit <= 100 else 25
        if ids := re.fullmatch(r"(rid|arid|isrc):\(([\w-]+(?: OR [\w-]+)*)\)", query):
            found = self._by_ids(what, ids[1], set(ids[2].split(" OR ")))
        elif names := re.fullmatch(
            r'recording:"((?:[^"\\(]|\\.)+)" AND artist:"((?:[^"\\(]|\\.)+)"', query
        ):
            found = self._by_names(*(re.sub(r"\\(.)", r"\1", text) for text in names.groups()))
        else:
            self.refuse(400, f"Search query could not be parsed: {query}")
            return
        documents = []
        for place, one in enumerate(found[:limit]):
            document = {key: v for key, v in one.items() if v not in (None, "", [])}
            if what == "recording":
                document = self._with_aliases(document) | {"video": one["video"] or None}
                if self.spotify.is_hollow:
                    document = self._without_releases(document)
            else:
                document.pop("genres", None)
                document["aliases"] = self._aliases(one["id"])
            documents.append(document | {"score": 100 - place})
        self.answer({"count": len(found), "offset": 0, f"{what}s": documents})

    def _by_ids(self, what: str, kind: str, ids: set[str]) -> list[dict[str, Any]]:
        fake = self.spotify
        if kind == "isrc":
            return [r for r in fake.recordings.values() if ids & set(r["isrcs"])]
        known = fake.recordings if what == "recording" else fake.artists
        return [known[one] for one in sorted(ids - fake.not_indexed) if one in known]

    def _by_names(self, title: str, artist: str) -> list[dict[str, Any]]:
        fake = self.spotify
        title_words, artist_words = words(title), words(artist)

        def has(text: str, phrase: list[str]) -> bool:
            return f" {' '.join(phrase)} " in f" {' '.join(words(text))} "

        def is_by(one: dict[str, Any]) -> bool:
            return any(
                has(text, artist_words)
                for part in one["artist-credit"]
                for text in (part["name"], *fake.artists[part["artist"]["id"]]["aliases"])
            )

        rarest = min((fake.by_word.get(w, []) for w in title_words), key=len, default=[])
        some = [fake.recordings[one] for one in rarest if one not in fake.not_indexed]
        found = [one for one in some if has(one["title"], title_words) and is_by(one)]
        return found or some[:1]  # always something with a score of 100 on top

    def _wikidata(self) -> None:
        fake = self.spotify
        query = self.query.get("query", "")
        if "wdt:P434" not in query or self.query.get("format") != "json":
            self.send(b"Query malformed", 400, {"Content-Type": "text/plain"})
            return
        ordered = list if "ORDER BY DESC(?pages)" in query else reversed
        rows = [
            {
                "mbid": {"type": "literal", "value": one},
                "genre": {"type": "literal", "value": genre, "xml:lang": "en"},
            }
            for one in re.findall(r'"([0-9a-f-]{36})"', query)
            for genre in ordered(fake.wikidata.get(one, []))
        ]
        self.answer({"head": {"vars": ["mbid", "genre"]}, "results": {"bindings": rows}})


@contextmanager
def serving(fake: FakeOpenData) -> Iterator[FakeOpenData]:
    """Run both servers on free ports of this machine."""
    handlers = {
        host: type("BoundHandler", (Handler,), {"spotify": fake, "host": host})
        for host in ("musicbrainz", "wikidata")
    }
    with (
        http_server.serving(handlers["musicbrainz"]) as fake.urls["musicbrainz"],
        http_server.serving(handlers["wikidata"]) as fake.urls["wikidata"],
    ):
        try:
            yield fake
        finally:
            fake.closing.set()
