"""What is wrong with a cluster: one small function for each rule."""
