-- asserts: A song's credits are numbered from 1 without a gap.
-- severity: ERROR
-- why: An impossible value is a parsing mistake or a damaged file.
SELECT c.week, s.chart, format('the credits of {} are not numbered from 1', c.song_id) AS finding, c.song_id
FROM (
    SELECT week, song_id FROM song_artists GROUP BY week, song_id
    HAVING min(artist_position) <> 1 OR max(artist_position) <> count(*)
) AS c
LEFT JOIN song_charts AS s ON s.week = c.week AND s.song_id = c.song_id
