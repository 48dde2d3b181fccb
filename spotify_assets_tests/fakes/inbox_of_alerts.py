"""A server that receives what apprise posts to a `json://` address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from spotify_assets_tests.fakes.http_server import serving


@dataclass
class Received:
    """Its address for apprise, what has arrived in order, and the status that it answers with."""

    address: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    @property
    def titles(self) -> list[str]:
        """What the messages are called."""
        return [message["title"] for message in self.messages]


@contextmanager
def receiving(parameters: str = "") -> Iterator[Received]:
    """Serve; the address ends with these parameters of apprise, as `?format=html`."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if received.status == 200:
                received.messages.append(body)
            self.send_response(received.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with serving(Handler) as address:
        place = address.removeprefix("http://")
        received.address = f"json://ida:pass-word@{place}/hush{parameters}"
        yield received
