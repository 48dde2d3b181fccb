"""Every setting and threshold, read from the environment once and validated as a whole.

Dagster's own settings (`dagster.yaml`) and AWS's variables, which boto3 reads, don't belong here.
"""

from __future__ import annotations

import base64
import difflib
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pydantic
from pydantic import SecretStr

from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.errors import SettingsError
from spotify_assets.weeks import Clock, parse_week, system_clock

PREFIX = "SPOTIFY_ASSETS_"
SPOTIPY_PREFIX = "SPOTIPY_"  # an app's credentials have the names that spotipy gives them
FIRST_DOWNLOADABLE_WEEK = date(2016, 12, 23)  # the oldest weekly file on charts.spotify.com
API_URL = "https://api.spotify.com/v1/"
PLACEHOLDER = re.compile(
    "change.?me|your.?(mail|name|address|site|domain)|placeholder", re.IGNORECASE
)

RESERVED = ("example", "test", "invalid", "localhost", "local", "localdomain")  # RFC 2606 and kin
S3_ADDRESS = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#/]+)*/?"  # Athena can't read below //
KMS_KEY = (
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[A-Za-z0-9_/-]+|alias/[A-Za-z0-9_/-]+"
    r"|(mrk-)?[0-9a-f-]{32,36}"
)


@dataclass(frozen=True)
class SpotifyAccount:
    """The app that sends requests, and, with a refresh token, the user it sends them for."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    api_url: str = API_URL
    token_url: str = "https://accounts.spotify.com/api/token"  # noqa: S105 - an address
    longest_wait: float = 60.0  # seconds that a request may wait before it is given up

    @property
    def is_configured(self) -> bool:
        """Whether requests can be sent at all."""
        return bool(self.client_id and self.client_secret)

    @property
    def basic_credentials(self) -> str:
        """Id and secret as HTTP's basic authentication has them."""
        return base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()

    def without_secrets(self, text: str) -> str:
        """Return the text with stars for every secret of this account, which a server may echo."""
        for secret in (self.basic_credentials, self.client_secret, self.refresh_token):
            text = text.replace(secret, "***") if secret else text
        return text


@dataclass(frozen=True)
class OpenData:
    """How MusicBrainz and Wikidata are asked; without a contact they aren't."""

    contact: str = ""
    genres: Literal["wikidata", "musicbrainz", "none"] = "wikidata"
    dump: Path | None = None
    seconds: float = 600.0  # of a run
    musicbrainz_url: str = "https://musicbrainz.org/ws/2/"
    wikidata_url: str = "https://query.wikidata.org/sparql"
    clock: Clock = system_clock
    sleep: Callable[[float], None] = time.sleep


def _contact(text: str) -> str:
    if not text:
        return text
    is_mail = re.fullmatch(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,}", text, re.ASCII | re.IGNORECASE)
    if not is_mail:
        _web_address(text)
    if not text.isascii() or not text.isprintable() or re.search(r"[\s()]", text):
        raise ValueError("it consists of ASCII characters without spaces and brackets")
    name, _, host = text.rpartition("@") if is_mail else ("", "", urlsplit(text).hostname or "")
    labels = host.lower().split(".")
    if (
        PLACEHOLDER.search(text)
        or labels[-1] in RESERVED
        or labels[-2:-1] in ([], ["example"])
        or re.fullmatch(r"[\d.]+|localhost.*", host)
        or name.lower() in ("you", "me", "user", "name")
    ):
        raise ValueError("that is a placeholder: MusicBrainz must be able to reach you there")
    return text


def _dump(text: str) -> Path | None:
    if not text:
        return None
    path = _path(text).absolute()
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def _base(text: str) -> str:
    if re.fullmatch(S3_ADDRESS, text):
        return text.rstrip("/")
    if "://" in text:
        raise ValueError("only folders and s3://bucket/prefix, without //, are supported")
    if re.search(r"[?*\[\]]", text):
        raise ValueError("? * [ and ] are wildcards where tables are read")
    path = _path(text).absolute()
    if str(path).encode(errors="replace").decode() != str(path):  # which DuckDB can't open
        raise ValueError(
            "its letters aren't of this locale: set PYTHONUTF8=1, or use another folder"
        )
    try:
        nearest = next((p for p in (path, *path.parents) if p.exists()), None)
    except OSError as error:
        raise ValueError(f"it can't be reached: {error.strerror}") from None
    if nearest is None:
        raise ValueError(f"there is no drive {path.anchor}")
    if not nearest.is_dir():
        raise ValueError(f"{nearest} is a file")
    return path.as_posix()


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~somebody, who has no account here
        raise ValueError("there is no such home folder") from None


