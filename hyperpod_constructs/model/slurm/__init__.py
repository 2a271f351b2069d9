"""Slurm configuration: the provisioning form, multiple controllers and accounting."""
