-- The genres of each chart by week.
SELECT chart, week, genre, songs, share FROM genre_weeks ORDER BY chart, week, genre
