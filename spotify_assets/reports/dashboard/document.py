"""The HTML document: the page's files and its data, in one, closed to everything outside.

Titles are foreign text. They come in a JSON block in which no `<` stands, and the page sets them as
text only. The Content-Security-Policy lets nothing load, connect or be evaluated, and of scripts and
styles only the page's own run, told by their digests.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

SCRIPTS = (
    *("basics.js", "texts.js", "state.js", "gaps.js", "bar.js", "headlines.js", "find.js"),
    *("table.js", "lines.js", "road.js", "artist.js", "leaders.js", "genres.js", "trends.js"),
    "start.js",
)
ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def document(records: dict[str, Any]) -> bytes:
    """The whole page over these records; the same for the same records."""
    return shell().replace("/*DATA*/", inline_json(records)).encode()


def inline_json(value: Any) -> str:
    """JSON that can stand in a script block, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in ESCAPED.items():
        text = text.replace(character, escape)
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair isn't text


@cache
def shell() -> str:
    """The page without its data."""
    folder = files(__package__) / "page"
    style = base_style() + (folder / "page.css").read_text(encoding="utf-8")
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    page = (folder / "page.html").read_text(encoding="utf-8")
    for mark, text in (("/*STYLE*/", style), ("/*SCRIPT*/", script)):
        page = page.replace(mark, text)
    return page.replace("STYLE-DIGEST", csp_digest(style)).replace(
        "SCRIPT-DIGEST", csp_digest(script)
    )


@cache
def base_style() -> str:
    """What all our pages look alike by: colours, type, header and cards."""
    return (files(__package__) / "page" / "base.css").read_text(encoding="utf-8")


def csp_digest(text: str) -> str:
    """How a Content-Security-Policy names a script or a style sheet that may stand in the page."""
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()
