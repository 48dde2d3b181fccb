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
--   streams_weeks: Weeks whose plays are known
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
WITH entries AS (
    SELECT
        chart,
        song,
        week,
        song_id,
        song_name,
        artist_names,
        rank,
        streams,
        peak_rank,
        weeks_on_chart,
        previous_week,
        on_chart_at_start,
        max(week) OVER (PARTITION BY chart) AS latest_week,
        row_number() OVER (PARTITION BY chart, song ORDER BY week DESC, rank ASC) AS recency
    FROM chart_history
),

song_weeks AS (
    SELECT
        chart,
        song,
        week,
        max(CASE WHEN recency = 1 THEN song_id END) AS song_id,
        max(CASE WHEN recency = 1 THEN song_name END) AS song_name,
        max(CASE WHEN recency = 1 THEN artist_names END) AS artist_names,
        min(rank) AS rank,
        sum(streams) AS streams,
        min(peak_rank) AS peak_rank,
        max(weeks_on_chart) AS weeks_on_chart,
        min(previous_week) AS previous_week,
        count(CASE WHEN on_chart_at_start THEN 1 END) AS at_start,
        min(latest_week) AS latest_week
    FROM entries
    GROUP BY chart, song, week
),

compared AS (
    SELECT
        s.*,
        CASE
            WHEN lag(week) OVER (PARTITION BY chart, song ORDER BY week) = previous_week THEN 0
            ELSE 1
        END AS run_starts,
        min(peak_rank) OVER (PARTITION BY chart, song) AS best_peak,
        min(week) OVER (PARTITION BY chart, song) AS debut_week,
        max(week) OVER (PARTITION BY chart, song) AS last_week
    FROM song_weeks AS s
),

numbered AS (
    SELECT
        c.*,
        sum(run_starts) OVER (PARTITION BY chart, song ORDER BY week) AS run
    FROM compared AS c
),

runs AS (
    SELECT
        chart,
        song,
        run,
        max(song_id) AS song_id,
        max(song_name) AS song_name,
        max(artist_names) AS artist_names,
        sum(streams) AS streams,
        count(streams) AS streams_weeks,
        count(*) AS weeks,
        max(weeks_on_chart) AS weeks_on_chart,
        count(CASE WHEN rank = 1 THEN 1 END) AS weeks_at_one,
        count(CASE WHEN rank <= 10 THEN 1 END) AS weeks_in_top_10,
        min(best_peak) AS peak_rank,
        min(CASE WHEN rank = best_peak THEN week END) AS peak_week,
        count(CASE WHEN rank = best_peak THEN 1 END) AS weeks_at_peak,
        min(debut_week) AS debut_week,
        max(CASE WHEN week = debut_week THEN rank END) AS debut_rank,
        max(last_week) AS last_week,
        max(CASE WHEN week = last_week THEN rank END) AS last_rank,
        max(latest_week) AS latest_week,
        sum(at_start) AS at_start
    FROM numbered
    GROUP BY chart, song, run
)

SELECT
    chart,
    song,
    max(song_id) AS song_id,
    max(song_name) AS song_name,
    max(artist_names) AS artist_names,
    CAST(sum(streams) AS bigint) AS streams,
    CAST(sum(streams_weeks) AS bigint) AS streams_weeks,
    CAST(sum(weeks) AS bigint) AS weeks,
    max(weeks_on_chart) AS weeks_on_chart,
    CAST(sum(weeks_at_one) AS bigint) AS weeks_at_one,
    CAST(sum(weeks_in_top_10) AS bigint) AS weeks_in_top_10,
    min(peak_rank) AS peak_rank,
    min(peak_week) AS peak_week,
    CAST(sum(weeks_at_peak) AS bigint) AS weeks_at_peak,
    min(debut_week) AS debut_week,
    max(debut_rank) AS debut_rank,
    max(last_week) AS last_week,
    max(last_rank) AS last_rank,
    max(weeks) AS longest_run,
    count(*) - 1 AS re_entries,
    max(last_week) = max(latest_week) AS is_current,
    max(weeks_on_chart) > sum(weeks) OR sum(at_start) > 0 AS is_partial
FROM runs
GROUP BY chart, song
