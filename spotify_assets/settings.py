"""Everything that can be set, read from the environment once and validated as a whole.

Nothing else in the package reads the environment. What is not here: Dagster's own settings
(`dagster.yaml`), and credentials, which only the sources that need them ask for.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.errors import SettingsError
from spotify_assets.weeks import parse_week

PREFIX = "SPOTIFY_ASSETS_"
FIRST_DOWNLOADABLE_WEEK = date(2016, 12, 23)  # the oldest weekly file charts.spotify.com offers

KMS_KEY = re.compile(
    r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/[\w/-]+|alias/[\w/-]+|(mrk-)?[0-9a-f-]{32,36})"
)

TableFormat = Literal["parquet", "csv"]
CatalogKind = Literal["duckdb", "glue"]


def _base(value: object) -> str:
    text = str(value).strip()
    if text.startswith("s3://"):
        if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?", text):
            raise ValueError("an S3 base is s3://bucket or s3://bucket/prefix")
        return text.rstrip("/")
    if "://" in text:
        raise ValueError("only folders and s3:// are known")
    if re.search(r"[?*\[\]]", text):
        raise ValueError("? * [ and ] stand for other names where tables are read")
    path = _path(text)
    try:
        nearest = next(p for p in (path, *path.parents) if p.exists())
        is_folder = nearest.is_dir()
    except OSError as error:
        raise ValueError(f"it can't be reached: {error.strerror}") from None
    if not is_folder:
        raise ValueError("it is a file" if nearest == path else f"{nearest} is a file")
    return str(path)


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # ~somebody, who isn't known here
        raise ValueError("there is no such home folder") from None


def _week(value: object) -> date:
    return value if isinstance(value, date) else parse_week(str(value).strip())


def _s3_encryption(text: str) -> str:
    text = text.strip()
    if text not in ("", "AES256") and not KMS_KEY.fullmatch(text):
        raise ValueError("a KMS key is an id, alias/name, or an ARN that begins with arn:aws:kms:")
    return text


def _charts_file(path: Path) -> Path:
    path = _path(str(path))
    try:
        read_charts(path)
    except SettingsError as error:
        raise ValueError(str(error)) from None
    return path


class Settings(BaseModel):
    """The settings, each from the variable of its name behind `SPOTIFY_ASSETS_`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Annotated[str, BeforeValidator(_base)] = Field(
        default="data",
        validate_default=True,
        description="a folder, or s3://bucket/prefix",
    )
    charts_file: Annotated[Path, AfterValidator(_charts_file)] = Field(
        default_factory=shipped_charts_file,
        description="a TOML file that declares charts, like the shipped charts.toml",
    )
    first_week: Annotated[date, BeforeValidator(_week)] = Field(
        default=FIRST_DOWNLOADABLE_WEEK,
        description="a Friday, like 2016-12-23",
    )
    table_format: TableFormat = Field(default="parquet", description="parquet or csv")
    s3_encryption: Annotated[str, AfterValidator(_s3_encryption)] = Field(
        default="",
        description="nothing for as the bucket does, AES256, or the id or ARN of a KMS key",
    )
    catalog: CatalogKind = Field(default="duckdb", description="duckdb or glue")

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
    def charts(self) -> Charts:
        """The declared charts."""
        return read_charts(self.charts_file)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment, by default the process's own.

    Raises:
        SettingsError: any of them is unknown or can't be used; names all that are wrong.
    """
    variables = os.environ if environment is None else environment
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    problems = [
        _unknown(name, list(known))
        for name in variables
        if name.startswith(PREFIX) and name not in known
    ]
    values = {
        field: variables[variable]
        for variable, field in known.items()
        if variables.get(variable, "").strip()
    }
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_problem(str(e["loc"][0]), e["msg"], values) for e in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def require_possible(settings: Settings) -> None:
    """Stop before anything is touched where the settings ask for what this version can't do.

    Raises:
        SettingsError: they do; names the variable.
    """
    if settings.catalog != "duckdb":
        raise SettingsError(
            f"{PREFIX}CATALOG holds {settings.catalog!r}; this version publishes to duckdb only"
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


def _problem(field: str, message: str, values: Mapping[str, str]) -> str:
    declared = Settings.model_fields[field]
    holds = f"holds {values[field]!r}" if field in values else f"is left at {declared.default!r}"
    why = message.removeprefix("Value error, ")
    return f"{PREFIX}{field.upper()} {holds}; it may hold {declared.description} ({why})"