def _charts_file(text: str) -> Path:
    path = _path(text).absolute()
    try:
        read_charts(path)
    except SettingsError as error:
        raise ValueError(str(error)) from None
    return path


def _web_address(text: str) -> str:
    try:
        parts, _ = urlsplit(text), urlsplit(text).port
    except ValueError:  # whose text may contain a password
        raise ValueError("its host or port is not valid") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it begins with https:// and names a host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("it has no user name, no ? and no #")
    return text.rstrip("/")


def _time_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone") from None


def _cron(text: str) -> str:
    fields = text.split()
    if len(fields) != 5:  # what is in them, Dagster validates
        raise ValueError(f"it has five fields, not {len(fields)}")
    return " ".join(fields)


READERS: dict[str, Callable[[str], object]] = {
    "base": _base,
    "charts_file": _charts_file,
    "first_week": parse_week,
    "catalog": str.lower,
    "athena_output": lambda text: text and text.rstrip("/") + "/",
    "schedule_cron": _cron,
    "schedule_timezone": _time_zone,
    "ui_url": _web_address,
    "spotify_api_url": lambda text: _web_address(text) + "/",
    "spotify_token_url": _web_address,
    "contact": _contact,
    "open_data_dump": _dump,
    "musicbrainz_url": lambda text: _web_address(text) + "/",
    "wikidata_url": _web_address,
}
"""What validates and normalises the text of a setting, where its type and limits don't."""


def _setting(default: Any, description: str, pattern: str | None = None, **limits: Any) -> Any:
    whole = rf"^({pattern})\Z" if pattern else None
    return pydantic.Field(default=default, description=description, pattern=whole, **limits)


def _number(default: float, description: str, least: float = 0, most: float | None = None) -> Any:
    limits = f"{least:g} or more" if most is None else f"{least:g} to {most:g}"
    return _setting(default, f"the {description}, {limits}", ge=least, le=most)


_share = partial(_number, most=1)


