-- The chart as it stands: the rows of chart_history in each chart's latest collected week.
-- One row per chart and rank.
SELECT h.*
FROM chart_history AS h
INNER JOIN (SELECT chart, max(week) AS week FROM songs GROUP BY chart) AS latest
    ON latest.chart = h.chart AND latest.week = h.week
