-- The calendar years that were collected: one row per chart and year.
--
-- A chart week belongs to the year of its last day, a Thursday, so a year has 52 weeks or 53. Streams are
-- a year's measure where they are known for every entry; elsewhere it is points, and the two never mix.
--
-- Columns:
--   songs.chart
--   year: Calendar year of the weeks' last days
--   first_week: First collected week of the year
--   last_week: Last collected week of the year
--   weeks: Collected weeks of the year
--   measure: streams or points
SELECT
    chart,
    CAST(year(week_end) AS integer) AS year,
    min(week) AS first_week,
    max(week) AS last_week,
    count(DISTINCT week) AS weeks,
    CASE WHEN count(*) = count(streams) THEN 'streams' ELSE 'points' END AS measure
FROM songs
GROUP BY chart, year(week_end)
