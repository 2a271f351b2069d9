"""What a node may do.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hyperpod_constructs.cdk.object_checks import BUCKET, EKS_CLUSTER, check, optional
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations

from .grants import grant_bucket_key
from .node_policy import node_policy

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2

POLICY_NAME = "HyperPodNode"


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
        eks_cluster: "eks.ICluster | eks_v2.ICluster | eks_v2.Cluster | EksClusterReference | None" = None,
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
            eks_cluster: EKS cluster of the nodes, whose pods have addresses, images and identities
                by the role. None for Slurm.
            source_account_condition: Whether SageMaker AI may only assume the role on behalf of
                this account (`aws:SourceAccount`). Left out by default, since AWS does not
                document that HyperPod sends the key.
            description: Text shown by IAM.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(
            optional("lifecycle_bucket", lifecycle_bucket, BUCKET),
            optional("eks_cluster", eks_cluster, EKS_CLUSTER),
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
                    cluster_name=cluster_name,
                    slurm_configurations=slurm_configurations,
                    eks_cluster_arn=None if eks_cluster is None else eks_cluster.cluster_arn,
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
