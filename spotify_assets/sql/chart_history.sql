-- Every entry with its move, peak and weeks on chart: one row per week, chart and rank.
--
-- Where the source gives Spotify's own figures, they are used; the others are counted over the collected
-- weeks of that chart, going on from Spotify's last figure. Ids change between single and album, and names
-- get edited: `song_identities` says what is the same song.
--
-- Columns:
--   songs.*
--   song_identities.song
--   tracked_since: First collected week of this chart
--   previous_week: The collected week before, of this chart; null in the first
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
WITH entries AS (
    SELECT s.*, coalesce(i.song, s.song_key) AS song
    FROM songs AS s
    LEFT JOIN song_identities AS i ON i.song_id = s.song_id AND i.song_key = s.song_key
),

collected AS (
    SELECT
        chart,
        week,
        min(week) OVER (PARTITION BY chart) AS tracked_since,
        lag(week) OVER (PARTITION BY chart ORDER BY week) AS previous_week
    FROM (SELECT DISTINCT chart, week FROM songs) AS chart_week
),

-- A song can stand twice in a week, under two ids: counting needs it once.
song_weeks AS (
    SELECT
        chart,
        song,
        week,
        min(rank) AS best_rank,
        min(reported_peak_rank) AS reported_peak_rank,
        max(reported_weeks_on_chart) AS reported_weeks_on_chart
    FROM entries
    GROUP BY chart, song, week
),

counted AS (
    SELECT
        chart,
        song,
        week,
        reported_weeks_on_chart,
        min(week) OVER (PARTITION BY chart, song) AS first_week,
        lag(week) OVER (PARTITION BY chart, song ORDER BY week) AS last_seen_week,
        lag(best_rank) OVER (PARTITION BY chart, song ORDER BY week) AS last_seen_rank,
        min(best_rank) OVER (PARTITION BY chart, song ORDER BY week) AS peak_rank,
        min(reported_peak_rank) OVER (PARTITION BY chart, song ORDER BY week) AS reported_peak_rank,
        CAST(row_number() OVER (PARTITION BY chart, song ORDER BY week) AS integer) AS weeks_on_chart
    FROM song_weeks
),

-- Null until Spotify has reported on the song; then how many weeks counting alone falls short of it.
continued AS (
    SELECT
        chart,
        song,
        week,
        first_week,
        last_seen_week,
        last_seen_rank,
        peak_rank,
        reported_peak_rank,
        weeks_on_chart,
        max(reported_weeks_on_chart - weeks_on_chart)
            OVER (PARTITION BY chart, song ORDER BY week) AS weeks_not_counted
    FROM counted
),

compared AS (
    SELECT
        s.*,
        w.tracked_since,
        w.previous_week,
        CAST(date_diff('day', w.previous_week, s.week) / 7 AS integer) AS weeks_since_previous,
        CASE WHEN c.last_seen_week = w.previous_week THEN c.last_seen_rank END
            AS counted_previous_rank,
        c.peak_rank AS counted_peak_rank,
        c.weeks_on_chart AS counted_weeks_on_chart,
        CASE
            WHEN s.reported_weeks_on_chart IS NOT NULL THEN s.reported_previous_rank
            WHEN c.last_seen_week = w.previous_week THEN c.last_seen_rank
        END AS previous_rank,
        -- Never worse than the rank itself, whatever was reported.
        CASE
            WHEN s.reported_weeks_on_chart IS NOT NULL AND s.reported_peak_rank > s.rank THEN s.rank
            WHEN s.reported_weeks_on_chart IS NOT NULL AND s.reported_peak_rank <= s.rank
                THEN s.reported_peak_rank
            WHEN c.reported_peak_rank < c.peak_rank THEN c.reported_peak_rank
            ELSE c.peak_rank
        END AS peak_rank,
        CASE
            WHEN s.reported_weeks_on_chart IS NOT NULL THEN s.reported_weeks_on_chart
            WHEN c.weeks_not_counted > 0 THEN c.weeks_on_chart + c.weeks_not_counted
            ELSE c.weeks_on_chart
        END AS weeks_on_chart,
        CASE WHEN s.reported_weeks_on_chart IS NOT NULL THEN 'spotify' ELSE 'counted' END
            AS figures_from,
        c.first_week = w.tracked_since AND c.weeks_not_counted IS NULL AS on_chart_at_start,
        c.first_week,
        -- Spotify's first file of a chart calls every song new: there, history simply starts.
        w.previous_week IS NULL AND count(
            CASE
                WHEN s.reported_weeks_on_chart = 1 AND s.reported_previous_rank IS NULL THEN 1
            END
        ) OVER (PARTITION BY s.chart, s.week) = count(*) OVER (PARTITION BY s.chart, s.week)
            AS history_starts
    FROM entries AS s
    INNER JOIN collected AS w ON w.chart = s.chart AND w.week = s.week
    INNER JOIN continued AS c ON c.chart = s.chart AND c.song = s.song AND c.week = s.week
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
