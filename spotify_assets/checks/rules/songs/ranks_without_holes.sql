-- asserts: A chart's ranks run from 1 to its last without a gap.
-- severity: WARN
-- why: Spotify's own files have gaps, and the rows that are there are true.
SELECT
    week,
    chart,
    format('{} has no rank {}{}', chart, array_to_string(missing[:5], ', '),
           CASE WHEN len(missing) > 5 THEN format(' and {} more', len(missing) - 5) ELSE '' END) AS finding
FROM (
    SELECT week, chart, list_filter(range(1, least(max(rank), 100000)), lambda r: NOT list_contains(list(rank), r))
        AS missing
    FROM songs GROUP BY week, chart
)
WHERE len(missing) > 0
