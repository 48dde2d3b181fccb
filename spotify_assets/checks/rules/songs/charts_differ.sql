-- asserts: No two charts have the same first 20 ranks.
-- severity: ERROR
-- why: One of the files would be another chart under this one's name.
-- The one that resembles its own week before less is held back; both, where that tells nothing.
WITH top AS (
    SELECT week, chart, list(song_id ORDER BY rank) AS ids
    FROM songs WHERE rank <= 20
    GROUP BY week, chart HAVING count(*) = 20
),
familiar AS (
    SELECT week, chart, count(before_rank) AS kept FROM with_rank_before WHERE rank <= 20 GROUP BY week, chart
),
pairs AS (
    SELECT a.week, a.chart, b.chart AS other, coalesce(f.kept, 0) AS kept, coalesce(g.kept, 0) AS other_kept
    FROM top AS a
    JOIN top AS b ON b.week = a.week AND b.ids = a.ids AND b.chart <> a.chart
    LEFT JOIN familiar AS f ON f.week = a.week AND f.chart = a.chart
    LEFT JOIN familiar AS g ON g.week = b.week AND g.chart = b.chart
)
SELECT
    week,
    chart,
    format('the first 20 ranks are those of {}: the file is another chart''s, so drop the right one',
           other) AS finding
FROM pairs
WHERE kept <= other_kept
