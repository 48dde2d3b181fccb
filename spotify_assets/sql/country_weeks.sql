-- Entries by the country that their lead artist is from: one row per week, chart and country.
--
-- Columns:
--   songs.week
--   songs.chart
--   country: The lead artist's country in two letters of ISO 3166-1, or unknown
--   songs: Entries of that country
--   share: songs as a share of the chart's entries
--   known_share: Share of the chart's entries whose country is known; same in every row
WITH entries AS (
    SELECT s.week, s.chart, coalesce(l.country, 'unknown') AS country, l.country IS NOT NULL AS known
    FROM songs AS s
    LEFT JOIN song_artists AS a
        ON a.week = s.week AND a.song_id = s.song_id AND a.artist_position = 1
    LEFT JOIN artists AS l ON l.week = a.week AND l.artist_id = a.artist_id
),

totals AS (
    SELECT week, chart, count(*) AS entries, count(CASE WHEN known THEN 1 END) AS entries_known
    FROM entries
    GROUP BY week, chart
)

SELECT
    e.week,
    e.chart,
    e.country,
    count(*) AS songs,
    CAST(count(*) AS double) / t.entries AS share,
    CAST(t.entries_known AS double) / t.entries AS known_share
FROM entries AS e
INNER JOIN totals AS t ON t.week = e.week AND t.chart = e.chart
GROUP BY e.week, e.chart, e.country, t.entries, t.entries_known
