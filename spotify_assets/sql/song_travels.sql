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
--   is_partial: Here or where it was first it was there from the chart's first collected week
WITH debuts AS (
    SELECT
        t.*,
        t.debut_week = min(t.debut_week) OVER (PARTITION BY t.chart) AS at_start
    FROM song_totals AS t
),

compared AS (
    SELECT
        d.*,
        first_value(debut_week) OVER (PARTITION BY song ORDER BY debut_week, debut_rank, chart)
            AS first_week,
        first_value(chart) OVER (PARTITION BY song ORDER BY debut_week, debut_rank, chart)
            AS first_chart,
        first_value(at_start) OVER (PARTITION BY song ORDER BY debut_week, debut_rank, chart)
            AS first_at_start,
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
    at_start OR first_at_start AS is_partial
FROM compared
