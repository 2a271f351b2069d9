"""Command `policies`: IAM policies as JSON or text."""
