-- How alike two charts are, and which has songs first: one row per year, chart and other chart.
--
-- Songs are counted that came new into one of the two charts in that year, and are in the other as well, then
-- or in another year. Those that were there in either chart's first collected week, or came before it, are
-- left out.
--
-- Columns:
--   year: Calendar year of the weeks' last days
--   songs.chart
--   other_chart: Any other chart collected in the same weeks
--   weeks: Weeks in which both were collected
--   share: Mean share of this chart's songs that are in the other too, over those weeks
--   songs_first_here: Songs that came here before they came there
--   songs_first_there: Songs that came there before they came here
--   songs_same_week: Songs that came to both in one week
--   mean_days: Mean days from coming here to coming there; negative where the other is mostly first
WITH alike AS (
    SELECT
        CAST(year(week + INTERVAL '6' DAY) AS integer) AS year,
        chart,
        other_chart,
        count(*) AS weeks,
        round(avg(share), 9) AS share -- whose last digits depend on the order
    FROM chart_overlap
    GROUP BY year(week + INTERVAL '6' DAY), chart, other_chart
),

debuts AS (
    SELECT chart, song, debut_week, tracked_since
    FROM (
        SELECT
            chart,
            song,
            min(week) AS debut_week,
            min(min(week)) OVER (PARTITION BY chart) AS tracked_since
        FROM chart_songs
        GROUP BY chart, song
    ) AS songs_of_charts
    WHERE debut_week > tracked_since
),

pairs AS (
    SELECT
        CAST(
            year(
                CASE WHEN one.debut_week < other.debut_week THEN one.debut_week ELSE other.debut_week END
                + INTERVAL '6' DAY
            ) AS integer
        ) AS year,
        one.chart,
        other.chart AS other_chart,
        date_diff('day', one.debut_week, other.debut_week) AS days
    FROM debuts AS one
    INNER JOIN debuts AS other
        ON other.song = one.song AND other.chart <> one.chart
        AND one.debut_week > other.tracked_since AND other.debut_week > one.tracked_since
),

travels AS (
    SELECT
        year,
        chart,
        other_chart,
        count(CASE WHEN days > 0 THEN 1 END) AS songs_first_here,
        count(CASE WHEN days < 0 THEN 1 END) AS songs_first_there,
        count(CASE WHEN days = 0 THEN 1 END) AS songs_same_week,
        avg(CAST(days AS double)) AS mean_days
    FROM pairs
    GROUP BY year, chart, other_chart
)

SELECT
    a.year,
    a.chart,
    a.other_chart,
    a.weeks,
    a.share,
    coalesce(t.songs_first_here, 0) AS songs_first_here,
    coalesce(t.songs_first_there, 0) AS songs_first_there,
    coalesce(t.songs_same_week, 0) AS songs_same_week,
    t.mean_days
FROM alike AS a
LEFT JOIN travels AS t
    ON t.year = a.year AND t.chart = a.chart AND t.other_chart = a.other_chart
