"""Decides what IAM policies allow; statements are read as `hyperpod_constructs.testing` does."""
