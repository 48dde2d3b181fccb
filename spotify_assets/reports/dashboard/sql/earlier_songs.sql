-- The songs that left before the first week whose rows the page has: those that were longest on a chart, and
-- the leading ones of a year. Rows as in `history.sql`, each of a song's last week.
WITH credits AS (
    SELECT week, song_id, CAST(array_agg(artist_id ORDER BY artist_position) AS json) AS artists
    FROM song_artists
    GROUP BY week, song_id
),

lines AS (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY chart ORDER BY weeks_on_chart DESC, last_week DESC, song) AS line
    FROM song_totals AS t
    WHERE last_week < DATE '{since}'
)

SELECT
    l.chart, l.last_week AS week, l.last_rank AS rank, l.song, s.song_name, s.artist_names, s.song_url,
    s.explicit, c.artists, s.album_id, NULL AS previous_rank, l.peak_rank, l.weeks_on_chart,
    false AS on_chart_at_start, s.streams, 'counted' AS figures_from, NULL AS move
FROM lines AS l
INNER JOIN songs AS s ON s.chart = l.chart AND s.week = l.last_week AND s.rank = l.last_rank
LEFT JOIN credits AS c ON c.week = s.week AND c.song_id = s.song_id
WHERE l.line <= 100 OR (l.chart, l.song) IN (
    SELECT chart, id FROM year_charts WHERE kind = 'song' AND place <= 20
)
ORDER BY l.chart, l.last_week, l.last_rank
