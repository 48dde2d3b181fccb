-- Who leads a chart: the artists by the places they are credited on, features included.
-- One row per week, chart and artist.
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
        AS leader_rank
FROM places AS p
LEFT JOIN artists AS a ON a.week = p.week AND a.artist_id = p.artist_id