class Settings(pydantic.BaseModel):
    """The settings, each read from the variable of its name with `SPOTIFY_ASSETS_` before it.

    Those that begin with `check_` are the checks' thresholds: what is unusual is a matter of degree;
    what can't be true at all, such as a rank of 0, has no threshold. Secrets don't show in print.
    """

    model_config = pydantic.ConfigDict(
        extra="forbid", frozen=True, regex_engine="python-re", validate_default=True
    )

    base: str = _setting("data", "a folder, or s3://bucket/prefix")
    charts_file: Path = _setting(
        shipped_charts_file(), "a TOML file that declares charts, like the shipped charts.toml"
    )
    charts: Charts = _setting(
        "",
        "empty for the charts of the charts file, or else those already collected, or the slugs or "
        "countries of the charts that you expect, like norway,se,global",
    )
    first_week: date = _setting(FIRST_DOWNLOADABLE_WEEK, "a Friday, like 2016-12-23")
    shared_songs_least: float = _share(
        0.5, "least share of a file's songs that one which replaces it has (0: no check)"
    )
    catalog: Literal["duckdb", "glue"] = _setting("duckdb", "duckdb or glue")
    glue_database: str = _setting(
        "spotify_charts",
        "a Glue database: small letters, digits and _, beginning with a letter",
        "[a-z][a-z0-9_]{0,254}",
    )
    athena_workgroup: str = _setting(
        "primary", "a work group: letters, digits and . _ -, at most 128", "[A-Za-z0-9._-]{1,128}"
    )
    athena_output: str = _setting(
        "",
        "s3://bucket/folder/ for Athena's results, or empty for the work group's own",
        f"|{S3_ADDRESS}",
    )
    s3_encryption: str = _setting(
        "",
        "empty for the bucket's default, AES256, or a KMS key's id, alias/name or arn:aws:kms:...",
        f"|AES256|{KMS_KEY}",
    )
    alert_topic: str = _setting(
        "",
        "empty, or the ARN of an SNS topic for alerts and the weekly digest, like "
        "arn:aws:sns:eu-north-1:123456789012:spotify-charts-alerts; a FIFO topic sends no mail",
        "|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
    )
    alert_urls: SecretStr = _setting(
        SecretStr(""),
        "apprise's addresses for alerts and the weekly digest, with blanks between them",
    )
    metrics_namespace: str = _setting(
        "",
        "empty, or a CloudWatch namespace for metrics, like SpotifyCharts: letters, digits and "
        ". _ / # -, at most 255; names that begin with AWS/ are AWS's own",
        "|(?!AWS/)[A-Za-z0-9_./#-]{1,255}",
    )
    schedule_cron: str = _setting(
        "0 12 * * *", "when to look for the latest week, as cron: 0 12 * * *"
    )
    schedule_timezone: str = _setting("UTC", "the schedule's time zone, like Europe/Oslo")
    ui_url: str = _setting(
        "http://localhost:3000", "the address of Dagster's UI, for links in the check report"
    )
    spotipy_client_id: str = _setting("", "a Spotify app's client id")
    spotipy_client_secret: SecretStr = _setting(SecretStr(""), "a Spotify app's client secret")
    refresh_token: SecretStr = _setting(SecretStr(""), "the token that spotify-assets login prints")
    spotify_api_url: str = _setting(API_URL, "the address of Spotify's Web API, or of a proxy")
    spotify_token_url: str = _setting(
        SpotifyAccount.token_url, "the address that issues Spotify's tokens, or of a proxy"
    )
    spotify_longest_wait: float = _number(
        60, "seconds that a request to Spotify may wait before it is given up", most=3600
    )
    contact: str = _setting(
        "",
        "empty, or a mail address or web page of yours, which MusicBrainz and Wikidata are told: with "
        "it they are asked for genres, albums, lengths and release dates",
    )
    open_data_genres: Literal["wikidata", "musicbrainz", "none"] = _setting(
        OpenData.genres,
        "wikidata, none, or musicbrainz, whose genres are for non-commercial use only (CC BY-NC-SA 3.0)",
    )
    open_data_dump: Path | None = _setting(
        None, "empty, or MusicBrainz' canonical dump: musicbrainz-canonical-dump-....tar.zst"
    )
    open_data_seconds: float = _number(
        OpenData.seconds, "seconds that a run may ask MusicBrainz and Wikidata", 10, 86400
    )
    musicbrainz_url: str = _setting(
        OpenData.musicbrainz_url, "the address of MusicBrainz' API, or of a mirror"
    )
    wikidata_url: str = _setting(
        OpenData.wikidata_url, "the address of Wikidata's query service, or of a mirror"
    )
    check_row_count_change: float = _number(0.2, "share by which rows may differ from usual")
    check_songs_kept_least: float = _share(0.25, "least share of songs kept from the week before")
    check_ranks_unchanged_most: float = _share(0.75, "largest share of songs that keep their rank")
    check_previous_rank_agreement: float = _share(0.95, "least share of ranks as Spotify reports")
    check_streams_change: float = _number(3, "factor by which streams may differ from usual", 1)
    check_genre_coverage: float = _share(
        0.5, "least genre coverage, as a share of that of the week before (0: no check)"
    )
    check_shortest_song_seconds: float = _number(30, "length of the shortest usual song in seconds")
    check_longest_song_minutes: float = _number(20, "length of the longest usual song in minutes")
    check_latest_week_days: float = _number(3, "time in days to collect the week that closed last")

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _read(cls, value: object, info: pydantic.ValidationInfo) -> object:
        reader = READERS.get(info.field_name or "")
        return reader(str(value)) if reader and value is not None else value

    @pydantic.field_validator("charts", mode="before")
    @classmethod
    def _known_charts(cls, value: object, info: pydantic.ValidationInfo) -> Charts:
        try:
            if "charts_file" in info.data:
                return read_charts(info.data["charts_file"], str(value))
            return read_charts(shipped_charts_file())  # the charts file's own error is enough
        except SettingsError as error:
            raise ValueError(str(error)) from None

    @property
    def is_s3(self) -> bool:
        """Whether the base is on S3."""
        return self.base.startswith("s3://")

    @property
    def folder(self) -> Path:
        """The base as a folder on this machine; with S3, the folder for local state."""
        return Path("data").absolute() if self.is_s3 else Path(self.base)

    @property
    def database(self) -> Path:
        """The DuckDB catalog's file."""
        return self.folder / "spotify_charts.duckdb"

    @property
    def thresholds(self) -> dict[str, float]:
        """The checks' thresholds by name: `check_row_count_change` and so on."""
        return {name: getattr(self, name) for name in DEFAULT_THRESHOLDS}

    @cached_property
    def spotify(self) -> SpotifyAccount:
        """The app that fetches from Spotify."""
        return SpotifyAccount(
            client_id=self.spotipy_client_id,
            client_secret=self.spotipy_client_secret.get_secret_value(),
            refresh_token=self.refresh_token.get_secret_value(),
            api_url=self.spotify_api_url,
            token_url=self.spotify_token_url,
            longest_wait=self.spotify_longest_wait,
        )

    @property
    def open_data(self) -> OpenData:
        """How open data is asked for."""
        return OpenData(
            contact=self.contact,
            genres=self.open_data_genres,
            dump=self.open_data_dump,
            seconds=self.open_data_seconds,
            musicbrainz_url=self.musicbrainz_url,
            wikidata_url=self.wikidata_url,
        )

    @property
    def alert_addresses(self) -> list[str]:
        """Each address of `alert_urls`; whether apprise can send to it, nobody knows yet."""
        text = self.alert_urls.get_secret_value().strip(", \t\r\n")
        return re.split(r"[\s,]+(?=\w+://)", text) if text else []  # with commas of their own

    @property
    def secrets(self) -> list[str]:
        """The secrets that are set: they must never be shown."""
        values = [getattr(self, name) for name in type(self).model_fields if is_secret(name)]
        texts = [text for value in values if (text := value.get_secret_value())]
        return [*texts, *self.alert_addresses]


