-- asserts: A playlist has as many rows as Spotify says it has, and no song twice.
-- severity: WARN
-- why: The rows that are there are true; the rest can be dropped later.
-- Where the chart has a CSV file, that decides the ranks; a page left behind by an older capture isn't used.
WITH pages AS (
    SELECT *, first_value(refreshed_at) OVER (PARTITION BY week, chart ORDER BY file) AS first_refreshed
    FROM raw_files
    WHERE stated_total IS NOT NULL
),
used AS (
    SELECT * FROM pages ANTI JOIN (SELECT week, chart FROM raw_files WHERE kind <> 'playlist') USING (week, chart)
    WHERE refreshed_at IS NOT DISTINCT FROM first_refreshed
)
SELECT
    week,
    chart,
    format('{} of {} rows are there: drop the pages that are missing, or the chart''s CSV file',
           sum(rows), max(stated_total)) AS finding
FROM used
GROUP BY week, chart
HAVING sum(rows) < max(stated_total)
UNION ALL
SELECT
    week,
    chart,
    format('rank {} repeats a song that has a better rank, and stays empty: the chart''s CSV file says which '
           || 'song belongs there', rank)
FROM (SELECT week, chart, unnest(again) AS rank FROM used)
