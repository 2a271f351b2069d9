"""The model of a cluster: immutable values, without rules and without CDK."""
