"""Weekly Spotify charts as Dagster assets."""
