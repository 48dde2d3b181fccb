"""What Spotify's refusals mean, in words, and what to do about each.

Sources: "Introducing some changes to our Web API" (27 November 2024) and "Update on Developer Access and
Platform Security" (6 February 2026) of Spotify's developer blog; "February 2026 Web API Dev Mode Changes
- Migration Guide"; "Rate Limits" and "Quota modes" of Spotify's Web API documentation.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from spotify_assets.spotify.account import SpotifyAccount
from spotify_assets.spotify.answers import (
    NoAnswer,
    RedirectedElsewhere,
    Refusal,
    SpotifyProblem,
    UnusableAnswer,
)

CSV_WAY = (
    "Its weekly CSV from charts.spotify.com holds the same chart: drop it below "
    "raw/to_be_processed/."
)
LATER = "Nothing is lost: the next run asks again."
LONGEST_WAIT = "SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT"


def in_words(problem: SpotifyProblem, what: str, account: SpotifyAccount, now: datetime) -> str:
    """Why `what` can't be had from Spotify, and what to do; without secrets."""
    if isinstance(problem, Refusal):
        return _refused(problem, what, account, now)
    if isinstance(problem, NoAnswer):
        return f"Spotify didn't answer for {what}: {problem}. {LATER}"
    if isinstance(problem, RedirectedElsewhere):
        return (
            f"Spotify's answer for {what} points elsewhere ({problem}). That isn't followed, since the "
            "other side would be shown the token. Is there a proxy or a log-in page in between? Look at "
            "SPOTIFY_ASSETS_SPOTIFY_API_URL and SPOTIFY_ASSETS_SPOTIFY_TOKEN_URL."
        )
    if isinstance(problem, UnusableAnswer):
        return (
            f"Spotify's answer for {what} can't be used: {problem}. Is there a proxy or a log-in page "
            f"in between? {LATER}"
        )
    return f"Spotify can't be asked for {what}: {problem}"


def _refused(refusal: Refusal, what: str, account: SpotifyAccount, now: datetime) -> str:
    answered = f"Spotify answered {refusal} to the request for {what}"
    if refusal.is_out_of_quota:
        return (
            f"{answered}: this app has used up its quota. {_again(refusal, now)} Apps with extended "
            "quota have more: Spotify's developer dashboard says who qualifies."
        )
    if refusal.needs_premium:
        return (
            f"{answered}: since February 2026 an app in development mode works only while its owner has "
            "Spotify Premium. Renew the owner's subscription; it takes some hours to count."
        )
    if refusal.of_token and refusal.status < 429:
        return _credentials(refusal, account)
    if refusal.status == 401:
        return (
            f"{answered}: a token that it gave just before isn't taken. Look at the app in Spotify's "
            "developer dashboard: it may have been blocked or deleted."
        )
    if refusal.status == 403:
        return (
            f"{answered}: this app may not read it. Since February 2026 an app in development mode is "
            "given only the playlists that its user owns or takes part in "
            f"(SPOTIFY_ASSETS_REFRESH_TOKEN says who that is). {CSV_WAY}"
        )
    if refusal.status == 404:
        return (
            f"{answered}: since November 2024 Spotify hides its own playlists, the charts among them, "
            "from new apps and apps in development mode. If yours has extended quota, look at the "
            f"playlist_id in the charts file. {CSV_WAY}"
        )
    if refusal.status == 429:
        return f"{answered}: too many requests. {_again(refusal, now, account)}"
    if refusal.status == 408 or refusal.status >= 500:
        return f"{answered}, also when asked again: it is out of order. {_again(refusal, now)}"
    return f"{answered}. That won't pass by itself: look at the charts file."


def _credentials(refusal: Refusal, account: SpotifyAccount) -> str:
    if "invalid_grant" in (refusal.reason, refusal.message):
        return (
            f"Spotify answered {refusal} to the refresh token: it was revoked or is of another app. Get "
            "a new one with spotify-assets login and set SPOTIFY_ASSETS_REFRESH_TOKEN."
        )
    more = " and SPOTIFY_ASSETS_REFRESH_TOKEN" if account.refresh_token else ""
    return (
        f"Spotify answered {refusal} to this app's credentials. Compare SPOTIPY_CLIENT_ID and "
        f"SPOTIPY_CLIENT_SECRET{more} with the app in Spotify's developer dashboard."
    )


def _again(refusal: Refusal, now: datetime, account: SpotifyAccount | None = None) -> str:
    if refusal.retry_after is None:
        return LATER
    wait = _duration(refusal.retry_after)
    moment = now + timedelta(seconds=min(refusal.retry_after, 10**9))
    asks = f"It asks to wait {wait}, until {moment:%Y-%m-%d %H:%M} UTC"
    if account is not None and refusal.retry_after > account.longest_wait:
        asks += f", and a run waits {_duration(account.longest_wait)} at most ({LONGEST_WAIT})"
    return f"{asks}. {LATER}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours"
