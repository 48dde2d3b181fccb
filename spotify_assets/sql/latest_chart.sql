-- Each chart's latest collected week of chart_history: one row per chart and rank.
--
-- Columns:
--   chart_history.*
SELECT h.*
FROM chart_history AS h
INNER JOIN (SELECT chart, max(week) AS week FROM songs GROUP BY chart) AS latest
    ON latest.chart = h.chart AND latest.week = h.week
