"""Values of the Kubernetes side of a cluster: versions, charts, access and task governance."""
