-- asserts: A chart's first 20 ranks have about as many streams as in the eight weeks before.
-- severity: WARN
-- why: Unusual, but it can be true: somebody should look.
-- settings: check_streams_change
WITH top AS (
    SELECT week, chart, sum(streams)::BIGINT AS streams FROM songs WHERE rank <= 20
    GROUP BY week, chart HAVING count(streams) = 20
),
top_before AS (
    SELECT week, chart, sum(streams)::BIGINT AS streams FROM stored_songs WHERE rank <= 20
    GROUP BY week, chart HAVING count(streams) = 20
),
usual AS (
    SELECT t.week, t.chart, t.streams, median(b.streams) AS usual
    FROM top AS t
    JOIN earlier AS e ON e.week = t.week
    JOIN top_before AS b ON b.week = e.before AND b.chart = t.chart
    WHERE t.week - e.before <= 182
    GROUP BY t.week, t.chart, t.streams
)
SELECT
    week,
    chart,
    format('the first 20 ranks have {:,} streams, and had {:,.0f} in the weeks before: is it another '
           || 'chart''s file?', streams, usual) AS finding
FROM usual
WHERE streams NOT BETWEEN usual / $check_streams_change AND usual * $check_streams_change
