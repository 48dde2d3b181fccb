"""Spotify over real HTTP, for both kinds of apps, and as strict; faults are in `spotify_faults`.

Sources: Spotify's Web API reference and the migration guide of February 2026.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes import http_server

CLIENT_ID = "made-up-client"
CLIENT_SECRET = "made-up-secret-4711"
REFRESH_TOKEN = "made-up-refresh-token-0815"
MOST_IDS = {"tracks": 50, "artists": 50, "albums": 20}
ROWS_INLINE = 100
NOT_IN_DEVELOPMENT = {"tracks": "popularity", "artists": "genres", "albums": "label"}


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it."""

    path: str
    query: dict[str, str]


@dataclass
class FakePlaylist:
    """A playlist: its rows with the song below `track`, and whose it is."""

    rows: list[Any]
    snapshot_id: str = "c25hcHNob3Q="
    is_own: bool = False  # owned by the user who authorized the app


Fault = Callable[["Handler"], bool]
"""May answer in the server's place, and then returns True."""


@dataclass
class FakeSpotify:
    """What Spotify knows, whom it trusts, what it was asked, and what will go wrong."""

    extended: bool = True  # false for an app in development mode
    playlists: dict[str, FakePlaylist] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {kind: {} for kind in MOST_IDS}
    )
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    tokens_given: int = 0
    expires_in: int = 3600
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def api_url(self) -> str:
        """The address of its API."""
        return f"{self.url}/v1/"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make this server the Spotify of an app."""
        return {
            "SPOTIFY_ASSETS_CHARTS": "norway,global",
            "SPOTIPY_CLIENT_ID": CLIENT_ID,
            "SPOTIPY_CLIENT_SECRET": CLIENT_SECRET,
            "SPOTIFY_ASSETS_SPOTIFY_API_URL": self.api_url,
            "SPOTIFY_ASSETS_SPOTIFY_TOKEN_URL": f"{self.url}/api/token",
        }

    def add_chart(
        self,
        playlist_id: str,
        names: list[str],
        added_at: str,
        artists: list[str] | None = None,
        **more: Any,
    ) -> None:
        """Add a playlist of these songs, which can also be requested one by one."""
        by = artists or ["Ida Nord"] * len(names)
        tracks = [raw_samples.track(n, artists=[a]) for n, a in zip(names, by, strict=True)]
        rows = [raw_samples.row(track, added_at=added_at) for track in tracks]
        self.playlists[playlist_id] = FakePlaylist(rows, **more)
        for track in tracks:
            self.add_track(track)

    def add_track(self, track: dict[str, Any]) -> None:
        """Add a track with its artists and its album."""
        self.objects["tracks"][track["id"]] = track
        for artist in track["artists"]:
            more = {"genres": ["made-up pop"], "popularity": 50, "followers": {"total": 1000}}
            self.objects["artists"][artist["id"]] = artist | more
        album = track["album"]
        self.objects["albums"][album["id"]] = album | {"label": f"{album['name']} Records"}

    def paths(self, start: str = "") -> list[str]:
        """Return the API's paths that were requested, in order, those that begin so."""
        return [asked.path for asked in self.asked if asked.path.startswith(f"/v1/{start}")]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # which holds back a body for 40 ms after its headers
    spotify: FakeSpotify
    change: Callable[[Any], Any] | None = None

    def do_GET(self) -> None:
        """Answer a request to the API."""
        self._listen()
        if self._is_faulty():
            return
        kind, *parts = self.path_only.removeprefix("/v1/").strip("/").split("/")
        if self.token not in self.spotify.tokens:
            self.refuse(401, "The access token expired")
        elif kind == "playlists":
            self._playlist(parts)
        elif kind in MOST_IDS:
            self._objects(kind, parts)
        else:
            self.refuse(404, "Service not found")

    def do_POST(self) -> None:
        """Answer a request to the token endpoint."""
        length = int(self.headers.get("Content-Length", 0))
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        self._listen()
        if self._is_faulty():
            return
        if self.path_only != "/api/token":
            self.refuse(405, "Method not allowed")
            return
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {pair}":
            self.answer({"error": "invalid_client", "error_description": "Invalid client"}, 400)
        elif form.get("grant_type") == "client_credentials":
            self.give_token()
        elif form.get("refresh_token") == REFRESH_TOKEN or form.get("code") == "made-up-code":
            self.give_token(**({"refresh_token": REFRESH_TOKEN} if "code" in form else {}))
        else:
            self.answer({"error": "invalid_grant", "error_description": "Revoked"}, 400)

    def give_token(self, **more: Any) -> None:
        """Issue a new token."""
        self.spotify.tokens_given += 1
        token = f"made-up-token-{self.spotify.tokens_given}"
        self.spotify.tokens.add(token)
        lasts = self.spotify.expires_in
        self.answer({"access_token": token, "token_type": "Bearer", "expires_in": lasts, **more})

    def _listen(self) -> None:
        self.change = None
        parts = urlsplit(self.path)
        self.path_only = parts.path
        self.query = dict(parse_qsl(parts.query))
        self.token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.spotify.asked.append(Asked(self.path_only, self.query))

    def _is_faulty(self) -> bool:
        return any(fault(self) for fault in list(self.spotify.faults))

    def _playlist(self, parts: list[str]) -> None:
        playlist = self.spotify.playlists.get(parts[0])
        extended = self.spotify.extended
        if playlist is None or not (extended or playlist.is_own or not parts[0].startswith("37i9")):
            self.refuse(404, "Resource not found")
            return
        container, key = ("tracks", "track") if extended else ("items", "item")
        if parts[1:] not in ([], [container]):
            self.refuse(403 if parts[1:] in (["tracks"], ["items"]) else 404, "Forbidden")
            return
        most = 100 if extended else 50
        offset, limit = int(self.query.get("offset", 0)), int(self.query.get("limit", most))
        if not 1 <= limit <= most:
            self.refuse(400, "Invalid limit")
            return
        rows = [dict(row) for row in playlist.rows[offset : offset + limit]]
        for row in rows:
            row[key] = self._visible("tracks", row.pop("track"))
        link = f"{self.spotify.api_url}playlists/{parts[0]}"
        following = f"{link}/{container}?offset={offset + limit}&limit={limit}"
        page = {
            "href": f"{link}/{container}?offset={offset}&limit={limit}",
            "items": rows,
            "limit": limit,
            "next": following if offset + limit < len(playlist.rows) else None,
            "offset": offset,
            "total": len(playlist.rows),
        }
        if parts[1:]:
            self.answer(page)
            return
        whole = {
            "id": parts[0],
            "name": "Made up",
            "href": link,
            "snapshot_id": playlist.snapshot_id,
        }
        if extended or playlist.is_own:
            whole[container] = page
        fields = self.query.get("fields")
        self.answer({key: whole[key] for key in fields.split(",")} if fields else whole)

    def _objects(self, kind: str, parts: list[str]) -> None:
        known = self.spotify.objects[kind]
        ids = self.query.get("ids", "").split(",")
        if parts and parts[0] in known:
            self.answer(self._visible(kind, known[parts[0]]))
        elif parts:
            self.refuse(404, "Resource not found")
        elif not self.spotify.extended:
            self.refuse(403, "Forbidden")
        elif len(ids) > MOST_IDS[kind]:
            self.refuse(400, "Too many ids requested")
        else:
            self.answer({kind: [self._visible(kind, known.get(one)) for one in ids]})

    def _visible(self, kind: str, what: Any) -> Any:
        """Return the object as this app may see it."""
        if what is None or self.spotify.extended:
            return what
        hidden = {NOT_IN_DEVELOPMENT[kind], "popularity", "followers"}
        return {key: value for key, value in what.items() if key not in hidden}

    def refuse(self, status: int, message: str, **headers: str) -> None:
        """Send an error as the API words it."""
        self.answer({"error": {"status": status, "message": message}}, status, **headers)

    def answer(self, document: Any, status: int = 200, **headers: str) -> None:
        """Send JSON, changed by a fault where one says so."""
        if self.change is not None:
            document = self.change(document)
        body = json.dumps(document, ensure_ascii=False).encode()
        self.send(body, status, {"Content-Type": "application/json; charset=utf-8", **headers})

    def send(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        """Send any answer; header names may have _ for -."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(spotify: FakeSpotify) -> Iterator[FakeSpotify]:
    """Run the server on a free port of this machine."""
    handler = type("BoundHandler", (Handler,), {"spotify": spotify})
    with http_server.serving(handler) as spotify.url:
        try:
            yield spotify
        finally:
            spotify.closing.set()
