-- How much two charts share in a week, by songs, whatever ids they go under in each.
-- One row per week, chart and other chart, for all charts collected that week.
WITH chart_songs AS (
    SELECT DISTINCT week, chart, song
    FROM chart_history
),

sizes AS (
    SELECT week, chart, count(*) AS songs
    FROM chart_songs
    GROUP BY week, chart
),

shared AS (
    SELECT one.week, one.chart, other.chart AS other_chart, count(*) AS songs
    FROM chart_songs AS one
    INNER JOIN chart_songs AS other
        ON other.week = one.week AND other.song = one.song AND other.chart <> one.chart
    GROUP BY one.week, one.chart, other.chart
)

SELECT
    one.week,
    one.chart,
    other.chart AS other_chart,
    coalesce(shared.songs, 0) AS shared_songs,
    CAST(coalesce(shared.songs, 0) AS double) / one.songs AS share
FROM sizes AS one
INNER JOIN sizes AS other ON other.week = one.week AND other.chart <> one.chart
LEFT JOIN shared
    ON shared.week = one.week AND shared.chart = one.chart AND shared.other_chart = other.chart
