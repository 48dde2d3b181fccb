-- The genres of every artist, flat, for tools that refuse arrays; none for artists without genres.
-- One row per week, artist and genre.
SELECT
    a.week,
    a.artist_id,
    a.name AS artist_name,
    g.genre,
    CAST(row_number() OVER (PARTITION BY a.week, a.artist_id ORDER BY g.place) AS integer)
        AS genre_order
FROM artists AS a
CROSS JOIN UNNEST(a.genres) WITH ORDINALITY AS g (genre, place)
WHERE g.genre <> ''
