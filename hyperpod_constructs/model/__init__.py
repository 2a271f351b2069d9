"""What a cluster is: frozen values, without rules and without CDK."""
