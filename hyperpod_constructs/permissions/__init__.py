"""Roles, policies and grants."""
