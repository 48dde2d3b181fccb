-- asserts: No song appears twice on a chart.
-- severity: ERROR
-- why: Whatever is counted or summed would count it twice.
SELECT
    week,
    chart,
    format('the song {} is there {} times, at ranks {} to {}',
           song_id, count(*), min(rank), max(rank)) AS finding,
    song_id
FROM songs
GROUP BY week, chart, song_id
HAVING count(*) > 1
