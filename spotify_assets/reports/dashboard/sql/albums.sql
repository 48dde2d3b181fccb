-- Each album's latest name, artists and type.
SELECT
    album_id,
    max_by(name, CASE WHEN name IS NOT NULL THEN week END) AS album_name,
    max_by(artist_names, CASE WHEN artist_names IS NOT NULL THEN week END) AS artist_names,
    max_by(album_type, CASE WHEN album_type IS NOT NULL THEN week END) AS album_type
FROM albums GROUP BY album_id ORDER BY album_id
