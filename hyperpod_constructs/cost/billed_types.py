"""Types of resources beside the nodes that are billed.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

from collections.abc import Mapping

FILE_SYSTEM = "AWS::FSx::FileSystem"
BILLED: Mapping[str, str] = {
    "AWS::APS::Workspace": "Amazon Managed Service for Prometheus workspace",
    "AWS::DirectoryService::MicrosoftAD": "AWS Managed Microsoft AD",
    "AWS::EC2::NatGateway": "NAT gateway",
    "AWS::EC2::VPCEndpoint": "interface endpoint",
    "AWS::EFS::FileSystem": "EFS file system",
    "AWS::EKS::Cluster": "EKS control plane",
    FILE_SYSTEM: "FSx file system",
    "AWS::KMS::Key": "KMS key",
    "AWS::RDS::DBCluster": "RDS cluster",
    "AWS::RDS::DBInstance": "RDS instance",
}
"""Names of the resources that are billed, by type."""
RATED = ("AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint", "AWS::EKS::Cluster", FILE_SYSTEM)
"""Types with a price an hour or, for file systems, a GB and month."""
