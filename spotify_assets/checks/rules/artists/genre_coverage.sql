-- asserts: Nearly as many of the artists have a genre as in the week before.
-- severity: WARN
-- why: Charts are complete without genres; only shares of genres mean little.
-- settings: check_genre_coverage
-- That none has one in any week is a finding about the base, `genres_known`; of hardly any, chance decides.
WITH coverage AS (
    SELECT week, count(*) AS artists, count(*) FILTER (list_bool_or(list_transform(genres, lambda g: g <> ''))) AS having
    FROM artists GROUP BY week
),
coverage_before AS (
    SELECT week, count(*) FILTER (list_bool_or(list_transform(genres, lambda g: g <> ''))) / count(*) AS share
    FROM stored_artists GROUP BY week
)
SELECT c.week, format('{} of {} have a genre, and {:.0f} % had one in {}',
                      c.having, counted(c.artists, 'artist'), 100 * b.share, b.week) AS finding
FROM coverage AS c
JOIN earlier AS e ON e.week = c.week AND e.back = 1
JOIN coverage_before AS b ON b.week = e.before
WHERE b.share >= 0.1 AND c.having < $check_genre_coverage * b.share * c.artists
