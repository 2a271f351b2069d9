"""Clusters of an account: their nodes, sessions, logs, events and updates. Requires boto3."""
