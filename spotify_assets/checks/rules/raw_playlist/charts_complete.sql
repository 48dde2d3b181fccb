-- asserts: A playlist has as many rows as Spotify says it has.
-- severity: WARN
-- why: The rows that are there are true; the rest can be dropped later.
-- Where the chart has a CSV file, that decides the ranks; a page left behind by an older capture isn't used.
WITH pages AS (
    SELECT *, first_value(refreshed_at) OVER (PARTITION BY week, chart ORDER BY file) AS first_refreshed
    FROM raw_files
    WHERE stated_total IS NOT NULL
)
SELECT
    week,
    chart,
    format('{} of {} rows are there: drop the pages that are missing, or the chart''s CSV file',
           sum(rows), max(stated_total)) AS finding
FROM pages ANTI JOIN (SELECT week, chart FROM raw_files WHERE kind <> 'playlist') USING (week, chart)
WHERE refreshed_at IS NOT DISTINCT FROM first_refreshed
GROUP BY week, chart
HAVING sum(rows) < max(stated_total)
