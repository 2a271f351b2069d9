"""Regions in which CloudFormation creates the resources of task governance.

The API of both exists in every Region of HyperPod. The lists are those of the CloudFormation schemas
of cfn-lint 1.58, of October 2026.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html
"""

SCHEDULER_CONFIG = "AWS::SageMaker::ClusterSchedulerConfig"
COMPUTE_QUOTA = "AWS::SageMaker::ComputeQuota"
REGIONS = {
    SCHEDULER_CONFIG: frozenset(
        (
            *("ap-northeast-1", "ap-south-1", "eu-central-1", "eu-north-1", "eu-south-2"),
            *("us-east-1", "us-west-1"),
        )
    ),
    COMPUTE_QUOTA: frozenset(
        (
            *("ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1"),
            *("eu-west-1", "eu-west-2", "sa-east-1", "us-east-1", "us-east-2", "us-west-2"),
        )
    ),
}
