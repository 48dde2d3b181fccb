-- Which albums lead a chart, by the places their songs take; entries without an album are left out.
-- One row per week, chart and album.
WITH entries AS (
    SELECT week, chart, rank, album_id, count(*) OVER (PARTITION BY week, chart) AS entries
    FROM songs
),

places AS (
    SELECT
        week,
        chart,
        album_id,
        count(*) AS songs,
        min(rank) AS best_rank,
        CAST(count(*) AS double) / max(entries) AS place_share
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
    CAST(sum(p.songs) OVER (PARTITION BY p.chart, p.album_id ORDER BY p.week) AS bigint)
        AS chart_weeks_to_date,
    rank() OVER (PARTITION BY p.week, p.chart ORDER BY p.songs DESC, p.best_rank ASC)
        AS leader_rank
FROM places AS p
LEFT JOIN albums AS a ON a.week = p.week AND a.album_id = p.album_id
