-- asserts: A chart keeps some of its songs from the week before, and not all of them their rank.
-- severity: WARN
-- why: Unusual, but it can be true: somebody should look.
-- settings: check_songs_kept_least check_ranks_unchanged_most
WITH shares AS (
    SELECT
        week,
        chart,
        before,
        count(before_rank) / count(*) AS kept,
        count(*) FILTER (before_rank = rank) / count(*) AS unchanged
    FROM with_rank_before
    WHERE rank <= depth AND depth >= 20
    GROUP BY week, chart, before
    HAVING count(*) >= 20
)
SELECT
    week,
    chart,
    format('{:.1f} % of its songs are from {}: is it of another chart or week?',
           100 * kept, before) AS finding
FROM shares
WHERE kept < $check_songs_kept_least AND week - before = 7
UNION ALL
SELECT
    week,
    chart,
    format('{:.1f} % of its songs are at the rank they had in {}: is it that week''s chart again?',
           100 * unchanged, before)
FROM shares
WHERE unchanged > $check_ranks_unchanged_most
