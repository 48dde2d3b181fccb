"""The dashboard: one HTML file that needs no server and no network, drawn by its own 60 kB of script."""
