"""Raw files: recognising dropped files, parsing them, the inbox, the archive. No Dagster."""
