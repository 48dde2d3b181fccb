-- The families of labels of each chart by week.
SELECT chart, week, label_family, place_share, stream_share
FROM label_weeks ORDER BY chart, week, label_family
