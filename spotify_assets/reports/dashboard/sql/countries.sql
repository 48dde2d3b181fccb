-- Of how many places of a country's chart it is known where the lead artist is from, and the share of those
-- who are from there.
WITH homes (home, country) AS (VALUES {homes})

SELECT
    c.chart, c.week,
    CAST(sum(CASE WHEN c.country <> 'unknown' THEN c.songs ELSE 0 END) AS bigint) AS known,
    CAST(sum(CASE WHEN c.country = h.country THEN c.songs ELSE 0 END) AS double)
    / nullif(sum(CASE WHEN c.country <> 'unknown' THEN c.songs ELSE 0 END), 0) AS share
FROM country_weeks AS c
INNER JOIN homes AS h ON h.home = c.chart
GROUP BY c.chart, c.week
ORDER BY c.chart, c.week
