"""Prices of HyperPod, and what clusters cost. Requires neither CDK, boto3 nor an account."""
