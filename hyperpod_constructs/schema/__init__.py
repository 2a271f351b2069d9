"""How AWS writes a cluster: one row for each property, and what derives from the rows."""
