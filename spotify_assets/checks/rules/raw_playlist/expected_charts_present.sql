-- asserts: Every chart of the weeks before, and every chart that Spotify was asked for, has a raw file.
-- severity: WARN
-- why: A week with some of its charts is worth having, and a later drop completes it.
WITH before AS (
    SELECT e.week, s.chart, max(e.before) AS before
    FROM earlier AS e
    JOIN stored_charts AS s ON s.week = e.before
    WHERE e.week - e.before <= 182
    GROUP BY e.week, s.chart
),
expected AS (
    SELECT week, coalesce(b.chart, m.chart) AS chart, b.before, m.reason
    FROM before AS b FULL JOIN missing AS m USING (week, chart)
)
SELECT
    week,
    chart,
    coalesce(reason, format('it was not collected, and was in {}: download its weekly chart from '
                            || 'charts.spotify.com and drop it into the inbox', before)) AS finding
FROM expected ANTI JOIN raw_files USING (week, chart)
WHERE week IN (SELECT week FROM raw_files)
