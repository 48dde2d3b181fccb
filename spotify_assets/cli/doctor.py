"""`spotify-assets doctor`: what is set, what works, and how to fix what doesn't.

One function for each subject, one line for each finding; a subject that can't be looked at is a
finding too, and the others go on. Nothing is changed. What a subject means belongs in its own room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, zip_longest
from operator import itemgetter
from posixpath import dirname
from typing import Literal

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.checks.declared import NO_REJECTED_FILES
from spotify_assets.checks.every import base_verdicts
from spotify_assets.checks.making import Base
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of, instance_in, prepared_home
from spotify_assets.cli.hints import say
from spotify_assets.cli.update import held_back_sentences
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UserError
from spotify_assets.layout import INBOX, REASON, REJECTED
from spotify_assets.open_data import NOT_ASKED
from spotify_assets.open_data.facts import read_open_facts
from spotify_assets.open_data.matching import REFUSALS, WAYS
from spotify_assets.raw.archive import missing_files
from spotify_assets.raw.file_names import is_left_alone
from spotify_assets.raw.inbox import about_closed
from spotify_assets.raw.missing import expected_charts
from spotify_assets.raw.rejected import rejected_files
from spotify_assets.settings import PREFIX, Settings, is_secret, load_settings, variable_of
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.tables.lacking import songs_to_match
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS, SONG_IDENTITIES
from spotify_assets.tables.stale import are_reports_stale, stale_weeks
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import describe_weeks, latest_closed_week, system_clock
from spotify_assets.words import listed, plain

PROBE = f"{INBOX}.probe"
UPDATE = "spotify-assets update"
GENRE_SOURCES: dict[Literal["wikidata", "musicbrainz"], str] = {
    "wikidata": "Wikidata",
    "musicbrainz": "MusicBrainz",
}
MOST_ALIKE = 5  # findings of one subject, so that all of it fits on a screen
Finding = tuple[str, str, str, str]
"""`ok`, `note` (worth knowing) or `FIX`; the subject; what there is to say; what to do, if anything."""


def doctor(*, verbose: bool = False) -> int:
    """Run the command; return its exit code: 1 if there is something to fix."""
    has_faults = False
    found = look_at_all(load_settings(), verbose=verbose)
    for (mark, subject), alike in groupby(found, key=itemgetter(0, 1)):
        of_subject = list(alike)
        shown = of_subject if verbose else of_subject[:MOST_ALIKE]
        for (_, _, says, remedy), after in zip_longest(shown, shown[1:]):
            say(f"{mark:<5} {subject:<12} {says}")
            if remedy and (after is None or after[3] != remedy):
                say(f"{'':<18} -> {remedy}")
        if more := len(of_subject) - len(shown):
            say(f"{mark:<5} {subject:<12} and {more} more: spotify-assets doctor --verbose")
        has_faults = has_faults or mark == "FIX"
    click.echo("Something needs fixing: see FIX above." if has_faults else "All well.")
    return FAILED if has_faults else 0


def look_at_all(settings: Settings, *, verbose: bool = False) -> Iterator[Finding]:
    """Write to the base, and yield what there is to say about every subject."""
    yield from look_at_settings(settings, verbose=verbose)
    subjects = {"alerts": look_at_alerts, "Spotify": look_at_spotify}
    try:
        storage = base_of(settings)
        storage.write_once(PROBE, b"probe")  # a store that can't do this says so here
        storage.write(PROBE, b"probe")
        storage.delete(PROBE)
        yield "ok", "storage", f"{settings.base} can be written to", ""
    except UserError as error:
        yield "FIX", "storage", plain(error), ""
    except OSError as error:
        says = f"{settings.base} can't be written to: {error.strerror or error}"
        yield "FIX", "storage", says, f"set {PREFIX}BASE to a folder of yours"
    else:
        subjects = {
            "storage": look_at_storage,
            "inbox": look_at_inbox,
            "tables": look_at_tables,
            "catalog": look_at_catalog,
            "whole base": look_at_base,
            "open data": look_at_open_data,
            **subjects,
        }
    for subject, look in subjects.items():
        try:
            yield from look(settings)
        except OSError as error:
            yield "FIX", subject, plain(f"{error.strerror}: {error.filename}"), ""
    try:
        with instance_in(home := prepared_home(settings)):
            yield "ok", "DAGSTER_HOME", str(home), ""
    except UserError as error:
        yield "FIX", "DAGSTER_HOME", plain(error), ""


def look_at_settings(settings: Settings, *, verbose: bool = False) -> Iterator[Finding]:
    """Yield the settings, the charts, and whether there is a week to collect.

    Settings that have their defaults are left out, unless `verbose`.
    """
    defaults = Settings()
    for field, info in Settings.model_fields.items():
        value = getattr(settings, field)
        if verbose or value != getattr(defaults, field):
            shown = ("(set)" if value.get_secret_value() else "") if is_secret(field) else value
            meaning = f"  ({info.description})" if verbose else ""
            yield "ok", "setting", f"{variable_of(field)}={shown}{meaning}", ""
    yield "ok", "charts", listed([chart.slug for chart in settings.charts.charts]), ""
    latest = latest_closed_week(system_clock())
    if settings.first_week > latest:
        says = f"the first week, {settings.first_week}, isn't over: there is nothing to collect"
        yield "FIX", "weeks", says, f"set {PREFIX}FIRST_WEEK to {latest} or earlier"


def look_at_storage(settings: Settings) -> Iterator[Finding]:
    """Yield whether the charts here are made up, and whether all that was received is still there."""
    storage = base_of(settings)
    expected = expected_charts(storage, settings.charts)
    yield "ok", "expected charts", ", ".join(chart.slug for chart in expected), ""
    if holds_demo(storage):
        remedy = f"for real charts set {PREFIX}BASE to another folder"
        yield "note", "storage", "it holds the demo's made-up charts", remedy
    if gone := missing_files(storage):
        says = f"raw files that were received and are gone: {len(gone)}, the first: {gone[0].path}"
        yield "FIX", "archive", says, f"put copies of them into the inbox and run {UPDATE}"


def look_at_inbox(settings: Settings) -> Iterator[Finding]:
    """Yield what waits to be taken in, what can't be, and what was rejected."""
    storage = base_of(settings)
    closed = storage.closed_folders(INBOX)
    keys = [file.key for file in storage.files(INBOX) if dirname(file.key) not in closed]
    if waiting := sum(not is_left_alone(key.removeprefix(INBOX)) for key in keys):
        yield "note", "inbox", f"files that wait: {waiting}", UPDATE
    else:
        yield "ok", "inbox", f"empty; drop chart files below {settings.base}/{INBOX}", ""
    if closed:
        yield "FIX", "inbox", f"folders {about_closed(closed)}", ""
    if rejected := rejected_files(storage):
        remedy = (
            f"read the {REASON} beside each in {settings.base}/{REJECTED}, fix the cause or delete the "
            f"file, then: {UPDATE} --retry-rejected"
        )
        says = f"files: {len(rejected)}, the first: {REJECTED}{rejected[0]}"
        yield "note", "rejected", says, remedy


