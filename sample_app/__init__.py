"""A CDK app with one Slurm cluster, as an example for users of the library."""
