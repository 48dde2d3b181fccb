-- asserts: Songs are neither very short nor very long, and none has 0 streams.
-- severity: WARN
-- why: Unusual, but it can be true: somebody should look.
-- settings: check_shortest_song_seconds check_longest_song_minutes
SELECT
    week,
    chart,
    format('{} in {}', what, counted(count(*), 'row')) AS finding,
    min(song_id) AS song_id
FROM (
    SELECT week, chart, song_id, unnest([
        CASE WHEN duration_ms > 0 AND duration_ms < 1000 * $check_shortest_song_seconds
             THEN format('a length below {:g} s', $check_shortest_song_seconds::DOUBLE) END,
        CASE WHEN duration_ms > 60000 * $check_longest_song_minutes
             THEN format('a length above {:g} min', $check_longest_song_minutes::DOUBLE) END,
        CASE WHEN streams = 0 THEN '0 streams' END
    ]) AS what
    FROM songs
    WHERE streams = 0
       OR duration_ms < 1000 * $check_shortest_song_seconds
       OR duration_ms > 60000 * $check_longest_song_minutes
)
WHERE what IS NOT NULL
GROUP BY week, chart, what