def look_at_tables(settings: Settings) -> Iterator[Finding]:
    """Yield which weeks are stored, which are stale or incomplete, and whether the pages are."""
    storage = base_of(settings)
    stored, stale = stored_weeks(storage), stale_weeks(storage, settings.first_week)
    songs = stored.get("songs", [])
    if songs:
        yield "ok", "tables", describe_weeks(songs), ""
        if songs[0] > settings.first_week:
            says = f"Dagster's UI shows the weeks from {settings.first_week} until {songs[0]} as missing"
            remedy = f"if they won't be collected, set {PREFIX}FIRST_WEEK={songs[0]}"
            yield "note", "weeks", says, remedy
    elif not stale and not stored.get(CHECK_RESULTS.name):
        remedy = f"drop chart files and run {UPDATE}, or try spotify-assets demo"
        yield "note", "tables", "there are none yet", remedy
    if stale:
        why = "incomplete, or older than raw files, details or columns"
        says = f"stale, {why}: {describe_weeks(stale)}"
        yield "FIX", "tables", says, UPDATE
    if are_reports_stale(storage):
        yield (
            "FIX",
            "reports",
            "a page, or what it shows, is missing or older than the tables",
            UPDATE,
        )


def look_at_catalog(settings: Settings) -> Iterator[Finding]:
    """Yield whether the catalog shows what is stored, answers, and which charts are held back."""
    storage = base_of(settings)
    try:
        catalog = open_catalog(settings, storage)
        shown = {name: weeks for name, weeks in catalog.weeks().items() if weeks}
    except UserError as error:
        yield "FIX", "catalog", plain(error), ""
        return
    try:
        stored = {name: set(weeks) for name, weeks in stored_weeks(storage).items()}
    except OSError:  # why not is said of the tables
        stored = shown
    gone = {week for name in shown for week in shown[name] - stored.get(name, set())}
    new = {week for name in stored for week in stored[name] - shown.get(name, set())}
    for what, weeks in (("shows weeks that aren't stored", gone), ("doesn't show", new)):
        if weeks:
            yield "FIX", "catalog", f"{what}: {describe_weeks(weeks)}", UPDATE
    if not shown or gone:
        return
    latest = max(max(weeks) for weeks in shown.values())
    try:
        for name in (*CHART_TABLES, SONG_IDENTITIES.name):
            # All columns of all rows: a count reads only the ends of the files.
            sql = f"SELECT max(columns(*)) FROM {name}"  # noqa: S608
            if settings.catalog == "glue":  # Athena bills what it reads: the latest week is enough
                where = f" WHERE week = DATE '{latest}'" if name in CHART_TABLES else ""
                sql = f"SELECT count(*) AS n FROM {name}{where}"  # noqa: S608
            catalog.query(sql)
        yield "ok", "catalog", f"{catalog.location} answers", ""
    except UserError as error:
        yield "FIX", "catalog", f"{catalog.location} doesn't answer: {plain(error)}", ""
        return
    said = [one for of_check in held_back_sentences(storage).values() for one in of_check]
    remedy = f"drop a correct file of the week and run {UPDATE}; spotify-assets checks says more"
    for sentence in said:
        yield "FIX", "held back", sentence, remedy


