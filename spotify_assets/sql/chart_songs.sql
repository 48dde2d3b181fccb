-- Every entry with the song that it is: one row per week, chart and rank.
--
-- Ids change between single and album, and names get edited: `song_identities` says what is the same song.
--
-- Columns:
--   songs.*
--   song_identities.song
SELECT
    s.week,
    s.week_end,
    s.chart,
    s.rank,
    s.song_id,
    s.song_key,
    s.song_name,
    s.artist_names,
    s.album_id,
    s.duration_ms,
    s.duration_source,
    s.explicit,
    s.popularity,
    s.isrc,
    s.isrc_source,
    s.recording_mbid,
    s.match,
    s.label,
    s.streams,
    s.reported_peak_rank,
    s.reported_previous_rank,
    s.reported_weeks_on_chart,
    s.added_at,
    s.song_url,
    s.source,
    coalesce(i.song, s.song_key) AS song
FROM songs AS s
LEFT JOIN song_identities AS i ON i.song_id = s.song_id AND i.song_key = s.song_key
