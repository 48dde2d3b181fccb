-- What each album did on a chart so far by its songs: one row per chart and album.
--
-- Entries without an album are left out.
--
-- Columns:
--   songs.chart
--   albums.album_id
--   album_name: Latest title
--   artist_names: Latest artists, as received
--   album_type: Latest type
--   songs: Different songs of the album that were on the chart
--   chart_places: Places held, added up over the weeks
--   streams: Plays of those entries as far as they are known; null where no week's are
--   weeks: Collected weeks with a song of the album
--   most_songs: Most places held in one week
--   peak_rank: Best rank of a song in the weeks collected
--   peak_week: First week at peak_rank
--   debut_week: First week with a song of the album
--   last_week: Latest week with a song of the album
--   is_partial: There in the chart's first collected week, so perhaps before it
WITH first_weeks AS (
    SELECT chart, min(week) AS tracked_since
    FROM songs
    GROUP BY chart
),

leaders AS (
    SELECT
        l.*,
        min(best_rank) OVER (PARTITION BY chart, album_id) AS peak_rank,
        max(week) OVER (PARTITION BY chart, album_id) AS last_week
    FROM album_leaders AS l
),

on_chart AS (
    SELECT chart, album_id, count(DISTINCT song) AS songs
    FROM chart_songs
    WHERE album_id IS NOT NULL
    GROUP BY chart, album_id
)

SELECT
    l.chart,
    l.album_id,
    max(CASE WHEN l.week = l.last_week THEN l.album_name END) AS album_name,
    max(CASE WHEN l.week = l.last_week THEN l.artist_names END) AS artist_names,
    max(CASE WHEN l.week = l.last_week THEN l.album_type END) AS album_type,
    max(o.songs) AS songs,
    CAST(sum(l.songs) AS bigint) AS chart_places,
    CAST(sum(l.streams) AS bigint) AS streams,
    count(*) AS weeks,
    max(l.songs) AS most_songs,
    min(l.peak_rank) AS peak_rank,
    min(CASE WHEN l.best_rank = l.peak_rank THEN l.week END) AS peak_week,
    min(l.week) AS debut_week,
    max(l.week) AS last_week,
    min(l.week) = min(f.tracked_since) AS is_partial
FROM leaders AS l
INNER JOIN on_chart AS o ON o.chart = l.chart AND o.album_id = l.album_id
INNER JOIN first_weeks AS f ON f.chart = l.chart
GROUP BY l.chart, l.album_id
