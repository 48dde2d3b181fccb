"""The errors that people are meant to read: each says what is wrong and what to do about it."""

from __future__ import annotations


class UserError(Exception):
    """Something only the user can mend; the message is all that the command line prints."""


class SettingsError(UserError):
    """A setting that can't be used; the message names it, what it holds and what it may hold."""


class QueryError(UserError):
    """A query that can't be answered; the message says why and what to do."""


class UnreadableRawFile(UserError):  # noqa: N818 - it names the file's state, not an exception
    """A raw file that can't be taken in; the message is the reason given to whoever dropped it."""
