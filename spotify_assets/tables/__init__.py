"""The weekly tables: their columns, their rows, their files."""
