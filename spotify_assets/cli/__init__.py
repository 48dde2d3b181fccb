"""The command line, `spotify-assets`: what each command takes and how it ends.

The work is in one module per command, imported when it is called, so that `--help` is instant.
Exit codes: 0 all well; 1 a run, a check or a query failed; 2 the call or a setting is wrong;
3 everything readable was taken in, but files were rejected; 130 it was stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
from dotenv import load_dotenv

from spotify_assets.errors import UserError

P = ParamSpec("P")

FAILED = 1
WRONG_CALL = 2
FILES_REJECTED = 3
STOPPED = 130  # as shells have it


def _exits(command: Callable[P, int]) -> Callable[P, None]:
    """End with the command's exit code, and with the message alone where the user can mend it."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing is lost: run it again and it goes on.", err=True)
            code = STOPPED
        except UserError as error:
            click.echo(str(error), err=True)
            code = WRONG_CALL
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except OSError as error:
            if error.filename is None:
                raise
            click.echo(
                f"{error.filename}: {error.strerror}. Settings: spotify-assets doctor", err=True
            )
            code = WRONG_CALL
        sys.exit(code)

    return run


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all well; 1 a run, check or query failed; 2 wrong call or setting; "
    "3 done, but files were rejected; 130 stopped by Ctrl-C. Settings are read from "
    "SPOTIFY_ASSETS_… variables: `spotify-assets doctor` shows them.",
)
@click.version_option(package_name="spotify-assets")
def main() -> None:
    """Weekly Spotify charts: from dropped files to tables, SQL and reports."""
    load_dotenv(Path.cwd() / ".env")  # as `dagster dev` does, so that both see the same settings


@main.command()
@click.option(
    "--weeks",
    type=click.IntRange(1, 104),
    metavar="N",
    help="Make up only so many weeks, for a quicker look.",
)
@_exits
def demo(weeks: int | None) -> int:
    """Make up two charts over 104 weeks, and run everything on them.

    All artists, songs and figures are fictional. Needs a base folder of its own; a second call
    changes nothing.
    """
    from spotify_assets.cli.demo import demo as run

    return run(weeks)


@main.command()
@click.option(
    "--weeks",
    metavar="A..B",
    help="Only these weeks, by their Fridays (2026-01-02..2026-03-06), and rebuild them all.",
)
@click.option(
    "--retry-rejected", is_flag=True, help="Put rejected files back into the inbox first."
)
@_exits
def update(weeks: str | None, retry_rejected: bool) -> int:
    """Take in what lies in the inbox and rebuild the weeks that are behind."""
    from spotify_assets.cli.update import update as run

    return run(weeks, retry_rejected=retry_rejected)


@main.command()
@click.argument("sql")
@click.option("--csv", "output", flag_value="csv", help="Print CSV.")
@click.option("--json", "output", flag_value="json", help="Print a JSON list of rows.")
@_exits
def query(sql: str, output: str | None) -> int:
    """Ask the tables and views in SQL, and print the answer.

    Tables: songs, albums, artists, song_artists. Views: chart_history, latest_chart, chart_weeks,
    artist_leaders, album_leaders, genre_weeks, chart_overlap, artist_genres. A lone "-" reads the
    query from standard input. Athena doesn't tell ["a, b"] from ["a", "b"]: CAST(genres AS json) does.
    """
    from spotify_assets.cli.query import query as run

    return run(sys.stdin.read() if sql == "-" else sql, output)


@main.command()
@click.option("--week", metavar="W", help="Every check of this week alone, by its Friday.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@_exits
def checks(week: str | None, json_wanted: bool) -> int:
    """Ask every check of every stored week afresh; print what fails, and since when.

    Writes nothing. Ends with 1 where a check of severity ERROR fails; warnings end with 0.
    """
    from spotify_assets.cli.checks import checks as run

    return run(week, json_wanted=json_wanted)


@main.command(name="open")
@_exits
def open_() -> int:
    """Open the dashboard in the browser, from S3 by way of a copy."""
    from spotify_assets.cli.open import open_dashboard

    return open_dashboard()


@main.command()
@_exits
def doctor() -> int:
    """Look at settings, storage, catalog and Dagster home, and say how to mend what is wrong."""
    from spotify_assets.cli.doctor import doctor as run

    return run()


@main.command()
@_exits
def login() -> int:
    """Get a refresh token, once: for apps that may read a user's own playlists only."""
    from spotify_assets.cli.login import login as run

    return run()


@main.command()
@_exits
def env() -> int:
    """Print the settings as shell exports, so that `dagster dev` shares base and instance.

    Use it as: eval "$(spotify-assets env)"
    """
    from spotify_assets.cli.environment import exports

    click.echo(exports())
    return 0