def look_at_base(settings: Settings) -> Iterator[Finding]:
    """Yield what the checks of the whole base find, such as weeks that are missing."""
    base = Base(base_of(settings), settings.charts, settings.thresholds)
    for title, findings in base_verdicts(base, system_clock(), settings.first_week).items():
        if title != NO_REJECTED_FILES.title:  # of which `inbox` says more
            yield from (("note", "whole base", said, "") for said in findings)


def look_at_open_data(settings: Settings) -> Iterator[Finding]:
    """Yield what is known from where: songs by the way they were found, artists with genres."""
    storage = base_of(settings)
    facts = read_open_facts(storage)
    for said in facts.damaged:
        yield "FIX", "open data", plain(said), ""
    if not settings.contact:
        yield "ok", "open data", NOT_ASKED, ""
    if not facts.songs and not settings.contact:
        return
    songs = songs_to_match(storage)
    known = [facts.songs[song.key] for song in songs if song.key in facts.songs]
    ways = Counter(song.match for song in known if song.match)
    found = ", ".join(
        f"{ways[way]:,} by {way.replace('isrc', 'ISRC')}" for way in WAYS if ways[way]
    )
    yield "ok", "open data", f"{len(songs):,} songs: {found or 'none found yet'}", ""
    if waiting := len(songs) - len(known):
        remedy = UPDATE if settings.contact else f"set {PREFIX}CONTACT and run {UPDATE}"
        yield "note", "open data", f"songs that weren't asked yet: {waiting:,}", remedy
    refused = Counter(song.refused for song in known if not song.match)
    for why, count in refused.most_common():
        yield "ok", "not found", f"{count:,}: {REFUSALS[why]}", ""
    if facts.artists:
        sources = Counter(artist.genres_source for artist in facts.artists.values())
        of = [
            f"{sources[key]:,} from {name}" for key, name in GENRE_SOURCES.items() if sources[key]
        ]
        says = f"{len(facts.artists):,} artists; genres of {' and '.join(of) or 'none'}"
        yield "ok", "open data", says, ""


def look_at_alerts(settings: Settings) -> Iterator[Finding]:
    """Yield how many addresses alerts go to, and which of them can't be right; nothing is sent."""
    if settings.alert_topic:
        yield "ok", "alerts", f"go to {settings.alert_topic}", ""
    if addresses := settings.alert_addresses:
        from spotify_assets.defs.delivery import open_addresses

        opened, problems = open_addresses(settings)
        for problem in problems:
            yield "FIX", "alerts", problem, ""
        if opened:
            says = f"go to {len(opened)} of {len(addresses)} addresses in {PREFIX}ALERT_URLS"
            yield "ok", "alerts", says, ""
    elif not settings.alert_topic:
        says = f"are only logged: neither {PREFIX}ALERT_URLS nor {PREFIX}ALERT_TOPIC is set"
        yield "ok", "alerts", says, ""


def look_at_spotify(settings: Settings) -> Iterator[Finding]:
    """Fetch a token, then each chart as it is now; nothing is stored."""
    if not settings.spotify.is_configured:
        yield "ok", "Spotify", f"charts come from dropped files only: {NOT_CONFIGURED}", ""
        return
    from spotify_assets.spotify import charts as live

    client = SpotifyAccess(settings.spotify, system_clock).client
    try:
        client.check_credentials()
    except UserError as error:
        yield "FIX", "Spotify", "issues no token", str(error)
        return
    whose = "a user's" if settings.spotify.refresh_token else "the app's own"
    yield "ok", "Spotify", f"issues a token ({whose})", ""
    week = latest_closed_week(system_clock())
    earlier = live.earlier_charts(base_of(settings), settings.charts, week)
    found: dict[Finding, list[str]] = {}
    for chart in expected_charts(base_of(settings), settings.charts):
        mark, says, remedy = "ok", f"serves the week {week} of", ""
        try:
            if chart.playlist_id:
                live.fetch_chart(client, chart, week, earlier[chart.slug])
            else:
                says = "isn't asked, because there is no playlist_id, for"
        except live.NotRefreshed:
            says = f"hasn't refreshed for the week {week} yet"
        except live.NotForThisApp as error:
            mark, says = "note", "doesn't serve to this app"
            remedy = f"{error} To stop requesting it, remove its playlist_id from the charts file."
        except UserError as error:
            mark, says, remedy = "note", "serves nothing usable of", str(error)
        found.setdefault((mark, "Spotify", says, remedy), []).append(chart.slug)
    for (mark, subject, says, remedy), slugs in found.items():
        yield mark, subject, f"{says}: {', '.join(slugs)}", remedy
