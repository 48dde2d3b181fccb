-- asserts: As many of the artists have a genre as in the eight weeks before.
-- severity: WARN
-- why: Charts are complete without genres; only shares of genres mean little.
-- settings: check_genre_coverage
WITH coverage AS (
    SELECT week, count(*) AS artists, count(*) FILTER (list_bool_or(list_transform(genres, lambda g: g <> ''))) AS having
    FROM artists GROUP BY week
),
coverage_before AS (
    SELECT week, count(*) FILTER (list_bool_or(list_transform(genres, lambda g: g <> ''))) / count(*) AS share
    FROM stored_artists GROUP BY week
)
SELECT c.week, format('{} of {} have a genre, and {:.0f} % had one in the weeks before',
                      c.having, counted(c.artists, 'artist'), 100 * median(b.share)) AS finding
FROM coverage AS c
JOIN earlier AS e ON e.week = c.week
JOIN coverage_before AS b ON b.week = e.before
WHERE c.having < $check_genre_coverage * c.artists
GROUP BY c.week, c.having, c.artists
HAVING median(b.share) >= $check_genre_coverage
