"""What runs by itself: a schedule, two sensors, and what they go by."""
