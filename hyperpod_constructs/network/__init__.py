"""VPC, subnets, security groups and network connections of the nodes."""
