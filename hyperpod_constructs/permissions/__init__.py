"""IAM roles, policies and grants."""
