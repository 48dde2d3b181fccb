"""Settings: what they must be, and the one error that names all that are wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from spotify_assets.charts import shipped_charts_file
from spotify_assets.errors import SettingsError
from spotify_assets.settings import (
    DEFAULT_THRESHOLDS,
    Settings,
    dagster_home,
    load_settings,
    require_possible,
    variable_of,
)

KEY = "0f7d28c6-7a0c-4ad1-8a3c-5d0b5f2c7a11"
KEY_ARN = f"arn:aws:kms:eu-north-1:123456789012:key/mrk-{KEY}"
ENCRYPTIONS = ("", "AES256", "alias/charts", KEY, KEY_ARN)


def test_without_any_setting_all_have_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"PATH": "/usr/bin", "SPOTIFY_CLIENT_ID": "not ours"})
    assert settings.base == str(tmp_path / "data")
    assert settings.charts_file == shipped_charts_file()
    assert (settings.first_week, settings.catalog) == (date(2016, 12, 23), "duckdb")
    assert [chart.slug for chart in settings.charts.expected(())] == ["norway", "global"]
    assert settings.thresholds == DEFAULT_THRESHOLDS
    settings = load_settings({"SPOTIFY_ASSETS_CHECK_STREAMS_CHANGE": "4"})
    assert settings.thresholds == DEFAULT_THRESHOLDS | {"check_streams_change": 4.0}


def test_the_environment_of_the_process_is_read_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIFY_ASSETS_BASE", f" {tmp_path}/not there yet ")
    assert load_settings().folder == tmp_path / "not there yet"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("base", "s3://my-bucket", "s3://my-bucket"),
        ("base", "s3://my-bucket/some/prefix/", "s3://my-bucket/some/prefix"),
        ("first_week", " ", date(2016, 12, 23)),
        ("catalog", " Glue ", "glue"),
        ("athena_output", "s3://results/athena", "s3://results/athena/"),
        ("ui_url", "https://dagster.example.com/", "https://dagster.example.com"),
        ("contact", " ada@charts.museum ", "ada@charts.museum"),
        ("contact", "https://charts.museum/about", "https://charts.museum/about"),
        *(("s3_encryption", text, text) for text in ENCRYPTIONS),
    ],
)
def test_values_are_read_without_blanks_and_in_one_form(
    name: str, value: str, expected: object
) -> None:
    assert getattr(load_settings({variable_of(name): value}), name) == expected


PLACEHOLDERS = (
    "me@example.com",
    "you@charts.museum",
    "your.name@charts.museum",
    "ada@charts.test",
    "https://localhost:3000",
    "https://www.example.org/contact",
    "https://change-me.museum",
    "http://10.0.0.1/",
)
WRONG = {
    ("S3_ENCRYPTION", "aes"): "AES256, or a KMS key's id",
    ("S3_ENCRYPTION", "arn:aws:s3:::charts"): "arn:aws:kms:",
    ("BASE", "s3://"): "s3://bucket/prefix",
    ("BASE", "s3://My_Bucket"): "s3://bucket/prefix",
    ("BASE", "s3://my-bucket//prefix"): "s3://bucket/prefix, without //",
    ("BASE", "gs://bucket"): "only folders and s3://bucket/prefix, without //, are",
    ("BASE", "/data/charts[1]"): "are wildcards",
    ("BASE", f"{__file__}/below"): f"{__file__} is a file",
    ("BASE", "~nobody-of-this-name/data"): "no such home folder",
    ("BASE", "x" * 300): "can't be reached",
    ("CHARTS_FILE", "/not/there.toml"): "No such file",
    ("CHARTS_FILE", "~nobody-of-this-name/c.toml"): "no such home folder",
    ("FIRST_WEEK", "2026-11-14"): "2026-11-13 or 2026-11-20",
    ("FIRST_WEEK", "13.11.2026"): "not a date like 2026-11-13",
    ("CATALOG", "athena"): "duckdb or glue",
    ("GLUE_DATABASE", "spotify-charts"): "small letters, digits and _",
    ("ATHENA_WORKGROUP", "of mine"): "letters, digits and . _ -",
    ("ATHENA_OUTPUT", "/answers"): "s3://bucket/folder/",
    ("ALERT_TOPIC", "arn:aws:sns:eu-north-1:123456789012:charts.fifo"): "FIFO topic sends no mail",
    ("METRICS_NAMESPACE", "AWS/Charts"): "are AWS's own",
    ("SCHEDULE_CRON", "daily"): "five fields, not 1",
    ("SCHEDULE_TIMEZONE", "Oslo"): "no such time zone",
    ("UI_URL", "localhost:3000"): "begins with https://",
    ("UI_URL", "https://charts.example.com:https"): "its host or port is not valid",
    **{("CONTACT", text): "that is a placeholder" for text in PLACEHOLDERS},
    ("CONTACT", "Ada"): "begins with https://",
    ("CONTACT", "ada@høyde.no"): "begins with https://",
    ("CONTACT", "https://charts.museum/a(b)"): "without spaces and brackets",
    ("OPEN_DATA_GENRES", "spotify"): "wikidata, none, or musicbrainz",
    ("OPEN_DATA_DUMP", "/not/there.tar.zst"): "no such file",
    ("OPEN_DATA_SECONDS", "5"): "10 to 86400",
    ("SPOTIFY_LONGEST_WAIT", "3601"): "0 to 3600",
    ("CHECK_GENRE_COVERAGE", "1.5"): "0 to 1",
    ("CHECK_STREAMS_CHANGE", "much"): "a valid number",
}


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_error_names_the_variable_its_value_and_what_it_must_be(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({f"SPOTIFY_ASSETS_{name}": value})
    message = str(error.value)
    assert message.startswith(f"SPOTIFY_ASSETS_{name} holds {value!r}; it must be ")
    assert WRONG[name, value] in message
    assert "\n" not in message


def test_all_wrong_settings_are_named_at_once_each_with_its_remedy() -> None:
    values = {"CHART_FILE": "x", "QWRTZ": "x", "TABLE_FORMAT": "parquet", "CATALOG": "hive"}
    wrong = {f"SPOTIFY_ASSETS_{name}": value for name, value in values.items()}
    with pytest.raises(SettingsError) as error:
        load_settings({**wrong, "SPOTIFY_ASSETS_BASE": "ftp://host", "SPOTIPY_CLIENT_ID": "x"})
    says = dict(line.split(maxsplit=1) for line in str(error.value).splitlines())
    assert "did you mean SPOTIFY_ASSETS_CHARTS_FILE" in says.pop("SPOTIFY_ASSETS_CHART_FILE")
    assert "settings are SPOTIFY_ASSETS_BASE, " in says.pop("SPOTIFY_ASSETS_QWRTZ")
    assert "CSV tables are gone. Unset it" in says.pop("SPOTIFY_ASSETS_TABLE_FORMAT")
    assert "SPOTIPY_CLIENT_SECRET not; set both" in says.pop("SPOTIPY_CLIENT_ID:")
    assert says.keys() == {"SPOTIFY_ASSETS_BASE", "SPOTIFY_ASSETS_CATALOG"}


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://me:hidden@proxy/v1", "it has no user name"),
        ("https://:hidden@proxy/v1", "it has no user name"),
        ("https://me:hid/den@proxy/v1", "host or port is not valid"),
        ("https://me:hidden/@proxy/v1", "host or port is not valid"),
        ("https://me:hid[den@proxy/v1", "host or port is not valid"),
        ("https://me:hid@den@proxy:port/v1", "host or port is not valid"),
        ("me:hidden@proxy/v1", "it begins with https://"),
        ("https://proxy/v1?key=hidden", r"no \? and no #"),
    ],
)
def test_a_password_in_an_address_does_not_show_in_the_error(address: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as error:
        load_settings({"SPOTIFY_ASSETS_SPOTIFY_API_URL": address})
    assert "hid" not in str(error.value)
    assert "hidden" not in str(error.value)


def test_a_default_that_cannot_be_used_is_named_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file where the folder would be")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"_BASE is not set, and its default is 'data'; .*file"):
        load_settings({})


@pytest.mark.parametrize(
    ("base", "catalog", "remedy"),
    [("s3://charts/here", "duckdb", "CATALOG=glue"), ("data", "glue", "BASE=s3://bucket/prefix")],
)
def test_a_catalog_that_cannot_read_from_the_base_is_refused(
    base: str, catalog: str, remedy: str
) -> None:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": base, "SPOTIFY_ASSETS_CATALOG": catalog})
    with pytest.raises(SettingsError, match=f"set SPOTIFY_ASSETS_{remedy}"):
        require_possible(settings)


def test_dagster_home_is_beside_the_data_unless_it_is_an_absolute_path(tmp_path: Path) -> None:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(tmp_path)})
    assert dagster_home(settings, {}) == tmp_path / ".dagster"
    assert dagster_home(settings, {"DAGSTER_HOME": "/srv/dagster"}) == Path("/srv/dagster")
    for home in ("relative/home", "~nobody-of-this-name/dagster"):
        with pytest.raises(SettingsError, match=f"DAGSTER_HOME holds '{home}'.*absolute path"):
            dagster_home(settings, {"DAGSTER_HOME": home})


def test_the_example_file_names_every_setting_and_its_values_can_be_used() -> None:
    example = (Path(__file__).parents[1] / ".env.example").read_text(encoding="utf-8")
    lines = (line[1:] for line in example.splitlines() if line.startswith("#") and line[1] != " ")
    values = dict(line.split("=", 1) for line in lines)
    values["SPOTIFY_ASSETS_CHARTS_FILE"] = str(shipped_charts_file())
    settings = load_settings(values)
    assert values.keys() - {"DAGSTER_HOME"} == set(map(variable_of, Settings.model_fields))
    assert settings.thresholds == DEFAULT_THRESHOLDS
