"""The error that ends an attempt to ask Spotify."""

from __future__ import annotations

from spotify_assets.errors import UserError
from spotify_assets.spotify.answers import NoAnswer, Refusal, SpotifyProblem


class SpotifyError(UserError):
    """Spotify can't be had for what was asked; the message says why and what to do about it.

    `problem` is what it answered last.
    """

    def __init__(self, message: str, problem: SpotifyProblem) -> None:
        super().__init__(message)
        self.problem = problem

    @property
    def is_of_the_app(self) -> bool:
        """Whether it is the app itself that is refused, whatever it asks for."""
        return isinstance(self.problem, Refusal) and self.problem.is_of_the_app

    @property
    def is_of_token(self) -> bool:
        """Whether there isn't even a token, so that nothing can be asked."""
        return isinstance(self.problem, Refusal) and self.problem.of_token

    @property
    def is_outage(self) -> bool:
        """Whether Spotify doesn't answer at all, or only that it is out of order."""
        is_broken = isinstance(self.problem, Refusal) and self.problem.status >= 500
        return is_broken or isinstance(self.problem, NoAnswer)

    @property
    def status(self) -> int | None:
        """The error status, where there was an answer."""
        return self.problem.status if isinstance(self.problem, Refusal) else None
