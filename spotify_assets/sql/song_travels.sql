-- How songs come from one chart to others: one row per song and chart.
--
-- Charts that take all others together, like Global, count as any other.
--
-- Columns:
--   chart_history.song
--   songs.chart
--   song_name: Latest name there
--   artist_names: Latest artists there, as received
--   song_totals.debut_week
--   first_week: First week of the song in any chart
--   charts_at_first: Charts that had it in that week
--   first_chart: The one of these with its best rank there; of equals, the first by name
--   days_after_first: Days from first_week to debut_week
--   is_partial: One of the two charts had it from its first collected week, or was collected later
WITH debuts AS (
    SELECT
        t.*,
        min(t.debut_week) OVER (PARTITION BY t.chart) AS tracked_since
    FROM song_totals AS t
),

compared AS (
    SELECT
        d.*,
        first_value(debut_week) OVER (PARTITION BY song ORDER BY debut_week, debut_rank, chart)
            AS first_week,
        first_value(chart) OVER (PARTITION BY song ORDER BY debut_week, debut_rank, chart)
            AS first_chart,
        first_value(tracked_since) OVER (PARTITION BY song ORDER BY debut_week, debut_rank, chart)
            AS first_tracked_since,
        count(*) OVER (PARTITION BY song, debut_week) AS charts_then
    FROM debuts AS d
)

SELECT
    song,
    chart,
    song_name,
    artist_names,
    debut_week,
    first_week,
    first_value(charts_then) OVER (PARTITION BY song ORDER BY debut_week) AS charts_at_first,
    first_chart,
    CAST(date_diff('day', first_week, debut_week) AS integer) AS days_after_first,
    tracked_since > first_week OR tracked_since = debut_week OR first_tracked_since = first_week
        AS is_partial
FROM compared
