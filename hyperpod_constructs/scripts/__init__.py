"""Lifecycle scripts and their upload to S3."""
