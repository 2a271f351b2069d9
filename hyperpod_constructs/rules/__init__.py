"""Validation rules, each a function."""
