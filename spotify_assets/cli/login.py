"""`spotify-assets login`: how a user gives the app leave, once, to read playlists of theirs."""

from __future__ import annotations

import secrets

import click
import requests
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyOauthError

from spotify_assets.errors import UserError
from spotify_assets.settings import load_settings, variable_of
from spotify_assets.spotify.answers import Refusal, SpotifyProblem, refusal_of
from spotify_assets.spotify.sentences import in_words
from spotify_assets.spotify.session import TimeLimits, bounded_session
from spotify_assets.spotify.tokens import REDIRECT_URI, user_manager
from spotify_assets.weeks import system_clock


def login() -> int:
    """Run the command; gives its exit code.

    Raises:
        UserError: there are no credentials, or Spotify gives no token for what was pasted.
    """
    account = load_settings().spotify
    if not account.is_configured:
        raise UserError(
            "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set: make an app in Spotify's developer "
            "dashboard, and set both to what it shows."
        )

    def judge(response: requests.Response) -> None:
        if response.status_code >= 400:
            refusal = refusal_of(response, of_token=True, clock=system_clock)
            refusal.message = account.without_secrets(refusal.message)
            raise refusal

    memory = MemoryCacheHandler()
    user = user_manager(account, bounded_session(TimeLimits(), judge), memory)
    state = secrets.token_urlsafe(8)
    click.echo(f"1. In Spotify's developer dashboard, give the app the redirect URI {REDIRECT_URI}")
    click.echo(
        "2. Open this address, log in as the user whose playlists are to be read, and agree:"
    )
    click.echo(f"\n   {user.get_authorize_url(state=state)}\n")
    click.echo("3. The browser then can't show a page, and that is right: nothing listens there.")
    try:
        pasted = click.prompt("   Paste the address that it was sent to").strip()
    except click.Abort:
        raise UserError("\nNothing was pasted, so nothing has changed.") from None
    try:
        user.get_access_token(_code(pasted, state), as_dict=False, check_cache=False)
        token = (memory.get_cached_token() or {}).get("refresh_token")
    except SpotifyProblem as problem:
        if isinstance(problem, Refusal) and "invalid_grant" in (problem.reason, problem.message):
            raise UserError(
                "Spotify doesn't take that address any more: each is good once, for some minutes. "
                "Run spotify-assets login again."
            ) from None
        raise UserError(in_words(problem, "a token", account, system_clock())) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        token = None
    if not token:
        raise UserError("Spotify's answer holds no refresh token. Run spotify-assets login again.")
    click.echo("Keep this line as a secret, in .env or in a secret store:\n", err=True)
    click.echo(f"{variable_of('refresh_token')}={token}")
    return 0


def _code(pasted: str, state: str) -> str:
    from spotipy.oauth2 import SpotifyOAuth

    try:
        answered = SpotifyOAuth.parse_auth_response_url(pasted)
    except SpotifyOauthError as error:
        raise UserError(f"Spotify says {error.error}: the user didn't agree.") from None
    found_state, code = answered
    if not code:
        raise UserError(
            f"That address holds no code: it should begin with {REDIRECT_URI}?code=. Copy all of it."
        )
    if found_state != state:
        raise UserError(
            "That address is of another login: open the address that was printed now, and paste the one "
            "it leads to."
        )
    return str(code)
