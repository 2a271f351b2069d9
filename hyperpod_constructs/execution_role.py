"""What a node may do.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from .arguments import BUCKET, check, optional
from .model.provisioning_params import SlurmConfigurations

LOG_GROUP_PREFIX = "/aws/sagemaker/Clusters"
METRIC_NAMESPACE = "/aws/sagemaker/Clusters"
POLICY_NAME = "HyperPodNode"

UNSCOPABLE_ACTIONS: Mapping[str, str] = {
    "cloudwatch:PutMetricData": "has no resource type; a condition limits the namespace",
    "ec2:DescribeDhcpOptions": "EC2 lists have no resource type",
    "ec2:DescribeNetworkInterfaces": "EC2 lists have no resource type",
    "ec2:DescribeSecurityGroups": "EC2 lists have no resource type",
    "ec2:DescribeSubnets": "EC2 lists have no resource type",
    "ec2:DescribeVpcs": "EC2 lists have no resource type",
    "ssmmessages:CreateControlChannel": "channels of Session Manager have no resource type",
    "ssmmessages:CreateDataChannel": "channels of Session Manager have no resource type",
    "ssmmessages:OpenControlChannel": "channels of Session Manager have no resource type",
    "ssmmessages:OpenDataChannel": "channels of Session Manager have no resource type",
}
"""Every action that is granted on all resources, and why IAM lets nobody scope it.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""


class ExecutionRole(iam.Role):
    """The role of HyperPod nodes, with no more than they need.

    Nodes write their logs and metrics, take part in Session Manager, read the lifecycle scripts,
    and attach themselves to subnets of the account. No AWS managed policy is attached: the one
    for HyperPod reads every bucket of the account whose name starts with `sagemaker-`.

    The statements are part of the role itself, so they exist before any cluster that uses the
    role and are deleted after it, as HyperPod needs to remove the network interfaces of nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        lifecycle_bucket: s3.IBucket | None = None,
        lifecycle_prefix: str = "",
        cluster_name: str | None = None,
        slurm_configurations: SlurmConfigurations | None = None,
        source_account_condition: bool = False,
        description: str | None = None,
    ) -> None:
        """Makes the role.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            lifecycle_bucket: Bucket of the lifecycle scripts. The role reads no bucket when left
                out; a cluster that is given the role adds its own.
            lifecycle_prefix: Key prefix below which the role reads the bucket. All of the bucket
                when left out.
            cluster_name: Name of the only cluster whose logs the role writes. The logs of all
                clusters of the account and region when left out.
            slurm_configurations: What several controllers share: the role reads the secret of the
                database and publishes to the topic. Nothing of it when left out.
            source_account_condition: Whether SageMaker AI may only assume the role on behalf of
                this account (`aws:SourceAccount`). Left out by default, since AWS does not
                document that HyperPod sends the key.
            description: Text shown by IAM.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(optional("lifecycle_bucket", lifecycle_bucket, BUCKET))
        super().__init__(
            scope,
            id,
            assumed_by=sagemaker_principal(scope, source_account_condition),
            description=description,
            inline_policies={
                POLICY_NAME: node_policy(
                    scope,
                    lifecycle_bucket=lifecycle_bucket,
                    lifecycle_prefix=lifecycle_prefix,
                    cluster_name=cluster_name,
                    slurm_configurations=slurm_configurations,
                )
            },
        )
        if lifecycle_bucket is not None:
            grant_bucket_key(lifecycle_bucket, self)


def sagemaker_principal(scope: Construct, source_account_condition: bool) -> iam.ServicePrincipal:
    """SageMaker AI, which assumes the roles of nodes; arguments as for `ExecutionRole`."""
    conditions = (
        {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}}
        if source_account_condition
        else None
    )
    return iam.ServicePrincipal("sagemaker.amazonaws.com", conditions=conditions)


def node_policy(
    scope: Construct,
    *,
    lifecycle_bucket: s3.IBucket | None,
    lifecycle_prefix: str,
    cluster_name: str | None,
    slurm_configurations: SlurmConfigurations | None,
) -> iam.PolicyDocument:
    """What a node may do; arguments as for `ExecutionRole`."""
    stack = cdk.Stack.of(scope)
    statements = [
        *_log_statements(stack, cluster_name),
        *_session_and_metric_statements(),
        *_network_interface_statements(stack),
        *_multi_head_statements(slurm_configurations),
    ]
    if lifecycle_bucket is not None:
        statements += _lifecycle_statements(lifecycle_bucket, lifecycle_prefix)
    return iam.PolicyDocument(statements=statements)


def grant_lifecycle_scripts(role: iam.IRole, bucket: s3.IBucket, prefix: str) -> None:
    """Lets a role that somebody else made read the lifecycle scripts."""
    for statement in _lifecycle_statements(bucket, prefix):
        statement.sid = None
        role.add_to_principal_policy(statement)
    grant_bucket_key(bucket, role)


def grant_volume_key(role: iam.IRole, key: kms.IKey) -> None:
    """Lets HyperPod attach volumes that are encrypted with the key, through SageMaker AI alone.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    via_sagemaker = {
        "StringEquals": {"kms:ViaService": f"sagemaker.{cdk.Stack.of(role).region}.amazonaws.com"}
    }
    for action, conditions in (
        ("kms:CreateGrant", via_sagemaker | {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ("kms:DescribeKey", via_sagemaker),
    ):
        iam.Grant.add_to_principal_or_resource(
            grantee=role,
            actions=[action],
            resource=key,
            resource_arns=[key.key_arn],
            resource_self_arns=["*"],
            conditions=conditions,
        )


def _log_statements(stack: cdk.Stack, cluster_name: str | None) -> list[iam.PolicyStatement]:
    cluster = "" if cluster_name is None else f"/{cluster_name}"
    group = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=f"{LOG_GROUP_PREFIX}{cluster}/*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
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


def _network_interface_statements(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    interfaces = stack.format_arn(service="ec2", resource="network-interface", resource_name="*")
    # The instances of HyperPod belong to an account of the service.
    instances = stack.format_arn(service="ec2", resource="instance", resource_name="*", account="*")
    return [
        iam.PolicyStatement(
            sid="NetworkInterfaces",
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[
                interfaces.replace("network-interface", resource)
                for resource in ("network-interface", "security-group", "subnet", "vpc")
            ],
        ),
        iam.PolicyStatement(
            sid="DetachNetworkInterfaces",
            actions=["ec2:DetachNetworkInterface"],
            resources=[interfaces, instances],
        ),
        iam.PolicyStatement(
            sid="NetworkInterfaceTags", actions=["ec2:CreateTags"], resources=[interfaces]
        ),
        iam.PolicyStatement(
            sid="NetworkDescriptions",
            actions=[action for action in UNSCOPABLE_ACTIONS if action.startswith("ec2:")],
            resources=["*"],
        ),
    ]


def _lifecycle_statements(bucket: s3.IBucket, prefix: str) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            sid="LifecycleBucket", actions=["s3:ListBucket"], resources=[bucket.bucket_arn]
        ),
        iam.PolicyStatement(
            sid="LifecycleScripts",
            actions=["s3:GetObject"],
            resources=[bucket.arn_for_objects(f"{prefix}/*" if prefix else "*")],
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


def grant_bucket_key(bucket: s3.IBucket, role: iam.IRole) -> None:
    """Lets a role decrypt what it reads from the bucket."""
    if bucket.encryption_key is not None:
        bucket.encryption_key.grant_decrypt(role)
