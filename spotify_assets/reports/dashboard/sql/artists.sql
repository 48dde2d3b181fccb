-- Each artist's latest name.
SELECT artist_id, max_by(name, week) AS artist_name
FROM artists GROUP BY artist_id ORDER BY artist_id
