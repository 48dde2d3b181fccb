-- asserts: The archive holds what was received, byte for byte (SHA-256).
-- severity: ERROR
-- why: The archive is what all tables are made from, and the only copy of a week that is gone.
SELECT week, chart, format('{} can''t be read: {}', file, problem) AS finding
FROM raw_files
WHERE problem IS NOT NULL
UNION ALL
SELECT
    r.week,
    r.chart,
    format('{} isn''t what was received: its SHA-256 is {}…, and was {}…. Drop the good file again',
           r.file, r.sha256[:12], n.sha256[:12])
FROM raw_files AS r
JOIN received AS n ON n.week = r.week AND n.file = r.file
WHERE r.problem IS NULL AND NOT starts_with(r.sha256, n.sha256)
UNION ALL
SELECT
    week,
    chart,
    format('{} was received, and is gone from the archive: drop it again, or take its line out of SHA256SUMS',
           file)
FROM received ANTI JOIN raw_files USING (week, file)
