"""Instance groups and what belongs to them."""
