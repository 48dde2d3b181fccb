-- Each artist's latest name.
SELECT artist_id, max_by(name, CASE WHEN name IS NOT NULL THEN week END) AS artist_name
FROM artists GROUP BY artist_id ORDER BY artist_id
