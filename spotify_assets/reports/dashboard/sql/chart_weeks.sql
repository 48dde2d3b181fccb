-- A chart's figures by week. What is counted after a long gap says more about the gap than about the week;
-- Spotify's figures don't.
SELECT
    chart, week, entries,
    CASE WHEN moves_reported > 0 OR weeks_since_previous <= 4 THEN new_entries END AS new_entries,
    CASE WHEN moves_reported > 0 OR weeks_since_previous <= 4 THEN turnover END AS turnover,
    median_duration_ms, duration_known, explicit_share, explicit_known, fresh_share, fresh_known,
    catalogue_share, catalogue_known, variety, lead_artists_known, streams
FROM chart_weeks
ORDER BY chart, week
