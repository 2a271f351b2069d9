"""Lazy values, checks of CDK objects, and the interface of a cluster, for all constructs."""
