"""The HTML document: the page's files and its data in one file, closed to everything outside.

Titles are foreign text: they come in a JSON block that contains no `<`, and the page sets them as text
only. The Content-Security-Policy lets nothing load, connect or be evaluated; of scripts and styles it
allows the page's own, by their digests.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

from spotify_assets.charts import Charts
from spotify_assets.reports import csp_digest, source
from spotify_assets.reports.dashboard.queries import Answers
from spotify_assets.reports.dashboard.records import collected_weeks, records_of

MOST_BYTES = 5_900_000
SCRIPTS = (
    *("basics.js", "texts.js", "state.js", "gaps.js", "unknown.js", "bar.js", "headlines.js"),
    *("find.js", "table.js", "lines.js", "road.js", "artist.js", "leaders.js", "genres.js"),
    *("trends.js", "totals.js", "period.js", "panels.js", "compare.js", "start.js"),
)
ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def dashboard_page(
    answers: Answers, charts: Charts, built: datetime, most_bytes: int = MOST_BYTES
) -> bytes:
    """Return the page, with the rows of as many of the latest weeks as fit into these bytes.

    Trends, genres and totals always go back to the first week.
    """
    weeks = collected_weeks(answers)
    kept = max(1, len(weeks) - (weeks.index(answers.since) if answers.since else 0))
    while True:
        page = document(records_of(answers, charts, built, kept))
        if len(page) <= most_bytes or kept == 1:
            return page
        kept = max(1, min(kept - 1, int(kept * 0.97 * most_bytes / len(page))))


def document(records: dict[str, Any]) -> bytes:
    """Return the whole page over these records; the same for the same records."""
    return _shell().replace("/*DATA*/", inline_json(records)).encode()


def inline_json(value: Any) -> str:
    """Return JSON that can be part of a script block, whatever its texts contain."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        text.translate(ESCAPED).encode("utf-8", "replace").decode()
    )  # half a surrogate pair isn't text


@cache
def _shell() -> str:
    """The page without its data."""
    style = source("page/base.css") + source("dashboard/page/page.css")
    script = "\n".join(source(f"dashboard/page/{name}") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    page = source("dashboard/page/page.html")
    page = page.replace("/*STYLE*/", style).replace("/*SCRIPT*/", script)
    page = page.replace("STYLE-DIGEST", csp_digest(style))
    return page.replace("SCRIPT-DIGEST", csp_digest(script))
