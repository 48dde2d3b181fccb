-- Entries by their lead artist's first genre: one row per week, chart and genre.
--
-- Columns:
--   songs.week
--   songs.chart
--   genre: First genre of the lead artist, or unknown
--   songs: Entries of that genre
--   open_data_songs: Those of them whose genre Wikidata or MusicBrainz tells, not Spotify
--   share: songs as a share of the chart's entries
--   known_share: Share of the chart's entries whose genre is known; same in every row
--   spotify_share: Share of the chart's entries whose genre Spotify tells; same in every row
--   wikidata_share: Share of the chart's entries whose genre Wikidata tells; same in every row
--   musicbrainz_share: Share of the chart's entries whose genre MusicBrainz tells; same in every row
WITH entries AS (
    SELECT
        s.week,
        s.chart,
        coalesce(g.genre, 'unknown') AS genre,
        g.genres_source AS source
    FROM songs AS s
    LEFT JOIN song_artists AS a
        ON a.week = s.week AND a.song_id = s.song_id AND a.artist_position = 1
    LEFT JOIN artist_genres AS g
        ON g.week = a.week AND g.artist_id = a.artist_id AND g.genre_order = 1
),

totals AS (
    SELECT
        week,
        chart,
        count(*) AS entries,
        count(CASE WHEN source = 'spotify' THEN 1 END) AS by_spotify,
        count(CASE WHEN source = 'wikidata' THEN 1 END) AS by_wikidata,
        count(CASE WHEN source = 'musicbrainz' THEN 1 END) AS by_musicbrainz
    FROM entries
    GROUP BY week, chart
)

SELECT
    e.week,
    e.chart,
    e.genre,
    count(*) AS songs,
    count(CASE WHEN e.source <> 'spotify' THEN 1 END) AS open_data_songs,
    CAST(count(*) AS double) / t.entries AS share,
    CAST(t.by_spotify + t.by_wikidata + t.by_musicbrainz AS double) / t.entries AS known_share,
    CAST(t.by_spotify AS double) / t.entries AS spotify_share,
    CAST(t.by_wikidata AS double) / t.entries AS wikidata_share,
    CAST(t.by_musicbrainz AS double) / t.entries AS musicbrainz_share
FROM entries AS e
INNER JOIN totals AS t ON t.week = e.week AND t.chart = e.chart
GROUP BY e.week, e.chart, e.genre, t.entries, t.by_spotify, t.by_wikidata, t.by_musicbrainz
