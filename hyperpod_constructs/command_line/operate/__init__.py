"""Commands for clusters of an account."""
