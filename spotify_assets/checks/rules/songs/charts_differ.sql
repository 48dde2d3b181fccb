-- asserts: No two charts have the same first 20 ranks.
-- severity: ERROR
-- why: One of the files would be another chart under this one's name.
-- The one that resembles its own week before less is held back; where that tells nothing, the one that
-- wasn't stored before; of two new ones, both.
WITH top AS (
    SELECT week, chart, list(song_id ORDER BY rank) AS ids
    FROM songs WHERE rank <= 20
    GROUP BY week, chart HAVING count(*) = 20
),
familiar AS (
    SELECT week, chart, count(before_rank) AS kept FROM with_rank_before WHERE rank <= 20 GROUP BY week, chart
),
already AS (  -- which of them were stored as they are now
    SELECT t.week, t.chart
    FROM top AS t
    JOIN (
        SELECT week, chart, list(song_id ORDER BY rank) AS ids FROM stored_before WHERE rank <= 20 GROUP BY week, chart
    ) AS b ON b.week = t.week AND b.chart = t.chart AND b.ids = t.ids
),
pairs AS (
    SELECT a.week, a.chart, b.chart AS other, coalesce(f.kept, 0) AS kept, coalesce(g.kept, 0) AS other_kept
    FROM top AS a
    JOIN top AS b ON b.week = a.week AND b.ids = a.ids AND b.chart <> a.chart
    LEFT JOIN familiar AS f ON f.week = a.week AND f.chart = a.chart
    LEFT JOIN familiar AS g ON g.week = b.week AND g.chart = b.chart
)
SELECT
    p.week,
    p.chart,
    format('the first 20 ranks are those of {}: the file is another chart''s, so drop the right one',
           other) AS finding
FROM pairs AS p
LEFT JOIN already AS mine ON mine.week = p.week AND mine.chart = p.chart
LEFT JOIN already AS theirs ON theirs.week = p.week AND theirs.chart = p.other
WHERE kept < other_kept OR (kept = other_kept AND (mine.week IS NULL OR theirs.week IS NOT NULL))
