"""The pages people read: the dashboard and the check report."""
