-- Where what the page shows is from, besides Spotify.
SELECT DISTINCT source FROM (
    SELECT duration_source AS source FROM songs
    UNION ALL
    SELECT isrc_source AS source FROM songs
    UNION ALL
    SELECT album_source AS source FROM albums
    UNION ALL
    SELECT 'musicbrainz' AS source FROM artists WHERE mbid IS NOT NULL
    UNION ALL
    SELECT CASE WHEN genres_source = 'musicbrainz' THEN 'musicbrainz genres' ELSE genres_source END
        AS source
    FROM artists
) AS sources
WHERE source <> 'spotify'
ORDER BY source
