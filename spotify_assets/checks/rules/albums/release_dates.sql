-- asserts: No album of a charting song came out after the week.
-- severity: WARN
-- why: Spotify post-dates some albums whose first songs are already out.
SELECT week, format('{} albums are dated after the week''s end', count(*)) AS finding, min(album_id) AS album_id
FROM albums
WHERE release_date > week + 6
GROUP BY week
