"""What is stored where below the base, in a folder as on S3: the keys of all files.

Reading and writing them is in `storage`; matching dropped files to charts and weeks in `raw`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

INBOX = "raw/to_be_processed/"
ARCHIVE = "raw/processed/"
REJECTED = "raw/rejected/"
DETAILS = "raw/details/"
CORRECTIONS = f"{DETAILS}corrections.csv"
OPEN_DATA = f"{DETAILS}open_data/"
MUSICBRAINZ_GENRES = f"{DETAILS}musicbrainz_genres/"  # apart, because their licence differs
TABLE_FILES = "transformed_data/"
IDENTITIES = f"{TABLE_FILES}song_identities/song_identities.parquet"  # of all weeks
HELD_BACK = "held_back/"
REPORTS = "reports/"
DASHBOARD = f"{REPORTS}dashboard.html"
CHECKS_PAGE = f"{REPORTS}checks.html"
CHECKS_DATA = f"{REPORTS}checks.json"
FIRST_EDITION_SUMS = "raw/checksums/"  # where the first edition kept each week's sums
DEMO = "raw/demo.json"  # the mark of a base with the demo's made-up charts
FOLDERS = (
    *(INBOX, ARCHIVE, REJECTED, DETAILS, TABLE_FILES, HELD_BACK, REPORTS),
    *(FIRST_EDITION_SUMS, DEMO),
)
"""What `storage.run` lists at once."""
REASON = ".reason.txt"
CONDITIONS = f"{INBOX}.conditions"  # empty; on it, a store shows that it honours conditions

Kind = Literal["chart_csv", "legacy_csv", "playlist"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # of a week's several, the first rules a chart's ranks
SUFFIXES: dict[Kind, str] = {
    "chart_csv": "chart.csv",
    "legacy_csv": "legacy.csv",
    "playlist": "playlist.json",
}
ARCHIVED_NAME = re.compile(
    r"week=(?P<week>\d{4}-\d\d-\d\d)/(?P<chart>[a-z0-9][a-z0-9_-]*)\."
    r"(?P<suffix>chart\.csv|legacy\.csv|playlist(?:\.offset-(?P<offset>\d+))?\.json)$"
)


@dataclass(frozen=True, order=True)
class RawName:
    """What a raw file is; `offset` is 0 but for later pages of a playlist saved page by page."""

    week: date
    chart: str
    kind: Kind
    offset: int = 0

    @property
    def path(self) -> str:
        """The file's place below the archive: `week=2026-11-13/norway.playlist.json`."""
        paged = f"playlist.offset-{self.offset}.json"
        suffix = paged if self.offset else SUFFIXES[self.kind]
        return f"{week_folder(self.week)}{self.chart}.{suffix}"

    @property
    def archive_key(self) -> str:
        """Where it is kept."""
        return ARCHIVE + self.path

    def superseded_key(self, digest: str) -> str:
        """Where a version with this SHA-256 is kept once a newer file has taken its place."""
        folder, name = self.path.rsplit("/", 1)
        stem, ending = name.rsplit(".", 1)
        return f"{ARCHIVE}{folder}/superseded/{stem}.{digest[:12]}.{ending}"


def week_folder(week: date) -> str:
    """Return the folder of a week, named as Hive names partitions: `week=2026-11-13/`."""
    return f"week={week.isoformat()}/"


def raw_name_of(key: str) -> RawName | None:
    """Return what a key in the archive's form names, in any folder; None for any other."""
    match = ARCHIVED_NAME.search(key)
    week = _date(match["week"]) if match else None
    if match is None or week is None:
        return None
    kind: Kind = next((kind for kind in KINDS if SUFFIXES[kind] == match["suffix"]), "playlist")
    return RawName(week, match["chart"], kind, int(match["offset"] or 0))


def sums_key(week: date) -> str:
    """Return where a week's SHA-256 sums are stored: `raw/processed/week=2026-11-13/SHA256SUMS`."""
    return f"{ARCHIVE}{week_folder(week)}SHA256SUMS"


def original_key(digest: str, path: str) -> str:
    """Return where a file is kept that was split into chart files: by its SHA-256, with its ending."""
    ending = re.search(r"\.[A-Za-z0-9]{1,8}$", path)
    return f"{ARCHIVE}originals/{digest}{ending[0].lower() if ending else ''}"


def table_key(table: str, week: date) -> str:
    """Return where a table's week is stored: `transformed_data/songs/week=2026-11-13/songs.parquet`."""
    return f"{TABLE_FILES}{table}/{week_folder(week)}{table}.parquet"


def held_back_key(table: str, week: date) -> str:
    """Return where a week that failed is kept: `held_back/week=2026-11-13/songs.parquet`."""
    return f"{HELD_BACK}{week_folder(week)}{table}.parquet"


def week_of_table_key(key: str) -> date | None:
    """Return the week in a table file's key; None if it has none."""
    match = re.search(r"/week=(\d{4}-\d\d-\d\d)/", key)
    return _date(match[1]) if match else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
