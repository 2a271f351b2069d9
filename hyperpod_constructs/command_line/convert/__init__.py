"""The command `convert`: the CDK app of a cluster that exists."""
