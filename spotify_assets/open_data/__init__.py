"""Open data about songs and artists: MusicBrainz and Wikidata, asked in `look_up`, read in `facts`."""

NOT_ASKED = (
    "SPOTIFY_ASSETS_CONTACT isn't set, so open data isn't asked for genres, albums and lengths"
)
"""Why nothing is requested of open data without a contact."""
