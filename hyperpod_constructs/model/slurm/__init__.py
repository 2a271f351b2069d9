"""What only Slurm clusters have: the provisioning form, several controllers, accounting."""
