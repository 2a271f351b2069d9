"""A CDK app with one Slurm cluster, written as a user of the library would write it."""
