-- What each chart shares with the chart that all are compared with.
SELECT chart, week, other_chart, share
FROM chart_overlap
WHERE chart = {anchor} OR other_chart = {anchor}
ORDER BY chart, week, other_chart
