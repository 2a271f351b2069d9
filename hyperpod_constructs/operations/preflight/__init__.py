"""Checks of an account before a deployment. All of them read only."""
