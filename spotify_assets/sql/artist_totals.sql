-- What each artist did on a chart so far, features included: one row per chart and artist.
--
-- An artist whose Spotify id is known in some weeks alone, as where chart files and playlists alternate, has
-- two rows: one by id, and one by name.
--
-- Columns:
--   songs.chart
--   artist_leaders.artist_id
--   artist_name: Latest name in artists, else as credited
--   songs: Different songs that the artist is credited on
--   lead_songs: Those of them where the artist was the lead artist
--   chart_places: Places held, added up over the weeks
--   streams: Plays of those entries as far as they are known; null where no week's are
--   weeks: Collected weeks with the artist
--   weeks_at_one: Weeks at rank 1
--   weeks_in_top_10: Weeks at rank 10 or better
--   most_songs: Most places held in one week
--   peak_rank: Best rank in the weeks collected
--   peak_week: First week at peak_rank
--   debut_week: First week with the artist
--   last_week: Latest week with the artist
--   is_partial: There in the chart's first collected week, so perhaps before it
WITH leaders AS (
    SELECT
        l.*,
        min(week) OVER (PARTITION BY chart) AS tracked_since,
        min(best_rank) OVER (PARTITION BY chart, artist_id) AS peak_rank,
        max(week) OVER (PARTITION BY chart, artist_id) AS last_week
    FROM artist_leaders AS l
),

credited AS (
    SELECT
        h.chart,
        c.artist_id,
        count(DISTINCT h.song) AS songs,
        count(DISTINCT CASE WHEN c.artist_position = 1 THEN h.song END) AS lead_songs
    FROM chart_songs AS h
    INNER JOIN song_artists AS c ON c.week = h.week AND c.song_id = h.song_id
    GROUP BY h.chart, c.artist_id
)

SELECT
    l.chart,
    l.artist_id,
    max(CASE WHEN l.week = l.last_week THEN l.artist_name END) AS artist_name,
    max(c.songs) AS songs,
    max(c.lead_songs) AS lead_songs,
    CAST(sum(l.songs) AS bigint) AS chart_places,
    CAST(sum(l.streams) AS bigint) AS streams,
    count(*) AS weeks,
    count(CASE WHEN l.best_rank = 1 THEN 1 END) AS weeks_at_one,
    count(CASE WHEN l.best_rank <= 10 THEN 1 END) AS weeks_in_top_10,
    max(l.songs) AS most_songs,
    min(l.peak_rank) AS peak_rank,
    min(CASE WHEN l.best_rank = l.peak_rank THEN l.week END) AS peak_week,
    min(l.week) AS debut_week,
    max(l.week) AS last_week,
    min(l.week) = min(l.tracked_since) AS is_partial
FROM leaders AS l
INNER JOIN credited AS c ON c.chart = l.chart AND c.artist_id = l.artist_id
GROUP BY l.chart, l.artist_id
