-- asserts: The ranks in the week before are nearly all as Spotify reports them.
-- severity: WARN
-- why: One of the two weeks may be under a wrong date; but Spotify may be wrong too.
-- settings: check_previous_rank_agreement
SELECT
    week,
    chart,
    format('{:.1f} % of the ranks in {} are as Spotify reports them: one of the two weeks may be under '
           || 'a wrong date', 100 * agreeing, before) AS finding
FROM (
    SELECT
        week,
        chart,
        before,
        count(*) AS n,
        count(*) FILTER (before_rank IS NOT DISTINCT FROM reported_previous_rank) / count(*) AS agreeing
    FROM with_rank_before
    WHERE reported_weeks_on_chart IS NOT NULL
      AND week - before = 7
      AND coalesce(reported_previous_rank, 0) <= depth  -- else it was below what is stored
    GROUP BY week, chart, before
)
WHERE n >= 20 AND agreeing < $check_previous_rank_agreement
