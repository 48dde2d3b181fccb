-- How many recording codes (ISRC) are known of each chart in a week, and the share that is its own
-- country's. Their first two letters name the country whose agency registered the recording: a stand-in
-- for where music is from, and no more than that. The chart that all are compared with is counted once
-- for each of the others' countries.
WITH homes (home, codes) AS (VALUES {homes})
SELECT
    s.chart, h.home, s.week, count(nullif(s.isrc, '')) AS known,
    CAST(count(CASE WHEN contains(h.codes, upper(substr(s.isrc, 1, 2))) THEN 1 END) AS double)
    / nullif(count(nullif(s.isrc, '')), 0) AS of_home
FROM songs AS s
INNER JOIN homes AS h ON h.home = s.chart OR s.chart = {anchor}
GROUP BY s.chart, h.home, s.week
ORDER BY s.chart, h.home, s.week
