"""The execution role of HyperPod nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    BUCKET,
    EKS_CLUSTER,
    check,
    optional,
    physical_name_problems,
    required,
    scope_problems,
)
from hyperpod_constructs.model.key_prefix import key_prefix_problems
from hyperpod_constructs.model.names import cluster_name_problems
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations
from hyperpod_constructs.model.value_checks import pattern_problems, text_problems

from .grants import grant_bucket_key
from .network_interfaces import NetworkInterfaceStatements
from .node_policy import node_policy

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2

POLICY_NAME = "HyperPodNode"


class ExecutionRole(iam.Role):
    """The least-privilege execution role of HyperPod nodes.

    Allows nodes to write logs and metrics, use Session Manager, read the lifecycle scripts, and
    attach to subnets of the account. No AWS managed policy is attached: the one for HyperPod grants
    read access to every bucket of the account with the prefix `sagemaker-`.

    The statements are inline, so they are created before the clusters that use the role and deleted
    after them, as HyperPod requires to remove the network interfaces of nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        lifecycle_bucket: s3.IBucket | None = None,
        lifecycle_prefix: str = "",
        restrict_bucket_listing: bool = False,
        cluster_name: str | None = None,
        slurm_configurations: SlurmConfigurations | None = None,
        eks_cluster: "eks.ICluster | eks.Cluster | eks_v2.ICluster | eks_v2.Cluster | EksClusterReference | None" = None,
        vpc_owner_account: str | None = None,
        source_account_condition: bool = False,
        description: str | None = None,
    ) -> None:
        """Creates the role.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            lifecycle_bucket: Bucket of the lifecycle scripts. By default, no bucket access is
                granted; a cluster that uses the role grants access to its own.
            lifecycle_prefix: Key prefix of the objects that the role can read. Defaults to the
                whole bucket.
            restrict_bucket_listing: Whether the role lists objects below the prefix only. Defaults
                to False, since AWS does not document which prefix HyperPod lists.
            cluster_name: Name of the cluster whose logs the role can write. Defaults to all
                clusters of the account and Region.
            slurm_configurations: Configuration of multiple controllers, which read the secret of
                the database and publish to the topic. None by default.
            eks_cluster: EKS cluster of the nodes. Grants permissions for pod addresses, images and
                identities. None by default, for Slurm.
            vpc_owner_account: Account that shares its subnets and security groups with this account
                (AWS RAM). Defaults to this account alone.
            source_account_condition: Whether SageMaker AI can assume the role only on behalf of
                this account (`aws:SourceAccount`). Defaults to False, since AWS does not document
                that HyperPod sends the key.
            description: Description of the role.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `LifecyclePrefix`, `ClusterName`,
                `AccountId`, `RoleDescription`, `GeneratedName`.
        """
        check(
            scope_problems(scope, id),
            optional("lifecycle_bucket", lifecycle_bucket, BUCKET),
            key_prefix_problems("lifecycle_prefix", lifecycle_prefix),
            () if cluster_name is None else cluster_name_problems(cluster_name),
            required("restrict_bucket_listing", restrict_bucket_listing, bool),
            optional("slurm_configurations", slurm_configurations, SlurmConfigurations),
            optional("eks_cluster", eks_cluster, EKS_CLUSTER),
            _account_problems("vpc_owner_account", vpc_owner_account),
            required("source_account_condition", source_account_condition, bool),
            physical_name_problems("cluster_name", cluster_name),
            _description_problems(description),
        )
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
                    restrict_bucket_listing=restrict_bucket_listing,
                    cluster_name=cluster_name,
                    slurm_configurations=slurm_configurations,
                    eks_cluster_arn=None if eks_cluster is None else eks_cluster.cluster_arn,
                    network_interfaces=NetworkInterfaceStatements(
                        environment_of(stack_of(scope)),
                        vpc=None,
                        vpc_owner_account=vpc_owner_account,
                        on_eks=eks_cluster is not None,
                    ),
                )
            },
        )
        if lifecycle_bucket is not None:
            grant_bucket_key(lifecycle_bucket, self)


def sagemaker_principal(scope: Construct, source_account_condition: bool) -> iam.ServicePrincipal:
    """The principal of SageMaker AI; see `ExecutionRole` for the arguments."""
    conditions = (
        {"StringEquals": {"aws:SourceAccount": environment_of(stack_of(scope)).account}}
        if source_account_condition
        else None
    )
    return iam.ServicePrincipal("sagemaker.amazonaws.com", conditions=conditions)


def _description_problems(description: object) -> Iterator[Problem]:
    """A description can have 1000 characters of Latin-1.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
    """
    yield from optional("description", description, str)
    if isinstance(description, str):
        yield from pattern_problems(
            "description",
            description,
            code="RoleDescription",
            pattern=r"[\t\n\r\x20-\x7e\xa1-\xff]*",
            min_length=0,
            max_length=1000,
            message="must be at most 1000 characters of Latin-1",
            fix="use a shorter description of letters and digits",
        )


def _account_problems(path: str, account: object) -> Iterator[Problem]:
    """An account must be specified by its ID."""
    if account is not None:
        yield from text_problems(
            path,
            account,
            code="AccountId",
            pattern=r"[0-9]{12}",
            message="must be the ID of an account, 12 digits",
            example="111122223333",
        )
