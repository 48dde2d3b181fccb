"""Where chart data comes from: dropped files, and made-up data to try it with."""
