-- Artists by the places they are credited on: one row per week, chart and artist.
--
-- Features are included.
--
-- Columns:
--   songs.week
--   songs.chart
--   artist_id: As in artists
--   artist_name: Name in artists, else as credited
--   songs: Places of the chart that the artist is credited on
--   lead_songs: Those of them where the artist is the lead artist
--   place_share: songs as a share of the chart's entries
--   best_rank: Best of those places
--   streams: Plays of those entries; null where the source has none
--   chart_places_to_date: Sum of songs over this chart's collected weeks so far
--   leader_rank: Place by songs, then best_rank; equals share it
--   streams_rank: Place by streams; equals share it; null without streams
WITH entries AS (
    SELECT week, chart, rank, song_id, streams, count(*) OVER (PARTITION BY week, chart) AS entries
    FROM songs
),

-- Once per song, should the credits name an artist twice.
credits AS (
    SELECT
        week,
        song_id,
        artist_id,
        min(artist_position) AS artist_position,
        min(artist_name) AS artist_name
    FROM song_artists
    GROUP BY week, song_id, artist_id
),

places AS (
    SELECT
        e.week,
        e.chart,
        c.artist_id,
        min(c.artist_name) AS credited_name,
        count(*) AS songs,
        count(CASE WHEN c.artist_position = 1 THEN 1 END) AS lead_songs,
        CAST(count(*) AS double) / max(e.entries) AS place_share,
        min(e.rank) AS best_rank,
        CAST(sum(e.streams) AS bigint) AS streams
    FROM entries AS e
    INNER JOIN credits AS c ON c.week = e.week AND c.song_id = e.song_id
    GROUP BY e.week, e.chart, c.artist_id
)

SELECT
    p.week,
    p.chart,
    p.artist_id,
    coalesce(a.name, p.credited_name) AS artist_name,
    p.songs,
    p.lead_songs,
    p.place_share,
    p.best_rank,
    p.streams,
    CAST(sum(p.songs) OVER (PARTITION BY p.chart, p.artist_id ORDER BY p.week) AS bigint)
        AS chart_places_to_date,
    rank() OVER (PARTITION BY p.week, p.chart ORDER BY p.songs DESC, p.best_rank ASC)
        AS leader_rank,
    CASE
        WHEN p.streams IS NOT NULL
            THEN rank() OVER (PARTITION BY p.week, p.chart ORDER BY p.streams DESC NULLS LAST)
    END AS streams_rank
FROM places AS p
LEFT JOIN artists AS a ON a.week = p.week AND a.artist_id = p.artist_id
