-- What each song did on a chart so far: one row per chart and song.
--
-- A song under several ids is one song, and one place a week, its best; its plays are those of all ids. A
-- run goes on over weeks that weren't collected.
--
-- Columns:
--   songs.chart
--   chart_history.song
--   song_id: Its latest Spotify id
--   song_name: Its latest name
--   artist_names: Its latest artists, as received
--   streams: Plays in the weeks collected; null where no week's are known
--   streams_complete: Whether the plays of every week are known
--   weeks: Collected weeks with the song
--   weeks_on_chart: Weeks by Spotify's last figure, counted on from there; else weeks
--   weeks_at_one: Weeks at rank 1
--   weeks_in_top_10: Weeks at rank 10 or better
--   peak_rank: Best rank ever: as Spotify reports, else of the weeks collected
--   peak_week: First week at peak_rank; null where that was in no collected week
--   weeks_at_peak: Weeks at peak_rank; 0 where peak_week is null
--   debut_week: First week with the song
--   debut_rank: Rank in debut_week
--   last_week: Latest week with the song
--   last_rank: Rank in last_week
--   longest_run: Most weeks without a break
--   re_entries: Times it came back after a week without it
--   is_current: In the chart's latest collected week
--   is_partial: Was on the chart in weeks that weren't collected, or may have been before the first
WITH runs AS (
    -- In a run, the number of the week and the count of weeks grow alike.
    SELECT
        chart,
        song,
        sum(streams) AS streams,
        count(*) - count(streams) AS streams_lacking,
        max(counted_weeks_on_chart) AS weeks_to_date,
        max(counted_weeks_on_chart) - min(counted_weeks_on_chart) + 1 AS weeks,
        max(weeks_on_chart) AS weeks_on_chart,
        count(CASE WHEN rank = 1 THEN 1 END) AS weeks_at_one,
        count(DISTINCT CASE WHEN rank <= 10 THEN week END) AS weeks_in_top_10,
        min(peak_rank) AS peak_rank,
        min(week) AS debut_week,
        max(week) AS last_week,
        count(CASE WHEN on_chart_at_start THEN 1 END) AS at_start
    FROM chart_history
    GROUP BY chart, song, week_number - counted_weeks_on_chart
),

totals AS (
    SELECT
        chart,
        song,
        CAST(sum(streams) AS bigint) AS streams,
        sum(streams_lacking) = 0 AS streams_complete,
        max(weeks_to_date) AS weeks,
        max(weeks_on_chart) AS weeks_on_chart,
        CAST(sum(weeks_at_one) AS bigint) AS weeks_at_one,
        CAST(sum(weeks_in_top_10) AS bigint) AS weeks_in_top_10,
        min(peak_rank) AS peak_rank,
        min(debut_week) AS debut_week,
        max(last_week) AS last_week,
        max(weeks) AS longest_run,
        count(*) - 1 AS re_entries,
        max(weeks_on_chart) > max(weeks_to_date) OR sum(at_start) > 0 AS is_partial
    FROM runs
    GROUP BY chart, song
),

-- The entries of the first week, of the last, and those at the peak.
entries AS (
    SELECT
        s.chart,
        s.song,
        s.song_id,
        s.song_name,
        s.artist_names,
        CASE WHEN s.rank = t.peak_rank THEN s.week END AS peak_week,
        CASE WHEN s.week = t.debut_week THEN s.rank END AS debut_rank,
        CASE WHEN s.week = t.last_week THEN s.rank END AS last_rank
    FROM chart_songs AS s
    INNER JOIN totals AS t ON t.chart = s.chart AND t.song = s.song
    WHERE s.rank = t.peak_rank OR s.week = t.debut_week OR s.week = t.last_week
),

-- Of a song that stands twice in its last week, the better entry has its name; an empty one is none.
ends AS (
    SELECT
        chart,
        song,
        min_by(song_id, last_rank) AS song_id,
        nullif(min_by(coalesce(song_name, ''), last_rank), '') AS song_name,
        nullif(min_by(coalesce(artist_names, ''), last_rank), '') AS artist_names,
        min(peak_week) AS peak_week,
        count(peak_week) AS weeks_at_peak,
        min(debut_rank) AS debut_rank,
        min(last_rank) AS last_rank
    FROM entries
    GROUP BY chart, song
)

SELECT
    t.chart,
    t.song,
    e.song_id,
    e.song_name,
    e.artist_names,
    t.streams,
    t.streams_complete,
    t.weeks,
    t.weeks_on_chart,
    t.weeks_at_one,
    t.weeks_in_top_10,
    t.peak_rank,
    e.peak_week,
    e.weeks_at_peak,
    t.debut_week,
    e.debut_rank,
    t.last_week,
    e.last_rank,
    t.longest_run,
    t.re_entries,
    t.last_week = l.latest_week AS is_current,
    t.is_partial
FROM totals AS t
INNER JOIN ends AS e ON e.chart = t.chart AND e.song = t.song
INNER JOIN (SELECT chart, max(week) AS latest_week FROM songs GROUP BY chart) AS l ON l.chart = t.chart
