"""`spotify-assets login`: how a user lets the app read their playlists, once."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

import click

from spotify_assets.errors import UserError
from spotify_assets.settings import load_settings, variable_of
from spotify_assets.spotify.answers import Refusal, in_words
from spotify_assets.spotify.client import account_session, fetch_token
from spotify_assets.web import RequestProblem
from spotify_assets.weeks import system_clock

AUTHORIZE_URL = "https://accounts.spotify.com/authorize"
SCOPE = "playlist-read-private playlist-read-collaborative"
REDIRECT_URI = "http://127.0.0.1:8888/callback"  # to be registered with the app; nothing listens


def login() -> int:
    """Run the command; return its exit code."""
    account = load_settings().spotify
    if not account.is_configured:
        raise UserError(
            "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set: create an app in Spotify's "
            "developer dashboard, and set both to what it shows."
        )
    state = secrets.token_urlsafe(8)
    query = {"client_id": account.client_id, "response_type": "code"}
    query |= {"redirect_uri": REDIRECT_URI, "scope": SCOPE, "state": state}
    click.echo(
        f"1. In Spotify's developer dashboard, give the app the redirect URI {REDIRECT_URI}\n"
        "2. Open this address, log in as the user whose playlists are to be read, and agree:\n\n"
        f"   {AUTHORIZE_URL}?{urlencode(query)}\n\n"
        "3. The browser then can't show a page. That is expected: nothing listens there."
    )
    try:
        pasted = click.prompt("   Paste the address that it was sent to").strip()
    except click.Abort:
        raise UserError("\nNothing was pasted, so nothing has changed.") from None
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
    form["code"] = _code(pasted, state)
    try:
        session = account_session(account, system_clock)
        token = fetch_token(session, account, form).get("refresh_token")
    except RequestProblem as problem:
        if isinstance(problem, Refusal) and "invalid_grant" in (problem.reason, problem.message):
            raise UserError(
                "Spotify doesn't accept that address any more: each is valid once, for some minutes. "
                "Run spotify-assets login again."
            ) from None
        raise UserError(in_words(problem, "a token", account, system_clock())) from None
    if not token:
        raise UserError("Spotify's answer has no refresh token. Run spotify-assets login again.")
    click.echo("Keep this line secret, in .env or in a secret store:\n", err=True)
    click.echo(f"{variable_of('refresh_token')}={token}")
    return 0


def _code(pasted: str, state: str) -> str:
    from spotipy.oauth2 import SpotifyOAuth, SpotifyOauthError

    try:
        pasted_state, code = SpotifyOAuth.parse_auth_response_url(pasted)
    except SpotifyOauthError as error:
        raise UserError(f"Spotify says {error.error}: the user didn't agree.") from None
    if not code:
        raise UserError(
            f"That address has no code: it should begin with {REDIRECT_URI}?code=. Copy all of it."
        )
    if pasted_state != state:
        raise UserError(
            "That address is of another login: open the address printed above, and paste the one it "
            "leads to."
        )
    return str(code)
