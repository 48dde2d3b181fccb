-- asserts: No chart of 20 rows or more equals, rank for rank, that of one of the eight weeks beside it.
-- severity: ERROR
-- why: It would be another week's chart under this week's date.
-- Of two weeks that hold the same chart, the one stored first stays; of two new ones, the earlier.
WITH first_rank AS (
    SELECT week, chart, min_by(song_id, rank) AS id, min_by(song_key, rank) AS key FROM songs WHERE rank <= 3
    GROUP BY week, chart
),
other_first AS (
    SELECT week, chart, list(song_id) AS ids, list(song_key) AS keys FROM stored_songs WHERE rank <= 3
    GROUP BY week, chart
),
candidates AS (  -- a look at the first ranks tells nearly all charts apart
    SELECT f.week, f.chart, b.other
    FROM first_rank AS f
    JOIN beside AS b ON b.week = f.week
    JOIN other_first AS o ON o.week = b.other AND o.chart = f.chart
    WHERE list_contains(o.ids, f.id) OR list_contains(o.keys, f.key)
),
copies AS (
    SELECT s.week, s.chart, c.other, min_by(s.song_id, s.rank) AS song_id
    FROM candidates AS c
    JOIN songs AS s ON s.week = c.week AND s.chart = c.chart
    JOIN stored_songs AS o ON o.week = c.other AND o.chart = s.chart AND o.rank = s.rank
    GROUP BY s.week, s.chart, c.other
    HAVING count(*) >= 20 AND bool_and(
        (s.song_id = o.song_id OR s.song_key = o.song_key)
        AND (s.streams IS NULL OR o.streams IS NULL OR s.streams = o.streams)
    )
),
ranks AS (
    SELECT 'judged' AS what, week, chart, rank, song_id FROM songs
    UNION ALL
    SELECT 'stored', week, chart, rank, song_id FROM stored_songs
    UNION ALL
    SELECT 'before', week, chart, rank, song_id FROM stored_before
),
whole AS (
    SELECT what, week, chart, list((rank, song_id) ORDER BY rank) AS ranks
    FROM ranks SEMI JOIN (SELECT week, chart FROM copies UNION SELECT other, chart FROM copies) USING (week, chart)
    GROUP BY what, week, chart
),
already AS (  -- which of them were stored as they are now
    SELECT w.what, w.week, w.chart
    FROM whole AS w JOIN whole AS b ON b.what = 'before' AND b.week = w.week AND b.chart = w.chart
    WHERE b.ranks = w.ranks
)
SELECT
    c.week,
    c.chart,
    format('it is the same as in {}, rank for rank: one of the two is under a wrong date, so drop the '
           || 'right file of {}', c.other, c.week) AS finding,
    c.song_id
FROM copies AS c
LEFT JOIN already AS mine
    ON mine.what = 'judged' AND mine.week = c.week AND mine.chart = c.chart
LEFT JOIN already AS theirs
    ON theirs.what = 'stored' AND theirs.week = c.other AND theirs.chart = c.chart
WHERE CASE
    WHEN (mine.week IS NULL) = (theirs.week IS NULL) THEN c.other < c.week
    ELSE mine.week IS NULL
END
