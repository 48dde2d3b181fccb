from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from spotify_assets.cli import main
from spotify_assets.cli.environment import shared_instance
from spotify_assets.cli.report import UpdateOutcome, report
from spotify_assets.layout import ARCHIVE, INBOX, REJECTED, RawName, table_key
from spotify_assets.runs import RunOutcome
from spotify_assets.schemas import TABLES
from spotify_assets.settings import PREFIX, Settings
from spotify_assets.sources.demo_marker import MARKER, mark_demo
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import BIN, Demo, clean_environment, cli, run_command
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, drop_playlist
from spotify_assets_tests.dagster_servers import our_warnings

COMMANDS = ("demo", "update", "query", "doctor", "env")
UNUSUAL = ("Sør for «sola»", "Comma, \"quote\" & 'apostrophe'", "\u001b[31mred")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with two weeks in it, to be asked and not to be changed."""
    base = tmp_path_factory.mktemp("collected")
    storage = FolderStorage(base)
    drop_csv(storage, WEEKS[0])
    track = raw_samples.track("Fjordlys")
    track["artists"][0] |= {"genres": ["norsk pop", "folk"], "popularity": 61}
    row = raw_samples.row(track, added_at=raw_samples.added_at(WEEKS[1]))
    rows = [row, *raw_samples.rows(WEEKS[1], UNUSUAL)]
    storage.write(INBOX + "norway.json", raw_samples.as_json(raw_samples.playlist(rows)))
    assert cli(base, "update").exit_code == 0
    return base


# demo


def test_the_demo_says_what_it_made_and_how_the_checks_went(two_years: Demo) -> None:
    ended = two_years.command
    assert ended.returncode == 0, ended.stderr
    assert "Took in 312 files; made 104 weeks in 1 run; " in ended.stdout
    assert "all 9 checks passed on 104 weeks." in ended.stdout
    assert "songs         10,400 rows in 104 weeks" in ended.stdout
    assert ended.stdout.count("SELECT") == 1
    assert "75 %" in ended.stderr


def test_without_a_terminal_every_line_is_plain(two_years: Demo) -> None:
    said = two_years.command.stdout + two_years.command.stderr
    assert "\u001b" not in said
    assert "\r" not in said
    assert our_warnings(said) == []


def test_a_second_demo_changes_nothing(two_years: Demo) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = [path for path in two_years.base.rglob("*") if path.is_file()]
        return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in files}

    before = state()
    again = run_command("demo", base=two_years.base)
    assert again.returncode == 0, again.stderr
    assert "nothing has changed" in again.stdout
    assert state() == before


def test_a_shorter_demo_stays_as_it_is(base: Path) -> None:
    made = cli(base, "demo", "--weeks", "2")
    assert made.exit_code == 0, made.output
    assert "Making up 2 weeks" in made.stdout
    assert "200 rows in 2 weeks" in made.stdout
    again = cli(base, "demo")
    assert (again.exit_code, "Everything was there already" in again.stdout) == (0, True)
    longer = cli(base, "demo", "--weeks", "3")
    assert longer.exit_code == 2
    assert f"{base} holds the demo of 2 weeks already" in longer.stderr


def test_the_demo_refuses_a_base_with_other_files(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    ended = cli(base, "demo")
    assert ended.exit_code == 2
    assert "Set SPOTIFY_ASSETS_BASE to an empty folder" in ended.stderr
    assert [file.key for file in storage.files("")] == [INBOX + raw_samples.csv_name(WEEKS[0])]


def test_the_demo_leaves_nothing_where_its_charts_are_not_declared(
    storage: FolderStorage, base: Path, tmp_path: Path
) -> None:
    charts = tmp_path / "charts.toml"
    charts.write_text('[[charts]]\nslug = "japan"\ncountry = "jp"\n')
    ended = cli(base, "demo", SPOTIFY_ASSETS_CHARTS_FILE=str(charts))
    assert ended.exit_code == 2
    assert "The demo's charts don't fit these settings" in ended.stderr
    assert not storage.exists(MARKER)
    assert list(storage.files("")) == []


# update


def test_update_takes_in_the_inbox_and_then_has_nothing_to_do(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    drop_csv(storage, WEEKS[1])
    drop_csv(storage, WEEKS[4])
    ended = cli(base, "update")
    assert ended.exit_code == 0
    assert (
        "Took in 3 files; made 3 weeks in 2 runs; 8 of 9 checks passed on 3 weeks, 1 warned."
        in (ended.stdout)
    )
    assert ' query "SELECT chart' in ended.stdout
    assert "2 weeks, 2024-03-01 to 2024-03-08" in ended.stderr
    assert "Week 2024-03-29" in ended.stderr
    again = cli(base, "update")
    assert again.exit_code == 0
    assert again.output == (
        f"Nothing to do: no file below {base}/{INBOX}, and no week is behind.\n"
    )


def test_update_on_an_empty_base_has_nothing_to_do(base: Path) -> None:
    assert cli(base, "update").exit_code == 0
    assert "Nothing to do: no file below" in cli(base / "not there yet", "update").output


def test_rejected_files_are_said_to_be_so_and_can_be_tried_again(
    storage: FolderStorage, base: Path
) -> None:
    name = raw_samples.csv_name(WEEKS[0], "se")
    storage.write(INBOX + name, raw_samples.chart_csv())
    ended = cli(base, "update")
    assert ended.exit_code == 3
    assert f"Rejected {name}: No chart has the country 'se'" in ended.stderr
    assert "Nothing to do: no readable file below" in ended.stdout
    assert "The reasons are beside the files in" in ended.stdout
    assert "update --retry-rejected" in ended.stdout
    drop_csv(storage, WEEKS[0])
    again = cli(base, "update", "--retry-rejected")
    assert again.exit_code == 3
    assert "Put 1 rejected file back into the inbox." in again.stdout
    assert "Took in 1 file, rejected 1; made 1 week in 1 run;" in again.stdout
    charts = base / "charts.toml"
    charts.write_text('[[charts]]\nslug = "sweden"\ncountry = "se"\n')
    mended = cli(base, "update", "--retry-rejected", SPOTIFY_ASSETS_CHARTS_FILE=str(charts))
    assert mended.exit_code == 0
    assert list(storage.files(REJECTED)) == []
    assert storage.exists(RawName(WEEKS[0], "sweden", "chart_csv").archive_key)


def test_update_with_weeks_rebuilds_these_and_takes_in_no_others(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:3]:
        drop_csv(storage, week)
    one = cli(base, "update", "--weeks", "2024-03-08")
    assert one.exit_code == 0
    assert "Took in 1 file; made 1 week in 1 run" in one.stdout
    assert len(list(storage.files(INBOX))) == 2
    for text in ("2024-03-01..2024-03-15", "2024-03-01...2024-03-15"):  # Dagster has three dots
        several = cli(base, "update", "--weeks", text)
        assert several.exit_code == 0
        assert "made 3 weeks in 1 run; 8 of 9 checks passed on 3 weeks, 1 warned" in several.stdout
    nothing = cli(base, "update", "--weeks", "2024-04-05..2024-04-12")
    assert nothing.exit_code == 0
    assert "there are no raw files of these weeks" in nothing.stdout


@pytest.mark.parametrize(
    ("weeks", "says"),
    [
        ("march", "'march' is not a date like 2026-11-13"),
        ("", "'' is not a date"),
        ("2024-03-01..", "'' is not a date"),
        ("2024-03-02", "a Saturday; a chart week is named by its Friday: 2024-03-01 or 2024-03-08"),
        ("2024-03-08..2024-03-01", "ends before it begins"),
        ("2016-12-16", "weeks are collected from 2016-12-23 (SPOTIFY_ASSETS_FIRST_WEEK)"),
        ("2024-03-01..2099-12-25", "the latest that is over"),
    ],
)
def test_weeks_that_cannot_be_meant_are_refused(base: Path, weeks: str, says: str) -> None:
    ended = cli(base, "update", "--weeks", weeks)
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"--weeks {weeks}: ")
    assert says in ended.stderr
    assert ended.stdout == ""


def test_weeks_that_are_behind_are_made_again_whatever_the_reason(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0

    def made(**settings: str) -> str:
        ended = cli(base, "update", **settings)
        assert ended.exit_code == 0
        assert cli(base, "update", **settings).stdout.startswith("Nothing to do")
        return ended.stdout

    raw = base / RawName(WEEKS[0], "norway", "chart_csv").archive_key
    table = base / table_key("artists", WEEKS[0], "parquet")
    earlier = raw.stat().st_mtime - 60
    os.utime(table, (earlier, earlier))
    assert "made 1 week" in made(), "a raw file is newer than one of the tables"
    table.unlink()
    assert "made 1 week" in made(), "a table is missing"
    (base / "spotify_charts.duckdb").unlink()
    assert "made 1 week" in made(), "it isn't published"
    assert "made 1 week" in made(SPOTIFY_ASSETS_TABLE_FORMAT="csv"), "the format is another"
    assert not list(base.rglob("*.parquet"))


def test_a_run_that_fails_is_told_with_its_reason(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    key = RawName(WEEKS[0], "norway", "chart_csv").archive_key
    storage.write(key, b"<html>")
    ended = cli(base, "update")
    assert ended.exit_code == 1
    assert f"Failed 2024-03-01: raw_playlist: {key}: " in ended.stderr
    assert "made 0 weeks in 1 run; no check ran." in ended.stdout
    assert "Next:" not in ended.stdout


def test_checks_that_fail_are_counted_over_weeks(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {f"{table}: {name}" for table in TABLES for name in ("schema", "unique_key")}
    run = RunOutcome(
        "a run",
        WEEKS[0],
        WEEKS[2],
        success=True,
        checks=names,
        failed_checks={"songs: unique_key": "1 of 3 weeks fail: 2024-03-08; the first: rank 1"},
        checked_weeks={str(week) for week in WEEKS[:3]},
        failed_weeks={"2024-03-08"},
    )
    outcome = UpdateOutcome(taken_in=3, runs=[run])
    report(settings, outcome)
    said = capsys.readouterr()
    assert outcome.exit_code == 1
    assert "1 of 8 checks failed, on 1 of 3 weeks." in said.out
    assert "Check failed 2024-03-01 to 2024-03-15: songs: unique_key: 1 of 3 weeks fail" in said.err


def test_a_second_update_waits_for_the_end_of_the_first(
    storage: FolderStorage, base: Path, settings: Settings
) -> None:
    dropped = INBOX + raw_samples.csv_name()
    storage.write(dropped, raw_samples.chart_csv())
    with shared_instance(settings):
        refused = cli(base, "update")
    assert refused.exit_code == 2
    assert "Another spotify-assets command is at work" in refused.output
    assert storage.exists(dropped)
    assert cli(base, "update").exit_code == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SPOTIFY_ASSETS_CATALOG", "glue"), ("SPOTIFY_ASSETS_FIRST_WEEK", "2099-01-02")],
)
def test_a_setting_that_cannot_be_met_stops_update_before_it_touches_the_inbox(
    storage: FolderStorage, base: Path, variable: str, value: str
) -> None:
    dropped = [INBOX + raw_samples.csv_name(), f"{INBOX}unreadable.csv"]
    for key, content in zip(dropped, (raw_samples.chart_csv(), b"no chart"), strict=True):
        storage.write(key, content)
    refused = cli(base, "update", **{variable: value})
    assert refused.exit_code == 2
    assert f"{variable} holds '{value}'" in refused.output
    assert all(storage.exists(key) for key in dropped)


def test_update_notes_that_a_base_holds_the_demo(storage: FolderStorage, base: Path) -> None:
    mark_demo(storage, WEEKS[0], WEEKS[1])
    assert "holds the demo's made-up charts" in cli(base, "update").stderr


# query


def test_query_prints_a_table_with_aligned_columns(collected: Path) -> None:
    ended = cli(
        collected, "query", "SELECT chart, rank, song_name, album_id FROM songs ORDER BY week, rank"
    )
    assert ended.exit_code == 0
    header, *lines = ended.stdout.splitlines()
    assert header.split() == ["chart", "rank", "song_name", "album_id"]
    assert [line.split("  ")[0] for line in lines] == ["norway"] * 7
    rank = slice(header.index("rank"), header.index("rank") + 4)
    assert [line[rank] for line in lines] == [
        "   1",
        "   2",
        "   3",
        "   1",
        "   2",
        "   3",
        "   4",
    ]
    assert all(line[header.index("song_name") - 1] == " " for line in lines)
    assert all(line == line.rstrip() for line in (header, *lines))
    assert "Sør for «sola»  " in ended.stdout


def test_what_a_terminal_would_obey_is_not_printed(collected: Path) -> None:
    ended = cli(collected, "query", "SELECT song_name FROM songs WHERE song_name LIKE '%red'")
    assert ended.stdout.splitlines()[1:] == [" [31mred"]


def test_query_prints_csv(collected: Path) -> None:
    sql = """SELECT song_name, label, genres, week FROM songs
             LEFT JOIN song_artists USING (week, song_id) LEFT JOIN artists USING (week, artist_id)
             WHERE week = '2024-03-08' AND rank IN (1, 3) ORDER BY rank"""
    ended = cli(collected, "query", sql, "--csv")
    assert ended.stdout == (
        "song_name,label,genres,week\n"
        'Fjordlys,,"[""norsk pop"", ""folk""]",2024-03-08\n'
        '"Comma, ""quote"" & \'apostrophe\'",,'
        '"[""norsk pop"", ""folk""]",2024-03-08\n'
    )


def test_query_prints_json(collected: Path) -> None:
    sql = """SELECT song_name, streams, added_at, week, 'NaN'::double AS no_number, 1.5 AS decimal,
             {'a': [1, NULL]} AS nested FROM songs WHERE rank = 2 AND week = '2024-03-08'"""
    assert json.loads(cli(collected, "query", sql, "--json").stdout) == [
        {
            "song_name": "Sør for «sola»",
            "streams": None,
            "added_at": "2024-03-15T09:41:02",
            "week": "2024-03-08",
            "no_number": None,
            "decimal": 1.5,
            "nested": {"a": [1, None]},
        }
    ]
    nothing = cli(collected, "query", "SELECT * FROM songs WHERE false", "--json")
    assert json.loads(nothing.stdout) == []


def test_query_reads_standard_input(collected: Path) -> None:
    ended = cli(collected, "query", "-", given="SELECT count(*) AS n\nFROM songs;\n")
    assert ended.stdout == "n\n7\n"


def test_an_answer_without_rows_says_so(collected: Path) -> None:
    ended = cli(collected, "query", "SELECT * FROM songs WHERE false")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "No rows.\n")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere does not exist"),
        ("", "The query is empty."),
        ("/* a comment */", "The query is empty."),
    ],
)
def test_a_query_that_cannot_be_answered_fails_in_a_message(
    collected: Path, sql: str, says: str
) -> None:
    ended = cli(collected, "query", sql)
    assert ended.exit_code == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (a INTEGER)",
        "INSERT INTO songs VALUES (1)",
        "DROP VIEW songs",
        "DELETE FROM published_weeks",
        "SELECT 1; DROP VIEW songs",
        "COPY songs TO '{folder}/songs.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
    ],
)
def test_a_query_that_would_write_is_refused(collected: Path, tmp_path: Path, sql: str) -> None:
    ended = cli(collected, "query", sql.format(folder=tmp_path))
    assert ended.exit_code == 1
    assert "is refused: queries only read" in ended.stderr
    assert list(tmp_path.iterdir()) == []
    assert cli(collected, "query", "SELECT count(*) AS n FROM songs").stdout == "n\n7\n"


@pytest.mark.parametrize("sql", ["SHOW TABLES", "DESCRIBE songs", "EXPLAIN SELECT 1", "FROM songs"])
def test_whatever_reads_is_answered(collected: Path, sql: str) -> None:
    assert cli(collected, "query", sql).exit_code == 0


def test_without_a_catalog_query_says_how_to_get_one(base: Path) -> None:
    ended = cli(base, "query", "SELECT 1")
    assert ended.exit_code == 2
    assert "There is no catalog" in ended.stderr
    assert "spotify-assets update" in ended.stderr


def test_a_reader_that_has_seen_enough_ends_the_query_quietly(collected: Path) -> None:
    command = f"{shlex.quote(str(BIN / 'spotify-assets'))} query 'FROM range(200000)' | head -1"
    ended = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        env=clean_environment(collected),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "range", "")


# doctor


def test_doctor_finds_all_well(collected: Path) -> None:
    ended = cli(collected, "doctor", SPOTIFY_ASSETS_FIRST_WEEK=str(WEEKS[0]))
    assert ended.exit_code == 0
    assert ended.stdout.endswith("All well.\n")
    assert "tables       2 weeks, 2024-03-01 to 2024-03-08 (parquet)" in ended.stdout
    assert "MEND" not in ended.stdout
    assert "->" not in ended.stdout


def test_doctor_on_an_empty_base_says_where_to_begin(base: Path) -> None:
    ended = cli(base, "doctor")
    assert ended.exit_code == 0
    assert "there are none yet" in ended.stdout
    assert f"drop chart files below {base}/{INBOX}" in ended.stdout


def test_doctor_tells_of_what_waits(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    drop_playlist(storage, WEEKS[1])
    storage.write(f"{INBOX}unfinished.csv.crdownload", b"rank,")
    storage.write(f"{REJECTED}x.csv", b"?")
    storage.write(f"{REJECTED}x.csv.reason.txt", b"It is a question.")
    mark_demo(storage, WEEKS[0], WEEKS[1])
    ended = cli(base, "doctor")
    assert ended.exit_code == 0  # notes, nothing to mend
    for says in (
        "note  inbox        files that wait: 2",
        "-> take them in: spotify-assets update",
        f"note  rejected     files: 1, the first: {REJECTED}x.csv",
        "spotify-assets update --retry-rejected",
        "note  storage      it holds the demo's made-up charts",
    ):
        assert says in ended.stdout


def test_doctor_finds_raw_files_that_no_tables_were_made_of(
    storage: FolderStorage, base: Path
) -> None:
    storage.write(RawName(WEEKS[0], "norway", "chart_csv").archive_key, raw_samples.chart_csv())
    ended = cli(base, "doctor")
    assert ended.exit_code == 1
    assert "MEND  tables       raw files are newer than the tables, or have none: 2024-03-01" in (
        ended.stdout
    )
    assert cli(base, "update").exit_code == 0
    assert cli(base, "doctor").exit_code == 0


@pytest.mark.parametrize(
    ("setting", "value", "says", "remedy"),
    [
        (
            "SPOTIFY_ASSETS_BASE",
            "s3://charts/here",
            "from folders only",
            "set SPOTIFY_ASSETS_CATALOG=glue",
        ),
        ("SPOTIFY_ASSETS_CATALOG", "glue", "from S3 only", "set SPOTIFY_ASSETS_BASE=s3://"),
        (
            "SPOTIFY_ASSETS_FIRST_WEEK",
            "2099-12-25",
            "isn't over",
            "set SPOTIFY_ASSETS_FIRST_WEEK to 2",
        ),
        ("SPOTIFY_ASSETS_BASE", "/proc/charts", "can't be written to", "set SPOTIFY_ASSETS_BASE"),
        ("DAGSTER_HOME", "/proc/dagster", "can't be written to", "set DAGSTER_HOME"),
        ("DAGSTER_HOME", "here", "it may hold an absolute path", "set DAGSTER_HOME"),
    ],
)
def test_doctor_names_what_is_wrong_once_and_its_remedy(
    base: Path, setting: str, value: str, says: str, remedy: str
) -> None:
    home = {"DAGSTER_HOME": str(base / "home")}
    ended = cli(base, "doctor", **(home | {setting: value}))
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    (found,) = [number for number, line in enumerate(lines) if line.startswith("MEND")]
    assert says in lines[found]
    assert f"-> {remedy}" in lines[found + 1]
    assert lines[-1] == "Something has to be mended."


# env


def test_what_env_prints_is_understood_by_a_shell(tmp_path: Path) -> None:
    base = tmp_path / 'it\'s a "base" with $HOME & `spaces`'
    charts = tmp_path / "my charts.toml"
    charts.write_text('[[charts]]\nslug = "japan"\ncountry = "jp"\n')
    names = ("DAGSTER_HOME", f"{PREFIX}BASE", f"{PREFIX}CHARTS_FILE", f"{PREFIX}TABLE_FORMAT")
    shown = " ".join(f'"${name}"' for name in names)
    command = shlex.quote(str(BIN / "spotify-assets"))
    script = f'eval "$({command} env)" && cd / && printf "%s\\n" {shown}'
    ended = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env=clean_environment(base)
        | {f"{PREFIX}CHARTS_FILE": "my charts.toml", f"{PREFIX}TABLE_FORMAT": "csv"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [f"{base}/.dagster", str(base), str(charts), "csv"]
    assert (base / ".dagster" / "dagster.yaml").exists()


def test_env_leaves_dagster_settings_that_are_there_alone(base: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    ended = cli(base, "env", DAGSTER_HOME=str(home))
    assert ended.stdout.splitlines()[0] == f"export DAGSTER_HOME={home}"
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
    assert [path.name for path in home.iterdir()] == ["dagster.yaml"]


# all of them


def test_settings_are_read_from_a_file_called_env_in_the_folder_one_is_in(
    collected: Path, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"SPOTIFY_ASSETS_BASE='{collected}'\n")
    environment = clean_environment(collected)
    del environment[f"{PREFIX}BASE"]
    ended = subprocess.run(
        [str(BIN / "spotify-assets"), "query", "SELECT count(*) AS n FROM songs"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("n\n7\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["update", "--help"], ["--version"]])
def test_help_is_printed_before_anything_large_is_imported(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from spotify_assets.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        "large = {'dagster', 'pandas', 'pyarrow', 'duckdb', 'rich', 'pydantic'}\n"
        "print(sorted(large & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    ended = CliRunner().invoke(main, [command, "-h"])
    assert ended.exit_code == 0
    assert len(ended.output.splitlines()) > 4


@pytest.mark.parametrize(
    "arguments", [["demo"], ["update"], ["query", "SELECT 1"], ["doctor"], ["env"]]
)
def test_wrong_settings_are_one_message_and_exit_code_2(base: Path, arguments: list[str]) -> None:
    ended = cli(base, *arguments, SPOTIFY_ASSETS_TABLE_FORMAT="xml", SPOTIFY_ASSETS_BAES="/x")
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 2
    assert "SPOTIFY_ASSETS_BAES is not a setting; did you mean SPOTIFY_ASSETS_BASE?" in ended.stderr
    assert "SPOTIFY_ASSETS_TABLE_FORMAT holds 'xml'; it may hold parquet or csv" in ended.stderr


@pytest.mark.parametrize("arguments", [["demo"], ["env"]])
def test_a_base_that_cannot_be_made_is_one_message_without_a_traceback(
    arguments: list[str],
) -> None:
    ended = run_command(*arguments, base=Path("/proc/charts"))
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "/proc/charts" in ended.stderr


def test_settings_of_dagster_that_it_cannot_use_are_one_message(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    (base / ".dagster").mkdir()
    (base / ".dagster" / "dagster.yaml").write_text("no_such_setting: 1\n")
    ended = cli(base, "update")
    assert ended.exit_code == 2
    assert "Dagster can't use" in ended.stderr
    assert "dagster.yaml" in ended.stderr
    assert list(storage.files(ARCHIVE)) == []
