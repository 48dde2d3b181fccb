"""Pure parsing: what Spotify or a CSV file says, turned into table rows. No Dagster, no storage."""
