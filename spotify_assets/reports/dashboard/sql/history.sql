-- The charts' rows, with their artists' ids and the first letters of their moves: new, re-entry, up, down,
-- same, first seen.
--
-- A song that is counted for the first time isn't called new if it has been out for more than 90 days and
-- counting began less than a year ago: it may well have been there before. If only the year or month of a
-- release is known, its last day counts.
WITH credits AS (
    SELECT week, song_id, CAST(array_agg(artist_id ORDER BY artist_position) AS json) AS artists
    FROM song_artists
    GROUP BY week, song_id
)
SELECT
    h.chart, h.week, h.rank, h.song, h.song_name, h.artist_names, h.song_url, h.explicit,
    c.artists, h.album_id,
    h.previous_rank, h.peak_rank, h.weeks_on_chart, h.on_chart_at_start, h.streams, h.figures_from,
    CASE
        WHEN h.move = 'new' AND h.figures_from = 'counted'
            AND date_diff('day', h.tracked_since, h.week) < 364
            AND date_diff('day', a.release_date, h.week) > CASE a.release_date_precision
                WHEN 'year' THEN 456 WHEN 'month' THEN 121 ELSE 90 END
            THEN 'f'
        ELSE substr(h.move, 1, 1)
    END AS move
FROM chart_history AS h
LEFT JOIN credits AS c ON c.week = h.week AND c.song_id = h.song_id
LEFT JOIN albums AS a ON a.week = h.week AND a.album_id = h.album_id
ORDER BY h.chart, h.week, h.rank
