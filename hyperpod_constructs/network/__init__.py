"""VPC, subnets, security groups, and what nodes connect to."""
