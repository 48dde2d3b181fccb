-- Places by artist and by album in the weeks before the first whose rows the page has.
WITH places AS (
    SELECT chart, 'artist' AS kind, artist_id AS id, max(chart_places_to_date) AS places
    FROM artist_leaders
    WHERE week < DATE '{since}'
    GROUP BY chart, artist_id
    UNION ALL
    SELECT chart, 'album', album_id, max(chart_weeks_to_date)
    FROM album_leaders
    WHERE week < DATE '{since}'
    GROUP BY chart, album_id
),

lines AS (
    SELECT p.*, row_number() OVER (PARTITION BY chart, kind ORDER BY places DESC, id) AS line
    FROM places AS p
)

SELECT chart, kind, id, places
FROM lines
WHERE line <= 1000
ORDER BY chart, kind, line
