"""S3 buckets as volumes of pods.

Source: https://docs.aws.amazon.com/eks/latest/userguide/s3-csi.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.object_checks import BUCKET, each
from hyperpod_constructs.model.problem import Problem

from .add_on import EksAddOn
from .nodes import NodesOnEks, eks_cluster_problems
from .service_account_role import oidc_problems, service_account_principal

S3_CSI_DRIVER = "aws-mountpoint-s3-csi-driver"


class S3CsiDriverAddOn(EksAddOn):
    """The Mountpoint for Amazon S3 CSI driver, which the inference operator requires.

    Attributes: `add_on`, `role` with access to the buckets, if any.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        buckets: Sequence[s3.IBucket] = (),
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the role and the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS. Its EKS cluster must be an object of CDK if there are
                buckets.
            buckets: Buckets that pods can mount, to read and write. None by default: pods use roles of
                their own.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Values of the add-on. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`,
                `OidcProvider`.
        """
        super().__init__(
            scope,
            id,
            name=S3_CSI_DRIVER,
            cluster=cluster,
            version=version,
            problems=_problems(cluster, buckets),
        )
        self.role = self._driver_role(buckets) if buckets else None
        self._create(configuration=configuration, service_account_role=self.role)

    def _driver_role(self, buckets: Sequence[s3.IBucket]) -> iam.Role:
        account = "kube-system:s3-csi-driver-sa"
        role = iam.Role(
            self,
            "Role",
            description="Mounts buckets for pods",
            assumed_by=service_account_principal(self, "Role", self._nodes, [account]),
        )
        for bucket in buckets:
            bucket.grant_read_write(role)
        return role


def create_s3_csi_driver(scope: Construct, id: str, cluster: IHyperPodCluster) -> S3CsiDriverAddOn:
    """Creates the driver for an add-on that requires it."""
    return S3CsiDriverAddOn(scope, id, cluster=cluster)


def _problems(cluster: IHyperPodCluster, buckets: object) -> Iterator[Problem]:
    """The role of the driver requires the OIDC provider of the EKS cluster."""
    yield from each("buckets", buckets, BUCKET)
    if buckets and not list(eks_cluster_problems(cluster)):
        yield from oidc_problems(NodesOnEks(cluster))
