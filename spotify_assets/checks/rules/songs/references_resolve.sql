-- asserts: Albums, artists and credits have all that songs name, and nothing else.
-- severity: ERROR
-- why: Joins would silently lose rows.
WITH named AS (
    -- names of spaces only credit nobody
    SELECT week, song_id FROM songs WHERE regexp_matches(artist_names, '[^\s\pZ\pC]')
),
dangling AS (
    SELECT week, 'albums that songs name are missing' AS what, album_id AS id
    FROM (SELECT DISTINCT week, album_id FROM songs WHERE album_id IS NOT NULL)
    ANTI JOIN albums USING (week, album_id)
    UNION ALL
    SELECT week, 'albums are there that no song names', album_id FROM albums ANTI JOIN songs USING (week, album_id)
    UNION ALL
    SELECT week, 'artists that credits name are missing', artist_id
    FROM (SELECT DISTINCT week, artist_id FROM song_artists) ANTI JOIN artists USING (week, artist_id)
    UNION ALL
    SELECT week, 'artists are there that no credit names', artist_id
    FROM artists ANTI JOIN song_artists USING (week, artist_id)
    UNION ALL
    SELECT week, 'songs that name artists have no credits', song_id
    FROM (SELECT DISTINCT week, song_id FROM named) ANTI JOIN song_artists USING (week, song_id)
    UNION ALL
    SELECT week, 'songs that credits name are missing', song_id
    FROM (SELECT DISTINCT week, song_id FROM song_artists) ANTI JOIN songs USING (week, song_id)
)
SELECT
    week,
    format('{}: {}{}', what, min(id), CASE WHEN count(*) > 1 THEN format(' and {} more', count(*) - 1) ELSE '' END)
        AS finding,
    min(id) AS id
FROM dangling
GROUP BY week, what
