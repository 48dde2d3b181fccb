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
        t.debut_week = min(t.debut_week) OVER (PARTITION BY t.chart) AS at_start,
        min(t.debut_week) OVER (PARTITION BY t.song) AS first_week
    FROM song_totals AS t
),

firsts AS (
    SELECT
        song,
        chart,
        at_start,
        count(*) OVER (PARTITION BY song) AS charts_at_first,
        row_number() OVER (PARTITION BY song ORDER BY debut_rank, chart) AS choice
    FROM debuts
    WHERE debut_week = first_week
)

SELECT
    d.song,
    d.chart,
    d.song_name,
    d.artist_names,
    d.debut_week,
    d.first_week,
    f.charts_at_first,
    f.chart AS first_chart,
    CAST(date_diff('day', d.first_week, d.debut_week) AS integer) AS days_after_first,
    d.at_start OR f.at_start AS is_partial
FROM debuts AS d
INNER JOIN firsts AS f ON f.song = d.song AND f.choice = 1
