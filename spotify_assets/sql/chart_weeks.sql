-- How new, long, old and varied a chart was: one row per week and chart.
--
-- Shares are of the entries of which the fact is known; the `_known` columns count those. Age is
-- counted in days from the release to the week's end. Fresh is under 28, the week itself and the three
-- before; an album still to come counts as fresh, because its songs are out before it is. Catalogue is
-- over 548, 18 months. Of a release known by its month or year alone, both are known where they are
-- true, or false, for every day of it: 1984 is catalogue, last year is unknown.
--
-- Columns:
--   songs.week
--   songs.chart
--   songs.week_end
--   chart_history.previous_week
--   chart_history.weeks_since_previous
--   entries: Rows of the chart
--   new_entries: Entries whose move is new; null where no move is known
--   re_entries: Entries whose move is re-entry; null where no move is known
--   departures: Songs of previous_week no longer there; null in the first week
--   moves_reported: Entries whose move comes from Spotify's own figures, not from previous_week
--   turnover: Share new or re-entry of entries whose move is known; null where none is
--   median_duration_ms: Median length in milliseconds; null where none is known
--   duration_known: Entries whose length is known
--   explicit_share: Share of explicit ones of explicit_known; null where that is 0
--   explicit_known: Entries of which it is known whether they are explicit
--   fresh_share: Share released under 28 days before week_end, of fresh_known
--   fresh_known: Entries whose release date shows whether they are fresh
--   catalogue_share: Share released over 548 days before week_end, of catalogue_known
--   catalogue_known: Entries whose release date shows whether they are catalogue
--   distinct_lead_artists: Different lead artists
--   lead_artists_known: Entries whose lead artist is known
--   variety: Effective number of lead artists: 1 / sum of their squared shares
--   streams: Plays of all entries; null where the source has none
WITH releases AS (
    SELECT
        week,
        album_id,
        CASE release_date_precision
            WHEN 'year' THEN CAST(date_trunc('year', release_date) AS date)
            WHEN 'month' THEN CAST(date_trunc('month', release_date) AS date)
            ELSE release_date
        END AS earliest,
        CASE release_date_precision
            WHEN 'year' THEN CAST(
                date_trunc('year', release_date) + INTERVAL '1' YEAR - INTERVAL '1' DAY AS date
            )
            WHEN 'month' THEN CAST(
                date_trunc('month', release_date) + INTERVAL '1' MONTH - INTERVAL '1' DAY AS date
            )
            ELSE release_date
        END AS latest
    FROM albums
),

entries AS (
    SELECT
        h.week,
        h.chart,
        h.week_end,
        h.previous_week,
        h.weeks_since_previous,
        h.song,
        h.move,
        h.counted_previous_rank,
        h.figures_from,
        h.duration_ms,
        h.explicit,
        h.streams,
        a.artist_id AS lead_artist_id,
        CASE
            WHEN date_diff('day', r.earliest, h.week_end) < 28 THEN true
            WHEN date_diff('day', r.latest, h.week_end) >= 28 THEN false
        END AS fresh,
        CASE
            WHEN date_diff('day', r.latest, h.week_end) > 548 THEN true
            WHEN date_diff('day', r.earliest, h.week_end) <= 548 THEN false
        END AS catalogue
    FROM chart_history AS h
    LEFT JOIN releases AS r ON r.week = h.week AND r.album_id = h.album_id
    LEFT JOIN song_artists AS a
        ON a.week = h.week AND a.song_id = h.song_id AND a.artist_position = 1
),

lead_places AS (
    SELECT week, chart, lead_artist_id, count(*) AS places
    FROM entries
    WHERE lead_artist_id IS NOT NULL
    GROUP BY week, chart, lead_artist_id
),

leads AS (
    SELECT
        week,
        chart,
        count(*) AS distinct_lead_artists,
        CAST(sum(places) AS bigint) AS lead_artists_known,
        CAST(sum(places * places) AS bigint) AS squared_places
    FROM lead_places
    GROUP BY week, chart
),

-- The middle one, or the two in the middle.
medians AS (
    SELECT
        week,
        chart,
        avg(
            CASE
                WHEN 2 * duration_order BETWEEN durations AND durations + 2
                    THEN CAST(duration_ms AS double)
            END
        ) AS median_duration_ms
    FROM (
        SELECT
            week,
            chart,
            duration_ms,
            count(*) OVER (PARTITION BY week, chart) AS durations,
            row_number() OVER (PARTITION BY week, chart ORDER BY duration_ms ASC) AS duration_order
        FROM songs
        WHERE duration_ms IS NOT NULL
    ) AS durations_in_order
    GROUP BY week, chart
),

totals AS (
    SELECT
        week,
        chart,
        week_end,
        previous_week,
        weeks_since_previous,
        count(*) AS entries,
        count(DISTINCT song) AS songs,
        count(DISTINCT CASE WHEN counted_previous_rank IS NOT NULL THEN song END) AS songs_kept,
        count(move) AS moves_known,
        count(CASE WHEN figures_from = 'spotify' THEN move END) AS moves_reported,
        count(CASE WHEN move = 'new' THEN 1 END) AS new_entries,
        count(CASE WHEN move = 're-entry' THEN 1 END) AS re_entries,
        count(duration_ms) AS duration_known,
        count(CASE WHEN explicit THEN 1 END) AS explicit_entries,
        count(explicit) AS explicit_known,
        count(CASE WHEN fresh THEN 1 END) AS fresh_entries,
        count(fresh) AS fresh_known,
        count(CASE WHEN catalogue THEN 1 END) AS catalogue_entries,
        count(catalogue) AS catalogue_known,
        CAST(sum(streams) AS bigint) AS streams
    FROM entries
    GROUP BY week, chart, week_end, previous_week, weeks_since_previous
)

SELECT
    t.week,
    t.chart,
    t.week_end,
    t.previous_week,
    t.weeks_since_previous,
    t.entries,
    CASE WHEN t.moves_known > 0 THEN t.new_entries END AS new_entries,
    CASE WHEN t.moves_known > 0 THEN t.re_entries END AS re_entries,
    lag(t.songs) OVER (PARTITION BY t.chart ORDER BY t.week) - t.songs_kept AS departures,
    t.moves_reported,
    CAST(t.new_entries + t.re_entries AS double) / nullif(t.moves_known, 0) AS turnover,
    m.median_duration_ms,
    t.duration_known,
    CAST(t.explicit_entries AS double) / nullif(t.explicit_known, 0) AS explicit_share,
    t.explicit_known,
    CAST(t.fresh_entries AS double) / nullif(t.fresh_known, 0) AS fresh_share,
    t.fresh_known,
    CAST(t.catalogue_entries AS double) / nullif(t.catalogue_known, 0) AS catalogue_share,
    t.catalogue_known,
    coalesce(l.distinct_lead_artists, 0) AS distinct_lead_artists,
    coalesce(l.lead_artists_known, 0) AS lead_artists_known,
    CAST(l.lead_artists_known * l.lead_artists_known AS double) / l.squared_places AS variety,
    t.streams
FROM totals AS t
LEFT JOIN leads AS l ON l.week = t.week AND l.chart = t.chart
LEFT JOIN medians AS m ON m.week = t.week AND m.chart = t.chart
