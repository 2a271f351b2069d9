"""Command `convert`: generates a CDK app for an existing cluster."""
