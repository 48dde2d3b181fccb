"""Everything that can be set, read from the environment once and validated as a whole.

Nothing else in the package reads the environment. What a single setting may hold is in
`setting_values`; Dagster's own settings are in `dagster.yaml`. Secrets don't show when settings are
printed.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from spotify_assets import setting_values
from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.errors import SettingsError
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.spotify import API_URL, TOKEN_URL, SpotifyAccount

PREFIX = "SPOTIFY_ASSETS_"
SPOTIPY_PREFIX = "SPOTIPY_"  # an app's credentials are called as spotipy calls them
FIRST_DOWNLOADABLE_WEEK = date(2016, 12, 23)  # the oldest weekly file charts.spotify.com offers

TableFormat = Literal["parquet", "csv"]
CatalogKind = Literal["duckdb", "glue"]


class Settings(Thresholds):
    """The settings, each from the variable of its name behind `SPOTIFY_ASSETS_`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Annotated[str, BeforeValidator(setting_values.base)] = Field(
        default="data",
        validate_default=True,
        description="a folder, or s3://bucket/prefix",
    )
    charts_file: Annotated[Path, AfterValidator(setting_values.charts_file)] = Field(
        default_factory=shipped_charts_file,
        description="a TOML file that declares charts, like the shipped charts.toml",
    )
    first_week: Annotated[date, BeforeValidator(setting_values.week)] = Field(
        default=FIRST_DOWNLOADABLE_WEEK,
        description="a Friday, like 2016-12-23",
    )
    table_format: Annotated[TableFormat, BeforeValidator(setting_values.word)] = Field(
        default="parquet", description="parquet or csv"
    )
    catalog: Annotated[CatalogKind, BeforeValidator(setting_values.word)] = Field(
        default="duckdb", description="duckdb or glue"
    )
    glue_database: Annotated[str, BeforeValidator(setting_values.glue_database)] = Field(
        default="spotify_charts", description="the Glue database to publish to, with catalog glue"
    )
    athena_workgroup: Annotated[str, BeforeValidator(setting_values.athena_workgroup)] = Field(
        default="primary", description="the Athena work group that asks it"
    )
    athena_output: Annotated[str, BeforeValidator(setting_values.athena_output)] = Field(
        default="",
        description="nothing for as the work group has it, or s3://bucket/folder/ for its answers",
    )
    s3_encryption: Annotated[str, BeforeValidator(setting_values.s3_encryption)] = Field(
        default="",
        description="nothing for as the bucket does, AES256, or the id or ARN of a KMS key",
    )
    alert_topic: Annotated[str, BeforeValidator(setting_values.topic)] = Field(
        default="",
        description="nothing, or the ARN of an SNS topic that is told of failed runs and checks",
    )
    metrics_namespace: Annotated[str, BeforeValidator(setting_values.namespace)] = Field(
        default="",
        description="nothing, or the CloudWatch namespace of the metrics, like SpotifyCharts",
    )
    schedule_cron: Annotated[str, BeforeValidator(setting_values.cron)] = Field(
        default="0 12 * * *",
        description="when to look for the latest week, as cron has it: 0 12 * * *",
    )
    schedule_timezone: Annotated[str, BeforeValidator(setting_values.time_zone)] = Field(
        default="UTC", description="the schedule's time zone, like Europe/Oslo"
    )
    ui_url: Annotated[str, BeforeValidator(setting_values.ui_address)] = Field(
        default="http://localhost:3000",
        description="the address of Dagster's UI, which the check report links to",
    )
    spotipy_client_id: str = Field(default="", description="a Spotify app's client id")
    spotipy_client_secret: SecretStr = Field(
        default=SecretStr(""), description="a Spotify app's client secret"
    )
    refresh_token: SecretStr = Field(
        default=SecretStr(""), description="what spotify-assets login prints"
    )
    spotify_api_url: Annotated[str, BeforeValidator(setting_values.folder_address)] = Field(
        default=API_URL, description="the address of Spotify's Web API, or of a proxy before it"
    )
    spotify_token_url: Annotated[str, BeforeValidator(setting_values.web_address)] = Field(
        default=TOKEN_URL, description="the address that gives Spotify's tokens, or of a proxy"
    )
    spotify_longest_wait: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="how many seconds Spotify may ask to wait before it is given up, 0 to 3600",
    )

    @property
    def is_s3(self) -> bool:
        """Whether the base lies on S3."""
        return self.base.startswith("s3://")

    @property
    def folder(self) -> Path:
        """The base as a folder on this machine; with S3, where its local state is kept."""
        return Path("data").absolute() if self.is_s3 else Path(self.base)

    @property
    def database(self) -> Path:
        """The DuckDB catalog's file."""
        return self.folder / "spotify_charts.duckdb"

    @cached_property
    def spotify(self) -> SpotifyAccount:
        """The app that asks Spotify."""
        return SpotifyAccount(
            client_id=self.spotipy_client_id,
            client_secret=self.spotipy_client_secret.get_secret_value(),
            refresh_token=self.refresh_token.get_secret_value(),
            api_url=self.spotify_api_url,
            token_url=self.spotify_token_url,
            longest_wait=self.spotify_longest_wait,
        )

    @property
    def secrets(self) -> list[str]:
        """The secrets that are set: what nobody is to be told."""
        values = [getattr(self, field) for field in type(self).model_fields if is_secret(field)]
        return [text for value in values if (text := value.get_secret_value())]

    @cached_property
    def charts(self) -> Charts:
        """The declared charts."""
        return read_charts(self.charts_file)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment, by default the process's own.

    Raises:
        SettingsError: any of them is unknown or can't be used; names all that are wrong.
    """
    variables = os.environ if environment is None else environment
    fields = sorted(Settings.model_fields, key=lambda name: name in Thresholds.model_fields)
    known = {variable_of(name): name for name in fields}
    problems = [
        _unknown(name, list(known))
        for name in variables
        if name.startswith(PREFIX) and name not in known
    ]
    values = {
        field: variables[variable].strip()
        for variable, field in known.items()
        if variables.get(variable, "").strip()
    }
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_problem(str(e["loc"][0]), e["msg"], values) for e in error.errors()]
    problems += _half_credentials(values)
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def variable_of(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    name = field.upper()
    return name if name.startswith(SPOTIPY_PREFIX) else PREFIX + name


def is_secret(field: str) -> bool:
    """Whether a field of `Settings` holds a secret."""
    return Settings.model_fields[field].annotation is SecretStr


def require_possible(settings: Settings) -> None:
    """Stop before anything is touched where the settings don't go together.

    Raises:
        SettingsError: they do; names the variable.
    """
    if settings.catalog == "duckdb" and settings.is_s3:
        raise SettingsError(
            f"{PREFIX}BASE holds {settings.base!r}, and {PREFIX}CATALOG 'duckdb', which reads tables "
            f"from folders only: set {PREFIX}CATALOG=glue"
        )
    if settings.catalog == "glue" and not settings.is_s3:
        raise SettingsError(
            f"{PREFIX}CATALOG holds 'glue', which reads tables from S3 only, and {PREFIX}BASE "
            f"{settings.base!r}: set {PREFIX}BASE=s3://bucket/prefix, or {PREFIX}CATALOG=duckdb"
        )
    if settings.catalog == "glue" and settings.table_format != "parquet":
        raise SettingsError(
            f"{PREFIX}TABLE_FORMAT holds {settings.table_format!r}, of which Glue would have Athena "
            f"read every column as text: set {PREFIX}TABLE_FORMAT=parquet"
        )


def dagster_home(settings: Settings, environment: Mapping[str, str] | None = None) -> Path:
    """Where Dagster keeps runs and events: `DAGSTER_HOME`, by default beside the data.

    Raises:
        SettingsError: `DAGSTER_HOME` is not an absolute path, which Dagster wants.
    """
    variables = os.environ if environment is None else environment
    given = variables.get("DAGSTER_HOME", "").strip()
    if not given:
        return settings.folder / ".dagster"
    wrong = f"DAGSTER_HOME holds {given!r}; it may hold an absolute path"
    try:
        path = Path(given).expanduser()
    except RuntimeError:
        raise SettingsError(f"{wrong} (there is no such home folder)") from None
    if not path.is_absolute():
        raise SettingsError(f"{wrong}, like {path.absolute()}")
    return path


def _unknown(name: str, known: list[str]) -> str:
    endings = [variable.removeprefix(PREFIX) for variable in known]
    close = difflib.get_close_matches(name.removeprefix(PREFIX), endings, n=1)
    hint = f"did you mean {PREFIX}{close[0]}?" if close else f"known are {', '.join(known)}"
    return f"{name} is not a setting; {hint}"


def _half_credentials(values: Mapping[str, str]) -> list[str]:
    """What is wrong where only some of Spotify's credentials are set."""
    pair = ("spotipy_client_id", "spotipy_client_secret")
    lacking = [variable_of(field) for field in pair if field not in values]
    present = [variable_of(field) for field in (*pair, "refresh_token") if field in values]
    if not lacking or not present:
        return []
    return [
        f"{' and '.join(present)}: set, but {' and '.join(lacking)} not; set both, as the app in "
        "Spotify's developer dashboard has them, or none"
    ]


def _problem(field: str, message: str, values: Mapping[str, str]) -> str:
    declared = Settings.model_fields[field]
    holds = f"holds {values[field]!r}" if field in values else f"is left at {declared.default!r}"
    why = message.removeprefix("Value error, ")
    return f"{variable_of(field)} {holds}; it may hold {declared.description} ({why})"
