-- Songs, artists and albums of a calendar year: one row per chart, year, kind, and id of that kind.
--
-- By plays in years where all entries' are known; else by points, 201 - rank for each entry, so that rank 1
-- has 200 and rank 200 has 1; below that there are none. The two never mix. An artist has the whole value of each song that credits
-- them, and an album that of each of its songs.
--
-- Columns:
--   songs.chart
--   chart_years.year
--   kind: song, artist or album
--   place: Place of the year by value, then weeks, then peak_rank; equals share it
--   id: chart_songs' song, or artist_id, or album_id
--   name: Latest name in the year
--   artist_names: Latest artists in the year; null for artists
--   chart_years.measure
--   value: Plays or points of the year
--   weeks: Collected weeks of the year with it
--   weeks_at_one: Those at rank 1
--   peak_rank: Best rank in the year's collected weeks
WITH entries AS (
    SELECT
        h.chart,
        y.year,
        y.measure,
        h.week,
        h.rank,
        h.song,
        h.song_id,
        h.song_name,
        h.artist_names,
        h.album_id,
        CASE
            WHEN y.measure = 'streams' THEN h.streams
            WHEN h.rank <= 200 THEN 201 - h.rank
            ELSE 0
        END AS value,
        1000 * date_diff('day', y.first_week, h.week) - h.rank AS recency
    FROM chart_songs AS h
    INNER JOIN chart_years AS y
        ON y.chart = h.chart AND h.week BETWEEN y.first_week AND y.last_week
),

-- Once per song, should the credits name an artist twice.
credits AS (
    SELECT week, song_id, artist_id, min(artist_name) AS artist_name
    FROM song_artists
    GROUP BY week, song_id, artist_id
),

kinds AS (
    SELECT chart, year, measure, week, rank, recency, value, 'song' AS kind, song AS id, song_name AS name, artist_names
    FROM entries
    UNION ALL
    SELECT
        e.chart, e.year, e.measure, e.week, e.rank, e.recency, e.value, 'artist', c.artist_id, c.artist_name, NULL
    FROM entries AS e
    INNER JOIN credits AS c ON c.week = e.week AND c.song_id = e.song_id
    UNION ALL
    SELECT e.chart, e.year, e.measure, e.week, e.rank, e.recency, e.value, 'album', e.album_id, a.name, a.artist_names
    FROM entries AS e
    INNER JOIN albums AS a ON a.week = e.week AND a.album_id = e.album_id
),

-- Of the latest week, and of its entries the best; an empty name is none.
sums AS (
    SELECT
        chart,
        year,
        kind,
        id,
        min(measure) AS measure,
        nullif(max_by(coalesce(name, ''), recency), '') AS name,
        nullif(max_by(coalesce(artist_names, ''), recency), '') AS artist_names,
        CAST(sum(value) AS bigint) AS value,
        count(DISTINCT week) AS weeks,
        count(CASE WHEN rank = 1 THEN 1 END) AS weeks_at_one,
        min(rank) AS peak_rank
    FROM kinds
    GROUP BY chart, year, kind, id
)

SELECT
    chart,
    year,
    kind,
    rank() OVER (PARTITION BY chart, year, kind ORDER BY value DESC, weeks DESC, peak_rank ASC) AS place,
    id,
    name,
    artist_names,
    measure,
    value,
    weeks,
    weeks_at_one,
    peak_rank
FROM sums
