"""Errors for the people who use this project: each says what is wrong and what to do about it.

An error that only code reacts to belongs in the module that raises it.
"""

from __future__ import annotations


class UserError(Exception):
    """Something that only the user can fix; the command line prints the message and nothing else."""


class SettingsError(UserError):
    """A setting that can't be used; the message says what it is and what it must be."""


class QueryError(UserError):
    """A query that can't be run; the message says why and what to do."""


class UnreadableRawFile(UserError):  # noqa: N818 - it names the file's state, not an exception
    """A raw file that can't be taken in; the message is the reason shown to whoever dropped it."""
