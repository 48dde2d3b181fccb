"""The command line, `spotify-assets`: each command's arguments, help and exit code.

What a command does belongs in its own module, imported when it is called, so that `--help` is instant.
Exit codes: 0 all well; 1 a run, a check, a query, or the disk or network failed; 2 the call or a setting
is wrong; 3 all readable files were taken in, but others were rejected or couldn't be read; 130 stopped
by Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import sys
from datetime import datetime
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

import click
from dotenv import load_dotenv

from spotify_assets.errors import UserError

FAILED = 1
WRONG_CALL = 2
FILES_REJECTED = 3
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EEXIST)
"""What a file system answers where a setting is wrong, and not the disk or the network."""
STOPPED = 130  # 128 and the number of SIGINT, as shells do it
TABLES = "songs, albums, artists, song_artists, check_results, song_identities"
VIEWS = sorted(file.stem for file in Path(__file__).parents[1].joinpath("sql").glob("*.sql"))


def _run(function: str, *arguments: object, **options: object) -> None:
    """End with what `module.function` of a command returns; print what the user can fix without more."""
    module, _, name = function.partition(".")
    try:
        command = getattr(import_module(f"{__name__}.{module}"), name)
        code = command(*arguments, **options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing is lost: run the command again to go on.", err=True)
        code = STOPPED
    except UserError as error:
        _say(str(error))
        code = WRONG_CALL
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        _say(f"{where}{error.strerror or error}. Settings: spotify-assets doctor")
        code = WRONG_CALL if error.errno in REFUSED else FAILED
    sys.exit(code)


def _say(message: str) -> None:
    from spotify_assets.cli.hints import say

    say(message, err=True)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all well; 1 a run, check or query failed; 2 wrong call or setting; "
    "3 done, but files were rejected or not read; 130 stopped by Ctrl-C. Settings are "
    "SPOTIFY_ASSETS_... variables, also read from a file called .env: `spotify-assets doctor` shows "
    "them.",
)
@click.version_option(package_name="spotify-assets")
def main() -> None:
    """Weekly Spotify charts: from dropped files to tables, SQL and reports."""
    for stream in (sys.stdout, sys.stderr):  # whatever the locale; a name must never end a command
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    load_dotenv(Path.cwd() / ".env")  # as Dagster does


@main.command()
@click.option("--weeks", type=click.IntRange(1, 104), metavar="N", help="Make up only N weeks.")
def demo(weeks: int | None) -> None:
    """Make up two charts over 104 weeks, and run everything on them.

    All artists, songs and figures are fictional. The demo needs a base of its own; a second call changes
    nothing.
    """
    _run("demo.demo", weeks)


@main.command()
@click.option(
    "--weeks",
    metavar="A..B",
    help="Only these weeks, by their Fridays (2026-01-02..2026-03-06), and all of them again.",
)
@click.option("--retry-rejected", is_flag=True, help="Try the rejected files again.")
@click.option("-v", "--verbose", is_flag=True, help="Print every finding, however many.")
def update(weeks: str | None, retry_rejected: bool, verbose: bool) -> None:
    """Take in the files in the inbox, and make every stale week again.

    What it says fits on a screen. The rest is in last_update.log, in Dagster's folder.
    """
    _run("update.update", weeks, retry_rejected=retry_rejected, verbose=verbose)


DAY = click.DateTime(["%Y-%m-%d"])
from_day = click.option("--from", "first", type=DAY, help="First day of the range.")
to_day = click.option("--to", "last", type=DAY, help="Last day of the range.")


@main.command(
    help=f"""Query the tables and views in SQL, and print the answer.

    Tables: {TABLES}. Views:
    {", ".join(VIEWS)}.

    A lone "-" reads the query from standard input. Athena prints ["a, b"] and ["a", "b"] alike;
    CAST(genres AS json) tells them apart.

    With --from and --to, which name days, chart_years and year_charts are those of the weeks that
    begin between them, as if these were one year."""
)
@click.argument("sql")
@from_day
@to_day
@click.option("--csv", "output", flag_value="csv", help="Print CSV.")
@click.option("--json", "output", flag_value="json", help="Print a JSON list of rows.")
def query(sql: str, output: str | None, first: datetime | None, last: datetime | None) -> None:
    """Print the answer to a query; its help is above."""
    _run("query.query", sql, output, first and first.date(), last and last.date())


@main.command(
    help=f"""Write a table, a view or the answer to a query to a file.

    The suffix of FILE says the format: .xlsx, .csv, .parquet, .json or .duckdb. Tables: {TABLES}.
    Views: {", ".join(VIEWS)}. A lone "-" reads the query from standard input.

    With --from and --to, it has the weeks that begin between them.

    A .duckdb file has all tables and views, whichever you name, if any, and needs no base; of a query it
    has the table answer. Texts are written to .csv as they are: what begins with =, +, - or @, a program
    for sheets may take for a formula. In .xlsx, texts are texts."""
)
@click.argument("what", metavar="TABLE|VIEW|SQL", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE")
@click.option(
    "--chart", "charts", multiple=True, metavar="C", help="Only this chart; repeat for more."
)
@from_day
@to_day
@click.option(
    "--bom/--no-bom", default=True, help="Begin .csv with a byte order mark, as Excel needs."
)
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
def export(
    what: str | None, output: Path, first: datetime | None, last: datetime | None, **options: object
) -> None:
    """Write what a table, view or query has to a file; its help is above."""
    days = {"first": first and first.date(), "last": last and last.date()}
    _run("export.export", what, output, **days, **options)


@main.command()
@click.option("--week", metavar="W", help="Show every check of this week alone, by its Friday.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def checks(week: str | None, json_wanted: bool) -> None:
    """Run every check on every stored week again; print what fails, and since when.

    Writes nothing. Ends with 1 if a check of severity ERROR fails; warnings end with 0.
    """
    _run("checks.checks", week, json_wanted=json_wanted)


@main.command()
@click.option("--song", "song", metavar="ID", required=True, help="A Spotify song id, or its link.")
def details(song: str) -> None:
    """Say what MusicBrainz and Wikidata tell of a song, and why it is that song, or has no match."""
    _run("details.details", song)


@main.command()
def verify() -> None:
    """Derive every stored week again from its raw files, and compare the tables byte by byte.

    Writes nothing. Ends with 1 if a table isn't what its raw files say.
    """
    _run("checks.verify_base")


@main.command(name="open")
def open_() -> None:
    """Open the dashboard in the browser; from S3, a copy of it."""
    _run("open.open_dashboard")


@main.command()
@click.option("--chart", metavar="C", help="Only this chart, by slug or country: norway, se.")
@click.option("--week", metavar="W", help="The digest of this week, by its Friday.")
@click.option("--send", is_flag=True, help="Send it to where alerts go, instead of printing it.")
def digest(chart: str | None, week: str | None, send: bool) -> None:
    """Print what a week brought, by default the newest: number one, climbers, new entries, comebacks."""
    _run("digest.digest", chart, week, send=send)


@main.command()
@click.option("-v", "--verbose", is_flag=True, help="Print every setting and finding.")
def doctor(verbose: bool) -> None:
    """Say what is set, stored and stale, what works, and how to fix what doesn't."""
    _run("doctor.doctor", verbose=verbose)


@main.command()
def login() -> None:
    """Get a refresh token, once: for apps that may only read a user's own playlists."""
    _run("login.login")


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--port", "-p", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.argument("more", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS OF DAGSTER DEV]...")
def dev(port: int, host: str, more: tuple[str, ...]) -> None:
    """Open Dagster's UI over the same base and history of runs, with schedule and sensors.

    Works in any folder; Ctrl-C ends it. Another host, such as 0.0.0.0, lets others in: Dagster has no
    log-in. Other options go to `dagster dev`, as -m my_project.definitions for a code location of
    yours beside this one.
    """
    _run("dev.dev", host, port, more)
