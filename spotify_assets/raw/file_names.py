"""What the path of a raw file says: country, week, day of saving, and whether to leave it alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName, raw_name_of
from spotify_assets.weeks import FRIDAY, ONE_WEEK, latest_closed_week, parse_week, week_of_thursday

DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])")
EPOCH_SECONDS = re.compile(r"(?<!\d)(1[4-9]\d{8})(?:\.\d+|\d{3}|\d{6}|\d{9})?(?!\d)")
COUNTRIES = (  # in "Copy of regional-no-…" the country is "no"
    re.compile(r"(?<![a-z])regional[-_ ](global|[a-z]{2})(?![a-z])"),
    re.compile(r"(?<![a-z])(global|[a-z]{2})[-_ ]regional(?![a-z])"),
)
CSV_NAME = "regional-<country>-weekly-<Thursday>.csv, like regional-no-weekly-2026-11-19.csv"
SUPERSEDED = re.compile(r"(?:^|/)week=[^/]+/superseded/")
UNFINISHED = (".crdownload", ".part", ".partial", ".tmp", ".download")
WINDOWS_FILES = ("thumbs.db", "desktop.ini")


def is_left_alone(path: str) -> bool:
    """Whether nobody dropped the file: hidden, an unfinished download, of Windows, a folder on S3."""
    *folders, name = path.lower().split("/")
    in_download = any(folder.endswith(".download") for folder in folders)  # as Safari's are
    is_foreign = not name or name.startswith(".") or name.endswith(UNFINISHED)
    return is_foreign or name in WINDOWS_FILES or in_download


def is_superseded(path: str) -> bool:
    """Whether the archive keeps the file as an older version: `week=…/superseded/…`."""
    return SUPERSEDED.search(path) is not None


def week_in_name(path: str) -> date | None:
    """Return the week that the path alone states: in names of CSV files and in our own names."""
    if own := raw_name_of(path):
        return own.week if own.week.weekday() == FRIDAY else None
    try:
        return csv_week(path) if country_in_name(path) else None
    except UnreadableRawFile:
        return None


def csv_week(path: str) -> date:
    """Return the week of a CSV file; raise UnreadableRawFile if its name states none."""
    if own := raw_name_of(path):
        return own_week(own)
    name = file_name(path)
    days = _dates_in(name)
    why = "it doesn't say which week it is"
    if len(days) == 1:
        try:
            return week_of_thursday(days[0])
        except ValueError as error:
            why = str(error)
    elif len(days) == 2:
        first, last = days
        if first.weekday() == FRIDAY and last - first in (ONE_WEEK, timedelta(days=6)):
            return first
        why = f"{first} to {last} isn't a chart week from Friday to Friday"
    raise UnreadableRawFile(f"Its name doesn't fit: {why}. Name it {CSV_NAME}.")


def week_of_saving(path: str) -> date:
    """Return the week that a playlist showed on the date, or at the second, in its name."""
    name = file_name(path)
    if days := _dates_in(name):
        return latest_closed_week(datetime.combine(days[0], time(), UTC))
    if epoch := EPOCH_SECONDS.search(name):
        return latest_closed_week(datetime.fromtimestamp(int(epoch[1]), tz=UTC))
    raise UnreadableRawFile(
        "Neither its rows (`added_at`) nor its name say when the playlist was saved. Put the date "
        "on which you saved it into its name, like spotify_raw_2026-11-20.json."
    )


def own_week(own: RawName) -> date:
    """Return the week of a path that follows the archive's naming."""
    try:
        return parse_week(own.week.isoformat())
    except ValueError as error:
        message = f"Its folder names the week {own.week}, but {error}. Rename the folder."
        raise UnreadableRawFile(message) from None


def country_in_name(path: str) -> str | None:
    """Return the country in a CSV file's name, as charts.spotify.com abbreviates it."""
    name = file_name(path).lower()
    matches = (pattern.search(name) for pattern in COUNTRIES)
    return next((match[1] for match in matches if match), None)


def file_name(path: str) -> str:
    """Return the path without its folders."""
    return path.rsplit("/", 1)[-1]


def _dates_in(name: str) -> list[date]:
    days = []
    for year, month, day in DATE.findall(name):
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            message = f"Its name has {year}-{month}-{day}, which is no date. Correct the name."
            raise UnreadableRawFile(message) from None
    return days
