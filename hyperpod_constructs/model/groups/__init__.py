"""Instance groups and their properties."""
