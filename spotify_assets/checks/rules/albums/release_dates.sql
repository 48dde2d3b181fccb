-- asserts: No album of a charting song came out after the week.
-- severity: WARN
-- why: Spotify post-dates some albums whose first songs are already out.
SELECT week, counted(count(*), 'album') || ' dated after the week''s end' AS finding, min(album_id) AS album_id
FROM albums
WHERE release_date > week + 6
GROUP BY week
