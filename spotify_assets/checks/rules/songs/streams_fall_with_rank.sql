-- asserts: No song has more streams than the one ranked above it.
-- severity: ERROR
-- why: Ranks and streams contradict each other, so one of them is wrong.
SELECT
    week,
    chart,
    format('rank {} has {:,} streams, more than rank {} with {:,}',
           rank, streams, rank_above, above) AS finding,
    rank,
    song_id,
    song_name,
    streams
FROM (
    SELECT *, lag(streams) OVER chart_order AS above, lag(rank) OVER chart_order AS rank_above
    FROM songs WHERE streams IS NOT NULL
    WINDOW chart_order AS (PARTITION BY week, chart ORDER BY rank)
)
WHERE streams > above AND rank > rank_above
