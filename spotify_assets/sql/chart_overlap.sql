-- Songs that two charts share: one row per week, chart and other chart.
--
-- Songs count whatever ids they have in each chart. Every pair of charts collected that week is there.
--
-- Columns:
--   songs.week
--   songs.chart
--   other_chart: Any other chart collected that week
--   shared_songs: Songs that are in both
--   share: shared_songs as a share of this chart's songs
WITH distinct_songs AS (
    SELECT DISTINCT week, chart, song
    FROM chart_songs
),

sizes AS (
    SELECT week, chart, count(*) AS songs
    FROM distinct_songs
    GROUP BY week, chart
),

-- Each pair once: its two rows below hold the same songs.
shared AS (
    SELECT one.week, one.chart, other.chart AS other_chart, count(*) AS songs
    FROM distinct_songs AS one
    INNER JOIN distinct_songs AS other
        ON other.week = one.week AND other.song = one.song AND other.chart > one.chart
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
    ON shared.week = one.week
    AND shared.chart = CASE WHEN one.chart < other.chart THEN one.chart ELSE other.chart END
    AND shared.other_chart = CASE WHEN one.chart < other.chart THEN other.chart ELSE one.chart END
