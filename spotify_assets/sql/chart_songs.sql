-- Every entry with the song that it is: one row per week, chart and rank.
--
-- Ids change between single and album, and names get edited: `song_identities` says what is the same song.
--
-- Columns:
--   songs.*
--   song_identities.song
SELECT s.*, coalesce(i.song, s.song_key) AS song
FROM songs AS s
LEFT JOIN song_identities AS i ON i.song_id = s.song_id AND i.song_key = s.song_key
