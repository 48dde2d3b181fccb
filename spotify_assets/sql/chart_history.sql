-- Every entry with its move, peak and weeks on chart: one row per week, chart and rank.
--
-- Where the source gives Spotify's own figures, they are used; the others are counted over the collected
-- weeks of that chart, going on from Spotify's last figure.
--
-- Columns:
--   chart_songs.*
--   tracked_since: First collected week of this chart
--   previous_week: The collected week before, of this chart; null in the first
--   week_number: Number of the week among this chart's collected weeks, from 1
--   weeks_since_previous: Weeks from previous_week to week: 1 unless weeks were missed
--   counted_previous_rank: The song's best rank in previous_week; null where it was not there
--   counted_peak_rank: The song's best rank in the weeks collected so far
--   counted_weeks_on_chart: Collected weeks with the song in this chart, this one included
--   previous_rank: Rank before: as Spotify reports, else counted; null where it was not there
--   peak_rank: Best rank so far: as Spotify reports, else counted on from it; never above rank
--   weeks_on_chart: Weeks so far: as Spotify reports, else counted on from its last figure
--   figures_from: Where the three above come from: spotify or counted
--   on_chart_at_start: There since tracked_since and never reported on: weeks may be more
--   first_week: First collected week of the song in this chart
--   move: new, re-entry, up, down or same; null in a first week not reported, or reported as all new
--   rank_change: previous_rank - rank, positive upwards; null without previous_rank
WITH collected AS (
    SELECT
        chart,
        week,
        min(week) OVER (PARTITION BY chart) AS tracked_since,
        lag(week) OVER (PARTITION BY chart ORDER BY week) AS previous_week,
        CAST(row_number() OVER (PARTITION BY chart ORDER BY week) AS integer) AS week_number,
        -- Spotify's first file of a chart calls every song new: there, history simply starts.
        entries_called_new = entries AS history_starts
    FROM (
        SELECT
            chart,
            week,
            count(*) AS entries,
            count(
                CASE
                    WHEN reported_weeks_on_chart = 1 AND reported_previous_rank IS NULL THEN 1
                END
            ) AS entries_called_new
        FROM songs
        GROUP BY chart, week
    ) AS chart_week
),

-- Sorted without the columns that nothing is counted of: they would double the time.
entries AS (
    SELECT
        s.chart,
        s.week,
        s.rank,
        s.song,
        s.reported_peak_rank,
        s.reported_weeks_on_chart,
        w.week_number
    FROM chart_songs AS s
    INNER JOIN collected AS w ON w.chart = s.chart AND w.week = s.week
),

-- Rows of one week are counted together: a song can stand twice in it, under two ids.
counted AS (
    SELECT
        e.*,
        first_value(week) OVER (PARTITION BY chart, song ORDER BY week_number) AS first_week,
        min(rank) OVER (
            PARTITION BY chart, song ORDER BY week_number RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING
        ) AS counted_previous_rank,
        min(rank) OVER (PARTITION BY chart, song ORDER BY week_number) AS counted_peak_rank,
        CAST(dense_rank() OVER (PARTITION BY chart, song ORDER BY week_number) AS integer)
            AS counted_weeks_on_chart,
        min(reported_peak_rank) OVER (PARTITION BY chart, song ORDER BY week_number)
            AS best_reported_peak
    FROM entries AS e
),

-- Null until Spotify has reported on the song; then how many weeks counting alone falls short of it.
continued AS (
    SELECT
        c.*,
        max(reported_weeks_on_chart - counted_weeks_on_chart)
            OVER (PARTITION BY chart, song ORDER BY week_number) AS weeks_not_counted
    FROM counted AS c
),

compared AS (
    SELECT
        s.*,
        c.song,
        c.first_week,
        c.counted_previous_rank,
        c.counted_peak_rank,
        c.counted_weeks_on_chart,
        w.tracked_since,
        w.previous_week,
        w.week_number,
        w.history_starts AND w.previous_week IS NULL AS history_starts,
        CAST(date_diff('day', w.previous_week, s.week) / 7 AS integer) AS weeks_since_previous,
        CASE
            WHEN s.reported_weeks_on_chart IS NOT NULL THEN s.reported_previous_rank
            ELSE c.counted_previous_rank
        END AS previous_rank,
        -- Never worse than the rank itself, whatever was reported.
        CASE
            WHEN s.reported_weeks_on_chart IS NOT NULL AND s.reported_peak_rank > s.rank THEN s.rank
            WHEN s.reported_weeks_on_chart IS NOT NULL AND s.reported_peak_rank <= s.rank
                THEN s.reported_peak_rank
            WHEN c.best_reported_peak < c.counted_peak_rank THEN c.best_reported_peak
            ELSE c.counted_peak_rank
        END AS peak_rank,
        CASE
            WHEN s.reported_weeks_on_chart IS NOT NULL THEN s.reported_weeks_on_chart
            WHEN c.weeks_not_counted > 0 THEN c.counted_weeks_on_chart + c.weeks_not_counted
            ELSE c.counted_weeks_on_chart
        END AS weeks_on_chart,
        CASE WHEN s.reported_weeks_on_chart IS NOT NULL THEN 'spotify' ELSE 'counted' END
            AS figures_from,
        c.first_week = w.tracked_since AND c.weeks_not_counted IS NULL AS on_chart_at_start
    FROM songs AS s
    INNER JOIN continued AS c ON c.chart = s.chart AND c.week = s.week AND c.rank = s.rank
    INNER JOIN collected AS w ON w.chart = s.chart AND w.week = s.week
)

SELECT
    week,
    week_end,
    chart,
    rank,
    song_id,
    song_key,
    song_name,
    artist_names,
    album_id,
    duration_ms,
    duration_source,
    explicit,
    popularity,
    isrc,
    isrc_source,
    recording_mbid,
    match,
    label,
    streams,
    reported_peak_rank,
    reported_previous_rank,
    reported_weeks_on_chart,
    added_at,
    song_url,
    source,
    song,
    tracked_since,
    previous_week,
    week_number,
    weeks_since_previous,
    counted_previous_rank,
    counted_peak_rank,
    counted_weeks_on_chart,
    previous_rank,
    peak_rank,
    weeks_on_chart,
    figures_from,
    on_chart_at_start,
    first_week,
    CASE
        WHEN history_starts OR figures_from = 'counted' AND previous_week IS NULL THEN NULL
        WHEN previous_rank IS NULL AND weeks_on_chart = 1 THEN 'new'
        WHEN previous_rank IS NULL THEN 're-entry'
        WHEN rank < previous_rank THEN 'up'
        WHEN rank > previous_rank THEN 'down'
        ELSE 'same'
    END AS move,
    previous_rank - rank AS rank_change
FROM compared
