-- asserts: Every chart of the week before has a raw file.
-- severity: WARN
-- why: A week with some of its charts is worth having, and a later drop completes it.
-- Found is where a chart breaks off; all weeks that it lacks are a finding about the base, `expected_charts_collected`.
SELECT DISTINCT
    e.week,
    s.chart,
    coalesce(m.reason, format('it was not collected, and was in {}: download its weekly chart from '
                              || 'charts.spotify.com and drop it into the inbox', e.before)) AS finding
FROM earlier AS e
JOIN stored_charts AS s ON s.week = e.before
LEFT JOIN missing AS m ON m.week = e.week AND m.chart = s.chart
ANTI JOIN raw_files AS r ON r.week = e.week AND r.chart = s.chart
WHERE e.back = 1 AND e.week IN (SELECT week FROM raw_files)
