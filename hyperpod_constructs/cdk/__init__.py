"""What every room with constructs uses of CDK: lazy values, object checks, the interface of a cluster."""
