-- Albums by the places their songs take: one row per week, chart and album.
--
-- Entries without an album are left out.
--
-- Columns:
--   songs.week
--   songs.chart
--   albums.album_id
--   album_name: Title as received
--   albums.artist_names
--   albums.album_type
--   songs: Places of the chart that are from the album
--   best_rank: Best of those places
--   place_share: songs as a share of the chart's entries
--   streams: Plays of those entries; null where the source has none
--   chart_weeks_to_date: Sum of songs over this chart's collected weeks so far
--   leader_rank: Place by songs, then best_rank; equals share it
--   streams_rank: Place by streams; equals share it; null without streams
WITH entries AS (
    SELECT week, chart, rank, album_id, streams, count(*) OVER (PARTITION BY week, chart) AS entries
    FROM songs
),

places AS (
    SELECT
        week,
        chart,
        album_id,
        count(*) AS songs,
        min(rank) AS best_rank,
        CAST(count(*) AS double) / max(entries) AS place_share,
        CAST(sum(streams) AS bigint) AS streams
    FROM entries
    WHERE album_id IS NOT NULL
    GROUP BY week, chart, album_id
)

SELECT
    p.week,
    p.chart,
    p.album_id,
    a.name AS album_name,
    a.artist_names,
    a.album_type,
    p.songs,
    p.best_rank,
    p.place_share,
    p.streams,
    CAST(sum(p.songs) OVER (PARTITION BY p.chart, p.album_id ORDER BY p.week) AS bigint)
        AS chart_weeks_to_date,
    rank() OVER (PARTITION BY p.week, p.chart ORDER BY p.songs DESC, p.best_rank ASC)
        AS leader_rank,
    CASE
        WHEN p.streams IS NOT NULL
            THEN rank() OVER (PARTITION BY p.week, p.chart ORDER BY p.streams DESC NULLS LAST)
    END AS streams_rank
FROM places AS p
LEFT JOIN albums AS a ON a.week = p.week AND a.album_id = p.album_id
