"""Raw files: what a dropped file is, what it holds, and where it is kept."""
