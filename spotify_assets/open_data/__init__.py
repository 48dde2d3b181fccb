"""Open data about songs and artists: MusicBrainz and Wikidata, asked in `look_up`, read in `facts`."""
