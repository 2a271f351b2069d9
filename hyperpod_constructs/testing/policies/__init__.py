"""Policies: what identity-based policies allow."""
