-- Each album's latest name, artists and type.
SELECT
    album_id,
    max_by(name, week) AS album_name,
    max_by(artist_names, week) AS artist_names,
    max_by(album_type, week) AS album_type
FROM albums GROUP BY album_id ORDER BY album_id
