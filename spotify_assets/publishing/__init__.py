"""Publishing: which weeks pass the audit, and the copies of them that catalogs show."""
