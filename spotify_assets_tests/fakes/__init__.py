"""Stand-ins for what lies outside: as strict as the real thing, and spoken to in its own protocol."""