DEFAULT_THRESHOLDS: dict[str, float] = {
    name: info.default for name, info in Settings.model_fields.items() if name.startswith("check_")
}


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of an environment; a SettingsError has a line for each that is wrong."""
    known = {variable_of(name): name for name in Settings.model_fields}
    problems = [
        _unknown(name, list(known))
        for name in environment
        if name.startswith(PREFIX) and name not in known
    ]
    values = {
        name: text
        for variable, name in known.items()
        if (text := environment.get(variable, "").strip())
    }
    try:
        settings = Settings.model_validate(values)
    except pydantic.ValidationError as error:
        problems += [_problem(str(e["loc"][0]), e["msg"], values) for e in error.errors()]
    problems += _half_credentials(values)
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def variable_of(name: str) -> str:
    """Return the environment variable of a field of `Settings`."""
    return name.upper() if name.upper().startswith(SPOTIPY_PREFIX) else PREFIX + name.upper()


def is_secret(name: str) -> bool:
    """Whether a field of `Settings` is a secret."""
    return Settings.model_fields[name].annotation is SecretStr


def require_possible(settings: Settings) -> None:
    """Raise a SettingsError, before anything is touched, if the catalog can't read from the base."""
    if (settings.catalog == "glue") != settings.is_s3:
        folder_remedy = f"BASE=s3://bucket/prefix, or {PREFIX}CATALOG=duckdb"
        remedy = "CATALOG=glue" if settings.is_s3 else folder_remedy
        raise SettingsError(
            f"{PREFIX}CATALOG is {settings.catalog!r}, which can't read tables from {PREFIX}BASE, "
            f"{settings.base!r}: set {PREFIX}{remedy}"
        )


def dagster_home(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where Dagster keeps runs and events; `DAGSTER_HOME` must be absolute if it is set."""
    home = environment.get("DAGSTER_HOME", "").strip()
    if not home:
        return settings.folder / ".dagster"
    with suppress(ValueError):
        if (path := _path(home)).is_absolute():
            return path
    raise SettingsError(f"DAGSTER_HOME holds {home!r}: set DAGSTER_HOME to an absolute path")


def _unknown(variable: str, known: list[str]) -> str:
    if variable == f"{PREFIX}TABLE_FORMAT":
        return (
            f"{variable} is no longer a setting: CSV tables are gone. Unset it; for CSV, use "
            "spotify-assets query --csv"
        )
    endings = [name.removeprefix(PREFIX) for name in known]
    close = difflib.get_close_matches(variable.removeprefix(PREFIX), endings, n=1)
    hint = f"did you mean {PREFIX}{close[0]}?" if close else f"the settings are {', '.join(known)}"
    return f"{variable} is not a setting; {hint}"


def _half_credentials(values: Mapping[str, str]) -> list[str]:
    pair = ("spotipy_client_id", "spotipy_client_secret")
    unset = " and ".join(variable_of(name) for name in pair if name not in values)
    present = " and ".join(variable_of(n) for n in (*pair, "refresh_token") if n in values)
    if not unset or not present:
        return []
    remedy = "set both, as Spotify's developer dashboard shows them for your app, or neither"
    return [f"{present}: set, but {unset} not; {remedy}"]


def _problem(name: str, message: str, values: Mapping[str, str]) -> str:
    declared = Settings.model_fields[name]
    value = values.get(name, "")
    if name != "contact":  # where @ is a mail's
        value = re.sub(r"\A(\w+://)?.*@", r"\1***@", value)  # a password in an address
        value = re.sub(r"\A(\w+://[^?#]*[?#]).+", r"\1***", value)  # or a key behind it
    holds = f"holds {value!r}" if value else f"is not set, and its default is {declared.default!r}"
    why = message.removeprefix("Value error, ")
    adds_nothing = why.startswith(("String should match", "Input should be '"))
    details = "" if adds_nothing else f" ({why})"
    return f"{variable_of(name)} {holds}; it must be {declared.description}{details}"
