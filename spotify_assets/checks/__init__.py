"""Asset checks: what is asserted of stored data. The rules are pure functions of a week's rows."""
