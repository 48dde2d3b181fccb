-- asserts: A chart has about as many rows as in the eight weeks before, and some where it has a file.
-- severity: WARN
-- why: Spotify may shorten a chart, and what is there is true.
-- settings: check_row_count_change
WITH counts AS (
    SELECT week, chart, source, count(*) AS n FROM songs GROUP BY week, chart, source
),
usual AS (
    SELECT c.week, c.chart, c.n, median(b.n) AS usual
    FROM counts AS c
    JOIN earlier AS e ON e.week = c.week
    JOIN stored_charts AS b ON b.week = e.before AND b.chart = c.chart AND b.source = c.source
    WHERE c.week - e.before <= 182  -- a chart of years ago says nothing about today's size
    GROUP BY c.week, c.chart, c.n
)
SELECT
    week,
    chart,
    format('{}, and {:.0f} in the weeks before{}', counted(n, 'row'), usual,
           CASE WHEN n < usual THEN ': its file may be cut off, so drop it again' ELSE '' END) AS finding
FROM usual
WHERE abs(n - usual) > $check_row_count_change * usual
UNION ALL
SELECT DISTINCT week, chart, 'no rows, though its raw file can be read: does it list any song?'
FROM raw_files ANTI JOIN songs USING (week, chart)
WHERE problem IS NULL AND week IN (SELECT week FROM songs)
