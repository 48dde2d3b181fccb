-- The relations that rules read besides tables and raw files. `judge` lists them all.

CREATE TEMP MACRO counted(n, one) AS n || ' ' || one || CASE WHEN n = 1 THEN '' ELSE 's' END;
CREATE TEMP TABLE stored_charts AS SELECT week, chart, source, count(*) AS n FROM stored_songs GROUP BY ALL;
CREATE TEMP TABLE collected AS SELECT DISTINCT week FROM stored_charts;
CREATE TEMP TABLE earlier AS
  SELECT j.week, c.week AS before, row_number() OVER (PARTITION BY j.week ORDER BY c.week DESC) AS back
  FROM judged AS j JOIN collected AS c ON c.week < j.week
  QUALIFY back <= 8;
CREATE TEMP TABLE beside AS
  SELECT week, before AS other FROM earlier
  UNION ALL
  SELECT week, other FROM (
    SELECT j.week, c.week AS other, row_number() OVER (PARTITION BY j.week ORDER BY c.week) AS ahead
    FROM judged AS j JOIN collected AS c ON c.week > j.week
    QUALIFY ahead <= 8
  );
CREATE TEMP TABLE with_rank_before AS
  WITH chart_before AS (
    SELECT e.week, s.chart, max(e.before) AS before
    FROM earlier AS e JOIN stored_charts AS s ON s.week = e.before
    GROUP BY e.week, s.chart
  ),
  songs_before AS (
    SELECT week AS before, chart, rank, song_id, song_key FROM stored_songs AS s
    SEMI JOIN chart_before AS c ON c.before = s.week AND c.chart = s.chart
  ),
  by_id AS (SELECT before, chart, song_id, min(rank) AS rank FROM songs_before GROUP BY ALL),
  by_key AS (SELECT before, chart, song_key, min(rank) AS rank FROM songs_before GROUP BY ALL),
  depth AS (SELECT before, chart, max(rank) AS depth FROM songs_before GROUP BY ALL)
  SELECT
    s.week, s.chart, s.rank, reported_previous_rank, reported_weeks_on_chart, before, depth,
    coalesce(by_id.rank, by_key.rank) AS before_rank
  FROM songs AS s
  JOIN chart_before USING (week, chart)
  JOIN depth USING (before, chart)
  LEFT JOIN by_id USING (before, chart, song_id)
  LEFT JOIN by_key USING (before, chart, song_key);
CREATE TEMP TABLE song_charts AS SELECT DISTINCT week, song_id, chart FROM songs;
CREATE TEMP VIEW album_charts AS SELECT DISTINCT week, album_id, chart FROM songs WHERE album_id IS NOT NULL;
CREATE TEMP VIEW artist_charts AS
  SELECT DISTINCT a.week, a.artist_id, s.chart
  FROM song_artists AS a JOIN song_charts AS s ON s.week = a.week AND s.song_id = a.song_id;
