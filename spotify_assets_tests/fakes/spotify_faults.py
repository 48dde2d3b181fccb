"""What can go wrong with Spotify, scripted: each fault answers in the fake server's place."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import Any

from spotify_assets_tests.fakes.spotify_server import Fault, Handler

FOREVER = 10**6
Act = Callable[[Handler], bool]


def at(part: str, act: Act, *, times: int = 1, skip: int = 0) -> Fault:
    """The act, at requests whose address has this part: `times` of them, after the first `skip`."""
    seen = 0

    def fault(handler: Handler) -> bool:
        nonlocal seen
        if part not in handler.path:
            return False
        seen += 1
        return act(handler) if skip < seen <= skip + times else False

    return fault


def error(status: int, message: str = "Made up", reason: str = "", **headers: str) -> Act:
    """An error as the Web API words it."""
    said = {"status": status, "message": message} | ({"reason": reason} if reason else {})
    return answer({"error": said}, status, **headers)


def answer(document: Any, status: int = 200, **headers: str) -> Act:
    """Any JSON."""
    return text(json.dumps(document), status, Content_Type="application/json", **headers)


def text(content: str | bytes, status: int = 200, **headers: str) -> Act:
    """Any text."""

    def act(handler: Handler) -> bool:
        handler.send(content.encode() if isinstance(content, str) else content, status, headers)
        return True

    return act


def changed(change: Callable[[Any], Any]) -> Act:
    """The true answer, changed."""

    def act(handler: Handler) -> bool:
        handler.change = change
        return False

    return act


def with_rows(**more: Any) -> Act:
    """The true playlist, these fields of its page of rows set; None removes one."""

    def change(document: Any) -> Any:
        page = document.get("tracks", document)
        page.update(more)
        for name in [name for name, value in more.items() if value is None]:
            del page[name]
        return document

    return changed(change)


def expired(handler: Handler) -> bool:
    """Every token issued so far is no longer valid."""
    handler.spotify.tokens.clear()
    return False


def reset(handler: Handler) -> bool:
    """The connection is reset before any answer."""
    at_once = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    handler.connection.close()
    handler.close_connection = True
    return True


def cut_short(handler: Handler) -> bool:
    """The connection is closed properly, but within the body."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"id": "37i9')
    handler.close_connection = True
    return True


def silent(handler: Handler) -> bool:
    """Nothing comes, and the connection stays open."""
    handler.spotify.closing.wait(30)
    handler.close_connection = True
    return True


def endless(bytes_at_once: int, pause: float) -> Act:
    """A body that doesn't end."""

    def act(handler: Handler) -> bool:
        handler.close_connection = True
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not handler.spotify.closing.wait(pause):
                handler.wfile.write(b" " * bytes_at_once)
                handler.wfile.flush()
        except OSError:  # the client has hung up
            pass
        return True

    return act


drips_body, floods = endless(1, 0.02), endless(2**20, 0)
