-- What holds charts back, and without a chart whole weeks.
SELECT week, chart, table_name, check_name, finding
FROM check_results
WHERE severity = 'ERROR' AND NOT passed
ORDER BY week, chart, table_name, check_name
