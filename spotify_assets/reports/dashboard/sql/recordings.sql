-- How many recording codes (ISRC) are known of each chart in a week, and the share that is its own
-- country's. Their first two letters name the country whose agency registered the recording: a stand-in
-- for where music is from, nothing more. Some agencies assign further letters besides their
-- country's own, as the ISRC authority listed in 2025. The chart that all are compared with is counted
-- once for each of the others' countries.
WITH homes (home, country) AS (VALUES {homes}),

codes AS (SELECT chart, week, upper(substr(nullif(isrc, ''), 1, 2)) AS code FROM songs),

recordings AS (
    SELECT
        chart, week,
        CASE
            WHEN code IN ('BC', 'BK', 'BP', 'BX') THEN 'BR'
            WHEN code = 'CB' THEN 'CA'
            WHEN code IN ('FO', 'GL') THEN 'DK'
            WHEN code = 'FX' THEN 'FR'
            WHEN code IN ('GX', 'UK') THEN 'GB'
            WHEN code = 'KS' THEN 'KR'
            WHEN code IN ('PR', 'QM', 'QT', 'QZ') THEN 'US'
            WHEN code = 'ZB' THEN 'ZA'
            ELSE code
        END AS country
    FROM codes
)

SELECT
    r.chart, h.home, r.week, count(r.country) AS known,
    CAST(count(CASE WHEN r.country = h.country THEN 1 END) AS double)
    / nullif(count(r.country), 0) AS share
FROM recordings AS r
INNER JOIN homes AS h ON h.home = r.chart OR r.chart = {anchor}
GROUP BY r.chart, h.home, r.week
ORDER BY r.chart, h.home, r.week
