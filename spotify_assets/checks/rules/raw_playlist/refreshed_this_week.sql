-- asserts: A playlist was refreshed for the week, and isn't the snapshot of the week before.
-- severity: ERROR
-- why: It would be another week's chart under this week's date.
-- A refresh in the last three hours before a week's end may be for that week; of the ranks, `not_a_copy` tells.
-- A file of the week before that shows another week says nothing about this one.
WITH shown AS (
    SELECT
        *,
        refreshed_at::DATE - ((isodow(refreshed_at) + 2) % 7)::INT - 7 AS shows,
        (refreshed_at + INTERVAL 3 HOUR)::DATE AS late
    FROM raw_files
),
of_their_week AS (
    SELECT week, chart, snapshot_id FROM snapshots
    WHERE coalesce(refreshed_at::DATE - ((isodow(refreshed_at) + 2) % 7)::INT - 7, week) = week
)
SELECT
    week,
    chart,
    format('{} was refreshed on {}, so it shows the week {}', file, refreshed_at::DATE, shows) AS finding
FROM shown
WHERE shows <> week AND late <> week + 7
UNION ALL
SELECT DISTINCT r.week, r.chart, format('{} is the snapshot of the week before ({})', r.file, r.snapshot_id)
FROM raw_files AS r
JOIN of_their_week AS s ON s.week = r.week - 7 AND s.chart = r.chart AND s.snapshot_id = r.snapshot_id
