-- The genres of every artist, flat: one row per week, artist and genre.
--
-- For tools that refuse arrays. Artists without genres have no rows.
--
-- Columns:
--   songs.week
--   artist_id: As in artists
--   artist_name: Name as received
--   genre: One of the artist's genres, as received
--   genre_order: Its place among the artist's genres; 1 is the first
--   artists.genres_source
SELECT
    a.week,
    a.artist_id,
    a.name AS artist_name,
    g.genre,
    CAST(row_number() OVER (PARTITION BY a.week, a.artist_id ORDER BY g.place) AS integer)
        AS genre_order,
    a.genres_source
FROM artists AS a
CROSS JOIN UNNEST(a.genres) WITH ORDINALITY AS g (genre, place)
WHERE g.genre <> ''
