-- asserts: A playlist was refreshed for the week, and isn't the snapshot of the week before.
-- severity: ERROR
-- why: It would be another week's chart under this week's date.
-- A file of the week before that shows another week says nothing about this one.
WITH shown AS (
    SELECT *, (refreshed_at::DATE - ((isodow(refreshed_at) + 2) % 7)::INT - 7) AS shows FROM raw_files
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
WHERE shows <> week
UNION ALL
SELECT DISTINCT r.week, r.chart, format('{} is the snapshot of the week before ({})', r.file, r.snapshot_id)
FROM raw_files AS r
JOIN of_their_week AS s ON s.week = r.week - 7 AND s.chart = r.chart AND s.snapshot_id = r.snapshot_id
