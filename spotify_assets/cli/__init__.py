"""The command line, `spotify-assets`: each command's arguments, help and exit code.

What a command does belongs in its own module, imported when it is called, so that `--help` is instant.
Exit codes: 0 all well; 1 a run, a check or a query failed; 2 the call or a setting is wrong; 3 all
readable files were taken in, but others were rejected; 130 stopped by Ctrl-C.
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
VIEWS = sorted(file.stem for file in Path(__file__).parents[1].joinpath("sql").glob("*.sql"))
STOPPED = 130  # 128 and the number of SIGINT, as shells do it


def _exits(command: Callable[P, int]) -> Callable[P, None]:
    """End with the command's exit code; for an error that the user can fix, print its message alone."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing is lost: run the command again to go on.", err=True)
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
            said = f"{error.filename}: {error.strerror}. Settings: spotify-assets doctor"
            click.echo(said, err=True)
            code = WRONG_CALL
        sys.exit(code)

    return run


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all well; 1 a run, check or query failed; 2 wrong call or setting; "
    "3 done, but files were rejected; 130 stopped by Ctrl-C. Settings are SPOTIFY_ASSETS_... "
    "variables, also read from a file called .env: `spotify-assets doctor` shows them.",
)
@click.version_option(package_name="spotify-assets")
def main() -> None:
    """Weekly Spotify charts: from dropped files to tables, SQL and reports."""
    load_dotenv(Path.cwd() / ".env")  # as `dagster dev` does, so that both have the same settings


@main.command()
@click.option("--weeks", type=click.IntRange(1, 104), metavar="N", help="Make up only N weeks.")
@_exits
def demo(weeks: int | None) -> int:
    """Make up two charts over 104 weeks, and run everything on them.

    All artists, songs and figures are fictional. The demo needs a base of its own; a second call changes
    nothing.
    """
    from spotify_assets.cli.demo import demo as run

    return run(weeks)


@main.command()
@click.option(
    "--weeks",
    metavar="A..B",
    help="Only these weeks, by their Fridays (2026-01-02..2026-03-06), and all of them again.",
)
@click.option("--retry-rejected", is_flag=True, help="Try the rejected files again.")
@_exits
def update(weeks: str | None, retry_rejected: bool) -> int:
    """Take in the files in the inbox, and make every stale week again."""
    from spotify_assets.cli.update import update as run

    return run(weeks, retry_rejected=retry_rejected)


@main.command(
    help=f"""Query the tables and views in SQL, and print the answer.

    Tables: songs, albums, artists, song_artists, check_results. Views: {", ".join(VIEWS)}.

    A lone "-" reads the query from standard input. Athena prints ["a, b"] and ["a", "b"] alike;
    CAST(genres AS json) tells them apart."""
)
@click.argument("sql")
@click.option("--csv", "output", flag_value="csv", help="Print CSV.")
@click.option("--json", "output", flag_value="json", help="Print a JSON list of rows.")
@_exits
def query(sql: str, output: str | None) -> int:
    """Print the answer to a query; its help is above."""
    from spotify_assets.cli.query import query as run

    return run(sys.stdin.read() if sql == "-" else sql, output)


@main.command()
@click.option("--week", metavar="W", help="Show every check of this week alone, by its Friday.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@_exits
def checks(week: str | None, json_wanted: bool) -> int:
    """Run every check on every stored week again; print what fails, and since when.

    Writes nothing. Ends with 1 if a check of severity ERROR fails; warnings end with 0.
    """
    from spotify_assets.cli.checks import checks as run

    return run(week, json_wanted=json_wanted)


@main.command()
@_exits
def verify() -> int:
    """Derive every stored week again from its raw files, and compare the tables byte by byte.

    Writes nothing. Ends with 1 if a table isn't what its raw files say.
    """
    from spotify_assets.cli.checks import verify_base as run

    return run()


@main.command(name="open")
@_exits
def open_() -> int:
    """Open the dashboard in the browser; from S3, a copy of it."""
    from spotify_assets.cli.open import open_dashboard

    return open_dashboard()


@main.command()
@_exits
def doctor() -> int:
    """Say what is set, stored and stale, what works, and how to fix what doesn't."""
    from spotify_assets.cli.doctor import doctor as run

    return run()


@main.command()
@_exits
def login() -> int:
    """Get a refresh token, once: for apps that may only read a user's own playlists."""
    from spotify_assets.cli.login import login as run

    return run()


@main.command()
@_exits
def env() -> int:
    """Print the settings as shell exports, so that `dagster dev` has the same base and instance.

    Use it as: eval "$(spotify-assets env)"
    """
    from spotify_assets.cli.environment import exports

    click.echo(exports())
    return 0
