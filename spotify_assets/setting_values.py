"""What a single setting may hold: each function gives the value as it is used, or says what is wrong.

All raise ValueError with a message that ends a sentence. Which settings there are is in `settings`.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spotify_assets.charts import read_charts
from spotify_assets.errors import SettingsError
from spotify_assets.weeks import parse_week

KMS_KEY = re.compile(
    r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/[\w/-]+|alias/[\w/-]+|(mrk-)?[0-9a-f-]{32,36})"
)
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}", re.ASCII)
NAMESPACE = re.compile(r"[A-Za-z0-9_./#-]{1,255}")


def base(value: object) -> str:
    """A folder's full path, or s3://bucket/prefix."""
    text = str(value).strip()
    if text.startswith("s3://"):
        if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?", text):
            raise ValueError("an S3 base is s3://bucket or s3://bucket/prefix")
        return text.rstrip("/")
    if "://" in text:
        raise ValueError("only folders and s3:// are known")
    if re.search(r"[?*\[\]]", text):
        raise ValueError("? * [ and ] stand for other names where tables are read")
    path = path_of(text)
    try:
        nearest = next(p for p in (path, *path.parents) if p.exists())
        is_folder = nearest.is_dir()
    except OSError as error:
        raise ValueError(f"it can't be reached: {error.strerror}") from None
    if not is_folder:
        raise ValueError("it is a file" if nearest == path else f"{nearest} is a file")
    return str(path)


def path_of(text: str) -> Path:
    """The full path, `~` read as the home folder."""
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # ~somebody, who isn't known here
        raise ValueError("there is no such home folder") from None


def week(value: object) -> date:
    """A chart week, by its Friday."""
    return value if isinstance(value, date) else parse_week(str(value).strip())


def word(value: object) -> str:
    """A word in lower case."""
    return str(value).strip().lower()


def s3_encryption(value: object) -> str:
    """How S3 encrypts: nothing, AES256 or a KMS key."""
    text = str(value).strip()
    if text not in ("", "AES256") and not KMS_KEY.fullmatch(text):
        raise ValueError("a KMS key is an id, alias/name, or an ARN that begins with arn:aws:kms:")
    return text


def topic(value: object) -> str:
    """The ARN of an SNS topic, or nothing."""
    text = str(value).strip()
    if text.endswith(".fifo"):
        raise ValueError("a FIFO topic sends no mail; a standard topic is needed")
    if text and not TOPIC.fullmatch(text):
        raise ValueError("it looks like arn:aws:sns:eu-north-1:123456789012:spotify-charts-alerts")
    return text


def namespace(value: object) -> str:
    """A CloudWatch namespace of one's own, or nothing."""
    text = str(value).strip()
    if text and not NAMESPACE.fullmatch(text):
        raise ValueError("it has letters, digits and . _ / # - only, 255 at most")
    if text.startswith("AWS/"):
        raise ValueError("those that begin with AWS/ are AWS's own")
    return text


def glue_database(value: object) -> str:
    """A Glue database that Athena can ask without quoting."""
    text = str(value).strip()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,254}", text):
        raise ValueError("small letters, digits and _, beginning with a letter")
    return text


def athena_workgroup(value: object) -> str:
    """An Athena work group."""
    text = str(value).strip()
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,128}", text):
        raise ValueError("letters, digits and . _ -, 128 at most")
    return text


def athena_output(value: object) -> str:
    """Where Athena puts its answers: nothing, or a folder on S3."""
    text = str(value).strip()
    if not text:
        return text
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?", text):
        raise ValueError("a folder on S3 is s3://bucket/folder/")
    return text.rstrip("/") + "/"


def charts_file(path: Path) -> Path:
    """The full path of a file that declares charts."""
    path = path_of(str(path))
    try:
        read_charts(path)
    except SettingsError as error:
        raise ValueError(str(error)) from None
    return path


def web_address(value: object) -> str:
    """An address of a service, http or https."""
    text = str(value).strip()
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it begins with https:// and names a host")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("it has no user name, no ? and no #")
    return text


def folder_address(value: object) -> str:
    """An address below which others lie; ends in a slash."""
    return web_address(value).rstrip("/") + "/"


def ui_address(value: object) -> str:
    """An address below which others lie; ends in no slash."""
    return web_address(value).rstrip("/")


def time_zone(value: object) -> str:
    """The name of a time zone that this machine knows."""
    name = str(value).strip()
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone") from None
    return name


def cron(value: object) -> str:
    """Five fields of a cron schedule; what is in them, Dagster looks at."""
    fields = str(value).split()
    if len(fields) != 5:
        raise ValueError(f"it has five fields, not {len(fields)}")
    return " ".join(fields)
