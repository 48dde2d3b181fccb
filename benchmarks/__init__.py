"""Measurements of speed and memory; what each figure means is in the README beside this."""
