-- asserts: No chart of 20 rows or more equals that of a week beside it, and no playlist nearly one before.
-- severity: ERROR
-- why: It would be another week's chart under this week's date.
-- settings: check_ranks_unchanged_most
-- Of two weeks that hold the same chart, the one stored first stays; of two new ones, the earlier. But a
-- playlist, which shows an earlier week until it is refreshed, is the copy where that week has a chart file.
WITH candidates AS (  -- a look at the first ranks tells most charts apart
    SELECT DISTINCT s.week, s.chart, b.other
    FROM songs AS s
    JOIN beside AS b ON b.week = s.week
    JOIN stored_songs AS o ON o.week = b.other AND o.chart = s.chart AND o.rank = s.rank
    WHERE s.rank <= 3 AND (s.song_id = o.song_id OR s.song_key = o.song_key)
),
compared AS (
    SELECT
        s.week,
        s.chart,
        c.other,
        min_by(s.song_id, s.rank) AS song_id,
        count(*) AS n,
        count(*) FILTER (s.song_id = o.song_id OR s.song_key = o.song_key) AS same,
        bool_and(s.streams IS NULL OR o.streams IS NULL OR s.streams = o.streams) AS same_streams,
        bool_or(s.source = 'playlist') AS is_playlist,
        bool_or(o.source = 'playlist') AS other_is_playlist
    FROM candidates AS c
    JOIN songs AS s ON s.week = c.week AND s.chart = c.chart
    JOIN stored_songs AS o ON o.week = c.other AND o.chart = s.chart AND o.rank = s.rank
    GROUP BY s.week, s.chart, c.other
),
copies AS (
    SELECT
        *,
        is_playlist AND other < week AND (same < n OR NOT other_is_playlist) AS is_old,
        other_is_playlist AND week < other AND NOT is_playlist AS is_other_old
    FROM compared
    WHERE n >= 20 AND (
        (same = n AND same_streams)
        OR (is_playlist AND other < week AND same > $check_ranks_unchanged_most * n)
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
    CASE
        WHEN same = n THEN format('it is the same as in {}, rank for rank: one of the two is under a wrong date, '
                                  || 'so drop the right file of {}', c.other, c.week)
        ELSE format('{} of {} ranks are as in {}: Spotify showed that week''s chart still, so drop the file of {}',
                    same, n, c.other, c.week)
    END AS finding,
    c.song_id
FROM copies AS c
LEFT JOIN already AS mine
    ON mine.what = 'judged' AND mine.week = c.week AND mine.chart = c.chart
LEFT JOIN already AS theirs
    ON theirs.what = 'stored' AND theirs.week = c.other AND theirs.chart = c.chart
WHERE CASE
    WHEN is_old OR is_other_old THEN is_old
    WHEN (mine.week IS NULL) = (theirs.week IS NULL) THEN c.other < c.week
    ELSE mine.week IS NULL
END
