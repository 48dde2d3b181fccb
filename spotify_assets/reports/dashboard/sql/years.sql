-- The leading songs, artists and albums of each year, without singles.
WITH lines AS (
    SELECT
        y.*,
        row_number() OVER (PARTITION BY chart, year, kind ORDER BY place, id) AS line
    FROM year_charts AS y
    WHERE kind <> 'album'
        OR id IN (
            SELECT album_id FROM albums WHERE album_type IS NOT NULL
            GROUP BY album_id HAVING max_by(album_type, week) <> 'single'
        )
)

SELECT chart, year, measure, kind, id, value, weeks, weeks_at_one, peak_rank
FROM lines
WHERE line <= 20
ORDER BY chart, year, kind, line
