"""Policy statements of the execution roles.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import (
    environment_of,
    node_of,
    stack_of,
)
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations

from .network_interfaces import NetworkInterfaceStatements

LOG_GROUP_PREFIX = "/aws/sagemaker/Clusters"
METRIC_NAMESPACE = "/aws/sagemaker/Clusters"

_NETWORK_LISTS = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
_INSTANCE_LISTS = ("InstanceTypes", "Instances", "Tags")

UNSCOPABLE_ACTIONS: Mapping[str, str] = {
    "cloudwatch:PutMetricData": "has no resource type; a condition limits the namespace",
    "ec2:DescribeDhcpOptions": "EC2 lists have no resource type",
    "ec2:DescribeInstanceTypes": "EC2 lists have no resource type",
    "ec2:DescribeInstances": "EC2 lists have no resource type",
    "ec2:DescribeNetworkInterfaces": "EC2 lists have no resource type",
    "ec2:DescribeSecurityGroups": "EC2 lists have no resource type",
    "ec2:DescribeSubnets": "EC2 lists have no resource type",
    "ec2:DescribeTags": "EC2 lists have no resource type",
    "ec2:DescribeVpcs": "EC2 lists have no resource type",
    "ecr:GetAuthorizationToken": "a login to a registry has no resource type",
    "fsx:DescribeFileSystems": "FSx lists have no resource type",
    "ssmmessages:CreateControlChannel": "channels of Session Manager have no resource type",
    "ssmmessages:CreateDataChannel": "channels of Session Manager have no resource type",
    "ssmmessages:OpenControlChannel": "channels of Session Manager have no resource type",
    "ssmmessages:OpenDataChannel": "channels of Session Manager have no resource type",
}
"""Actions granted on all resources, and why IAM cannot restrict them.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""


def node_policy(
    scope: Construct,
    *,
    lifecycle_bucket: s3.IBucket | None,
    lifecycle_prefix: str,
    restrict_bucket_listing: bool,
    cluster_name: str | None,
    slurm_configurations: SlurmConfigurations | None,
    eks_cluster_arn: str | None,
    network_interfaces: NetworkInterfaceStatements,
) -> iam.PolicyDocument:
    """Creates the policy of a node; see `ExecutionRole` for the arguments."""
    environment = environment_of(stack_of(scope))
    statements = [
        *_log_statements(environment, cluster_name),
        *_session_and_metric_statements(),
        *network_interfaces.of_nodes(),
        iam.PolicyStatement(
            sid="NetworkDescriptions",
            actions=[f"ec2:Describe{name}" for name in _NETWORK_LISTS],
            resources=["*"],
        ),
        *_multi_head_statements(slurm_configurations),
    ]
    if eks_cluster_arn is not None:
        statements += network_interfaces.of_pods()
        statements += _eks_statements(environment, eks_cluster_arn)
    if lifecycle_bucket is not None:
        statements += lifecycle_statements(
            lifecycle_bucket.bucket_arn,
            lifecycle_prefix,
            account_of(lifecycle_bucket),
            list_prefix_only=restrict_bucket_listing,
        )
    return iam.PolicyDocument(statements=statements)


def _log_statements(
    environment: Environment, cluster_name: str | None
) -> list[iam.PolicyStatement]:
    cluster = "" if cluster_name is None else f"/{cluster_name}"
    group = environment.arn("logs", f"log-group:{LOG_GROUP_PREFIX}{cluster}/*")
    return [
        iam.PolicyStatement(
            sid="LogGroups",
            actions=["logs:CreateLogGroup", "logs:DescribeLogStreams"],
            resources=[group],
        ),
        iam.PolicyStatement(
            sid="LogStreams",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{group}:log-stream:*"],
        ),
    ]


def _session_and_metric_statements() -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            sid="Metrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}},
        ),
        iam.PolicyStatement(
            sid="Sessions",
            actions=[action for action in UNSCOPABLE_ACTIONS if action.startswith("ssmmessages:")],
            resources=["*"],
        ),
    ]


def _eks_statements(environment: Environment, eks_cluster_arn: str) -> list[iam.PolicyStatement]:
    """Additional statements for EKS: images and identities."""
    # The images of EKS belong to accounts of the service, and registries replicate across regions.
    repositories = environment._replace(account="*", region="*").arn("ecr", "repository/*")
    return [
        iam.PolicyStatement(
            sid="InstanceDescriptions",
            actions=[f"ec2:Describe{name}" for name in _INSTANCE_LISTS],
            resources=["*"],
        ),
        iam.PolicyStatement(
            sid="Images",
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[repositories],
        ),
        iam.PolicyStatement(
            sid="Registries", actions=["ecr:GetAuthorizationToken"], resources=["*"]
        ),
        iam.PolicyStatement(
            sid="PodIdentities",
            actions=["eks-auth:AssumeRoleForPodIdentity"],
            resources=[eks_cluster_arn],
        ),
    ]


def account_of(bucket: s3.IBucket) -> str | None:
    """Account of a bucket of the app, None for other buckets.

    Nodes read the bucket only there, since its name can be predicted and would be available to
    other accounts after a deletion.
    """
    if isinstance(bucket, s3.Bucket):
        return environment_of(stack_of(bucket)).account
    return None if node_of(bucket).default_child is None else bucket.env.account


def lifecycle_statements(
    bucket_arn: str, prefix: str, account: str | None = None, *, list_prefix_only: bool = False
) -> list[iam.PolicyStatement]:
    """Statements for read access to the lifecycle scripts, in an account if it is known."""
    conditions = None if account is None else {"StringEquals": {"aws:ResourceAccount": account}}
    of_prefix = {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}}
    return [
        iam.PolicyStatement(
            sid="LifecycleBucket",
            actions=["s3:ListBucket"],
            resources=[bucket_arn],
            conditions={**(conditions or {}), **of_prefix}
            if list_prefix_only and prefix
            else conditions,
        ),
        iam.PolicyStatement(
            sid="LifecycleScripts",
            actions=["s3:GetObject"],
            resources=[f"{bucket_arn}/{prefix}/*" if prefix else f"{bucket_arn}/*"],
            conditions=conditions,
        ),
    ]


def _multi_head_statements(
    configurations: SlurmConfigurations | None,
) -> Sequence[iam.PolicyStatement]:
    if configurations is None:
        return []
    statements = [
        iam.PolicyStatement(
            sid="AccountingDatabaseSecret",
            actions=["secretsmanager:GetSecretValue"],
            resources=[configurations.slurm_database_secret_arn],
        )
    ]
    if configurations.slurm_sns_arn is not None:
        statements.append(
            iam.PolicyStatement(
                sid="FailoverTopic",
                actions=["sns:Publish"],
                resources=[configurations.slurm_sns_arn],
            )
        )
    return statements
