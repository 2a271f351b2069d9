"""What the library costs, measured against aws-cdk-lib alone."""
