"""The lifecycle scripts and their delivery to S3."""
