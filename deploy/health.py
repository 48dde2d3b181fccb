"""Checks that a service in its container works: `python health.py [PORT]`.

It logs in to Postgres with the password that this container was started with. On AWS, RDS changes that
password from time to time; then every running service fails here, and ECS replaces it with one that has
the new one.
With a port, something in this container must listen on it. Ends with 0, or with 1 and the reason.
"""

from __future__ import annotations

import os
import socket
import sys

import psycopg2

SECONDS = 5


def main(arguments: list[str]) -> str | None:
    """Return what is wrong, in words; None if all is well."""
    try:
        log_in_to_database()
        if arguments:
            socket.create_connection(("127.0.0.1", int(arguments[0])), SECONDS).close()
    except KeyError as error:
        return f"{error.args[0]} is not set; compose.yaml or terraform/containers.tf in deploy/ sets it"
    except psycopg2.Error as error:
        return f"Dagster's Postgres doesn't answer: {str(error).strip()}"
    except OSError as error:
        return f"nothing listens on port {arguments[0]}: {error}"
    return None


def log_in_to_database() -> None:
    """Log in to Dagster's Postgres, and out again.

    Raises:
        KeyError: a variable is missing.
        psycopg2.Error: it can't be reached, or refuses.
    """
    psycopg2.connect(
        host=os.environ["DAGSTER_POSTGRES_HOST"],
        user=os.environ["DAGSTER_POSTGRES_USER"],
        password=os.environ["DAGSTER_POSTGRES_PASSWORD"],
        dbname=os.environ["DAGSTER_POSTGRES_DB"],
        connect_timeout=SECONDS,
    ).close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
