-- asserts: A chart's ranks run from 1 to its last without a gap.
-- severity: WARN
-- why: Spotify's own files have gaps, and the rows that are there are true.
SELECT
    week,
    chart,
    format('there is no rank {}{}', array_to_string(first_missing[:5], ', '),
           CASE WHEN missing > 5 THEN format(' and {} more', missing - 5) ELSE '' END) AS finding
FROM (
    SELECT
        week,
        chart,
        max(rank)::BIGINT - count(DISTINCT rank) FILTER (rank > 0) AS missing,
        -- of n ranks, the first five that are missing are at most n + 5
        list_filter(range(1, least(max(rank), count(*) + 6)), lambda r: NOT list_contains(list(rank), r))
            AS first_missing
    FROM songs GROUP BY week, chart
)
WHERE missing > 0
