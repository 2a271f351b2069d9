"""The log group of a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-cluster-management-slurm.html
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.inline_resource import InlineResource

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs

HANDLER = Path(__file__).with_name("prepare_log_group.py")
RETENTION_DAYS: Mapping[str, int] = {
    "ONE_DAY": 1,
    "THREE_DAYS": 3,
    "FIVE_DAYS": 5,
    "ONE_WEEK": 7,
    "TWO_WEEKS": 14,
    "ONE_MONTH": 30,
    "TWO_MONTHS": 60,
    "THREE_MONTHS": 90,
    "FOUR_MONTHS": 120,
    "FIVE_MONTHS": 150,
    "SIX_MONTHS": 180,
    "ONE_YEAR": 365,
    "THIRTEEN_MONTHS": 400,
    "EIGHTEEN_MONTHS": 545,
    "TWO_YEARS": 731,
    "THREE_YEARS": 1096,
    "FIVE_YEARS": 1827,
    "SIX_YEARS": 2192,
    "SEVEN_YEARS": 2557,
    "EIGHT_YEARS": 2922,
    "NINE_YEARS": 3288,
    "TEN_YEARS": 3653,
    "INFINITE": 0,
}
"""Days of the members of `logs.RetentionDays`, whose numbers Python does not have."""

_ACTIONS = [
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "logs:DeleteRetentionPolicy",
    "logs:AssociateKmsKey",
    "logs:DisassociateKmsKey",
]
_KEY_ACTIONS = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:DescribeKey",
]


class ClusterLogGroup(InlineResource):
    """The log group of a cluster, with a retention and a key.

    The name contains the ID of the cluster, so that CloudFormation knows it only after HyperPod may
    have created the log group. A custom resource creates or adopts it. It is kept on deletion.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        retention: "logs.RetentionDays",
        encryption_key: "kms.IKey | None",
    ) -> None:
        """Creates the log group after the cluster.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: Cluster with a name.
            retention: Time after which records are deleted.
            encryption_key: Key of the records. None by default.
        """
        name = cluster.log_group_name
        environment = environment_of(stack_of(scope))
        arn = environment.arn("logs", f"log-group:{name}")
        super().__init__(
            scope,
            id,
            handler=HANDLER,
            policies={"Prepare": (_ACTIONS, [arn, f"{arn}:*"])},
            memory_size=128,
            type="Custom::HyperPodLogGroup",
            properties={
                "LogGroupName": name,
                "RetentionInDays": str(RETENTION_DAYS[retention.name]),
                "KmsKeyArn": "" if encryption_key is None else encryption_key.key_arn,
            },
        )
        if encryption_key is not None:
            # The ID would make the key depend on the cluster, whose volumes it can encrypt.
            groups = f"log-group:{name.removesuffix(cluster.cluster_id)}*"
            encryption_key.add_to_resource_policy(
                _use_of_key(environment.region, environment.arn("logs", groups))
            )


def _use_of_key(region: str, log_groups: str) -> iam.PolicyStatement:
    """CloudWatch Logs encrypts the records of the log groups of the cluster.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    return iam.PolicyStatement(
        actions=_KEY_ACTIONS,
        resources=["*"],
        principals=[iam.ServicePrincipal(f"logs.{region}.amazonaws.com")],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    )
