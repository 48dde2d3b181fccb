"""Settings: what they may hold, and the one error that names whatever is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from spotify_assets.charts import shipped_charts_file
from spotify_assets.errors import SettingsError
from spotify_assets.settings import dagster_home, load_settings


def test_without_any_setting_all_have_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"PATH": "/usr/bin", "SPOTIFY_CLIENT_ID": "not ours"})
    assert settings.base == str(tmp_path / "data")
    assert settings.charts_file == shipped_charts_file()
    assert settings.first_week == date(2016, 12, 23)
    assert (settings.table_format, settings.catalog) == ("parquet", "duckdb")
    assert [chart.slug for chart in settings.charts.charts] == ["norway", "global"]


def test_the_environment_of_the_process_is_read_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIFY_ASSETS_BASE", str(tmp_path))
    assert load_settings().base == str(tmp_path)


def test_what_is_set_counts_and_blanks_around_it_do_not(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "SPOTIFY_ASSETS_BASE": f" {tmp_path}/not there yet ",
            "SPOTIFY_ASSETS_FIRST_WEEK": " 2026-01-02 ",
            "SPOTIFY_ASSETS_TABLE_FORMAT": "csv",
            "SPOTIFY_ASSETS_CATALOG": "glue",
        }
    )
    assert settings.folder == tmp_path / "not there yet"
    assert settings.first_week == date(2026, 1, 2)
    assert (settings.table_format, settings.catalog) == ("csv", "glue")


def test_a_format_and_a_catalog_may_be_written_in_any_case() -> None:
    settings = load_settings(
        {"SPOTIFY_ASSETS_TABLE_FORMAT": "CSV", "SPOTIFY_ASSETS_CATALOG": " DuckDB "}
    )
    assert (settings.table_format, settings.catalog) == ("csv", "duckdb")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"SPOTIFY_ASSETS_FIRST_WEEK": " "}).first_week == date(2016, 12, 23)


@pytest.mark.parametrize("base", ["s3://my-bucket", "s3://my-bucket/some/prefix/"])
def test_a_base_on_s3_is_kept_without_its_last_slash(base: str) -> None:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": base})
    assert settings.is_s3
    assert settings.base == base.rstrip("/")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "AES256",
        "alias/charts",
        "0f7d28c6-7a0c-4ad1-8a3c-5d0b5f2c7a11",
        "arn:aws:kms:eu-north-1:123456789012:key/mrk-0f7d28c67a0c4ad18a3c5d0b5f2c7a11",
    ],
)
def test_encryption_on_s3_is_by_s3_or_by_a_key(key: str) -> None:
    assert load_settings({"SPOTIFY_ASSETS_S3_ENCRYPTION": key}).s3_encryption == key


WRONG = {
    ("SPOTIFY_ASSETS_S3_ENCRYPTION", "aes"): "AES256, or the id or ARN of a KMS key",
    ("SPOTIFY_ASSETS_S3_ENCRYPTION", "arn:aws:s3:::charts"): "an ARN that begins with arn:aws:kms:",
    ("SPOTIFY_ASSETS_BASE", "s3://"): "s3://bucket/prefix",
    ("SPOTIFY_ASSETS_BASE", "s3://My_Bucket"): "s3://bucket/prefix",
    ("SPOTIFY_ASSETS_BASE", "gs://bucket"): "only folders and s3:// are known",
    ("SPOTIFY_ASSETS_BASE", "/data/charts[1]"): "stand for other names",
    ("SPOTIFY_ASSETS_BASE", __file__): "it is a file",
    ("SPOTIFY_ASSETS_BASE", f"{__file__}/below"): f"{__file__} is a file",
    ("SPOTIFY_ASSETS_BASE", "~nobody-of-this-name/data"): "no such home folder",
    ("SPOTIFY_ASSETS_BASE", "x" * 300): "can't be reached",
    ("SPOTIFY_ASSETS_CHARTS_FILE", "/not/there.toml"): "there is no such file",
    ("SPOTIFY_ASSETS_CHARTS_FILE", "~nobody-of-this-name/c.toml"): "no such home folder",
    ("SPOTIFY_ASSETS_CHARTS_FILE", str(Path(__file__).parent)): "can't be read",
    ("SPOTIFY_ASSETS_FIRST_WEEK", "2026-11-14"): "2026-11-13 or 2026-11-20",
    ("SPOTIFY_ASSETS_FIRST_WEEK", "13.11.2026"): "not a date like 2026-11-13",
    ("SPOTIFY_ASSETS_FIRST_WEEK", "0001-01-01"): "not a date like 2026-11-13",
    ("SPOTIFY_ASSETS_FIRST_WEEK", "9999-12-31"): "not a date like 2026-11-13",
    ("SPOTIFY_ASSETS_TABLE_FORMAT", "Arrow"): "parquet or csv",
    ("SPOTIFY_ASSETS_CATALOG", "athena"): "duckdb or glue",
    ("SPOTIFY_ASSETS_GLUE_DATABASE", "spotify-charts"): "small letters, digits and _",
    ("SPOTIFY_ASSETS_ATHENA_WORKGROUP", "of mine"): "letters, digits and . _ -",
    ("SPOTIFY_ASSETS_ATHENA_OUTPUT", "/answers"): "s3://bucket/folder/",
}


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_an_error_names_the_variable_what_it_holds_and_what_it_may_hold(
    variable: str, value: str
) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({variable: value})
    message = str(error.value)
    assert message.startswith(f"{variable} holds {value!r}; it may hold ")
    assert WRONG[variable, value] in message
    assert "\n" not in message


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(
            {
                "SPOTIFY_ASSETS_FORMAT": "csv",
                "SPOTIFY_ASSETS_BASE": "ftp://host",
                "SPOTIFY_ASSETS_TABLE_FORMAT": "orc",
                "SPOTIFY_ASSETS_FIRST_WEEK": "yesterday",
                "SPOTIFY_ASSETS_CHARTS_FILE": "/not/there.toml",
                "SPOTIFY_ASSETS_CATALOG": "hive",
            }
        )
    named = {line.split()[0] for line in str(error.value).splitlines()}
    assert named == {
        "SPOTIFY_ASSETS_FORMAT",
        "SPOTIFY_ASSETS_BASE",
        "SPOTIFY_ASSETS_TABLE_FORMAT",
        "SPOTIFY_ASSETS_FIRST_WEEK",
        "SPOTIFY_ASSETS_CHARTS_FILE",
        "SPOTIFY_ASSETS_CATALOG",
    }


def test_a_mistyped_variable_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match="did you mean SPOTIFY_ASSETS_CHARTS_FILE"):
        load_settings({"SPOTIFY_ASSETS_CHART_FILE": "x"})


def test_a_variable_like_no_other_is_answered_with_all_there_are() -> None:
    with pytest.raises(SettingsError, match=r"known are SPOTIFY_ASSETS_BASE, .*_CATALOG"):
        load_settings({"SPOTIFY_ASSETS_QWRTZ": "x"})


def test_a_default_that_cannot_be_used_is_named_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file where the folder would be")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"SPOTIFY_ASSETS_BASE is left at 'data'; .*is a file"):
        load_settings({})


def test_dagster_keeps_its_own_beside_the_data_unless_told_otherwise(tmp_path: Path) -> None:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(tmp_path)})
    assert dagster_home(settings, {}) == tmp_path / ".dagster"
    assert dagster_home(settings, {"DAGSTER_HOME": "/srv/dagster"}) == Path("/srv/dagster")


@pytest.mark.parametrize("home", ["relative/home", "~nobody-of-this-name/dagster"])
def test_a_dagster_home_that_dagster_would_refuse_is_named(tmp_path: Path, home: str) -> None:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(tmp_path)})
    with pytest.raises(SettingsError, match=f"DAGSTER_HOME holds '{home}'.*absolute path"):
        dagster_home(settings, {"DAGSTER_HOME": home})
