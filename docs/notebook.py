# %% [markdown]
"""
# Six questions about the charts

The dashboard shows weeks, leaders and trends. These look further: which songs came back, whether
features help, how long a number one stays and how long other songs do, what was the song of each year,
and which chart has songs first. `query` runs SQL over tables and views and returns a pandas frame, on
DuckDB and Athena alike.

As a script: `python docs/notebook.py`. In Jupyter, with jupytext: open this file as a
notebook. `SPOTIFY_ASSETS_BASE` says where the charts are; by default, in `data` where you start it.
"""

# %%
from __future__ import annotations

from dotenv import load_dotenv

from spotify_assets.catalog import query

load_dotenv(".env")  # as the commands do; exported variables take precedence


def show(frame, rows=10):
    """Print the first rows as a table."""
    print(frame.head(rows).to_string(index=False, na_rep="", float_format="{:.3g}".format))


# %% [markdown]
# ## Which songs came back after weeks away, and how high?
#
# Weeks away are counted in collected weeks of the chart: a week that was never stored doesn't count.

# %%
returns = query("""
WITH
-- A song can be listed twice in a week, under two ids.
song_weeks AS (
    SELECT
        chart, song, week, week_number,
        min(rank) AS rank, max(song_name) AS song_name, max(artist_names) AS artist_names
    FROM chart_history
    GROUP BY chart, song, week, week_number
),

compared AS (
    SELECT
        chart, week, song_name, artist_names, rank,
        week_number - lag(week_number) OVER (PARTITION BY chart, song ORDER BY week) - 1
            AS weeks_away,
        lag(rank) OVER (PARTITION BY chart, song ORDER BY week) AS rank_before
    FROM song_weeks
)

SELECT chart, week, song_name, artist_names, weeks_away, rank_before, rank
FROM compared
WHERE weeks_away > 0
ORDER BY rank, weeks_away DESC, chart, week
""")

# %%
show(returns)
if returns.empty:
    print("No song has come back yet.")
else:
    higher = (returns["rank"] < returns["rank_before"]).mean()
    first = returns.iloc[0]
    print(
        f"{len(returns)} times a song came back, {higher:.0%} of them at a better rank than before. "
        f"The best return: {first['song_name']} by {first['artist_names']}, at {first['rank']} in "
        f"{first['chart']} after {first['weeks_away']} weeks away."
    )

# %% [markdown]
# ## Do features help?
#
# If songs with more than one artist do better, their share should be higher towards the top.

# %%
features = query("""
WITH credits AS (
    SELECT week, song_id, count(DISTINCT artist_id) AS artists
    FROM song_artists
    GROUP BY week, song_id
),

entries AS (
    SELECT
        h.chart,
        h.rank,
        c.artists,
        CASE
            WHEN h.rank <= 10 THEN '1 to 10'
            WHEN h.rank <= 50 THEN '11 to 50'
            WHEN h.rank <= 100 THEN '51 to 100'
            ELSE 'below 100'
        END AS ranks
    FROM chart_history AS h
    INNER JOIN credits AS c ON c.week = h.week AND c.song_id = h.song_id
)

SELECT
    chart,
    ranks,
    count(*) AS entries,
    count(CASE WHEN artists > 1 THEN 1 END) AS with_features,
    CAST(count(CASE WHEN artists > 1 THEN 1 END) AS double) / count(*) AS share
FROM entries
GROUP BY chart, ranks
ORDER BY chart, min(rank)
""")

# %%
show(features)
for chart, bands in features.groupby("chart"):
    top, bottom = bands.iloc[0], bands.iloc[-1]
    print(
        f"{chart}: {top['share']:.0%} of the places {top['ranks']} have several artists, "
        f"and {bottom['share']:.0%} of those {bottom['ranks']}."
    )

# %% [markdown]
# ## How long does a number one stay?
#
# A stay is a run of collected weeks at 1. The first and the last stay of a chart may have been longer
# than what was collected, so they don't count towards the average.

# %%
stays = query("""
WITH number_ones AS (
    SELECT
        chart, song, song_name, artist_names, week,
        week_number - row_number() OVER (PARTITION BY chart, song ORDER BY week) AS stay
    FROM chart_history
    WHERE rank = 1
)

SELECT
    chart,
    max(song_name) AS song_name,
    max(artist_names) AS artist_names,
    min(week) AS first_week,
    count(*) AS weeks
FROM number_ones
GROUP BY chart, song, stay
ORDER BY weeks DESC, first_week, chart
""")

# %%
show(stays)
for chart, of_chart in stays.groupby("chart"):
    longest = of_chart.iloc[0]
    print(
        f"{chart}: {len(of_chart)} stays at number one, the longest {longest['weeks']} weeks, with "
        f"{longest['song_name']} by {longest['artist_names']}."
    )
    ended = of_chart.sort_values("first_week").iloc[1:-1]
    if not ended.empty:
        print(f"{chart}: on average a number one stays {ended['weeks'].mean():.1f} weeks.")

# %% [markdown]
# ## How long do songs stay, by where they came in?
#
# Only songs count that came in and left again while the chart was collected.

# %%
lives = query("""
SELECT
    chart,
    CASE WHEN debut_rank <= 20 THEN '1 to 20' ELSE 'below 20' END AS came_in,
    count(*) AS songs,
    avg(weeks) AS weeks,
    avg(CAST(peak_rank AS double)) AS peak
FROM song_totals
WHERE NOT is_partial AND NOT is_current
GROUP BY chart, CASE WHEN debut_rank <= 20 THEN '1 to 20' ELSE 'below 20' END
ORDER BY chart, came_in
""")

# %%
show(lives)
for _, life in lives.iterrows():
    print(
        f"{life['chart']}: {life['songs']} songs came in at {life['came_in']} and have left; they "
        f"stayed {life['weeks']:.1f} weeks."
    )

# %% [markdown]
# ## What was the song of each year?
#
# By plays where all are known; else by points, 201 - rank for each week.

# %%
years = query("""
SELECT y.chart, y.year, c.weeks AS weeks_collected, y.name, y.artist_names, y.value, y.measure
FROM year_charts AS y
INNER JOIN chart_years AS c ON c.chart = y.chart AND c.year = y.year
WHERE y.kind = 'song' AND y.place = 1
ORDER BY y.chart, y.year, y.name
""")

# %%
show(years)
for _, song in years.iterrows():
    print(
        f"{song['chart']}, {song['year']}, {song['weeks_collected']} weeks: {song['name']} by "
        f"{song['artist_names']}, with {song['value']:,} {song['measure']}."
    )

# %% [markdown]
# ## Which chart has songs first?
#
# Of two charts, and the songs that came into both after the first week collected.

# %%
pairs = query("""
SELECT
    chart,
    other_chart,
    sum(songs_first_here) AS first_here,
    sum(songs_first_there) AS first_there,
    sum(songs_same_week) AS same_week,
    avg(share) AS share
FROM chart_pairs
WHERE chart < other_chart
GROUP BY chart, other_chart
ORDER BY chart, other_chart
""")

# %%
show(pairs)
for _, pair in pairs.iterrows():
    print(
        f"{pair['first_here']} songs came to {pair['chart']} before {pair['other_chart']}, "
        f"{pair['first_there']} the other way, and {pair['same_week']} in one week."
    )
