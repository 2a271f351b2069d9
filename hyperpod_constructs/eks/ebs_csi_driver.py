"""EBS volumes for pods.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-ebs.html
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster

from .add_on import EksAddOn
from .pod_policy import allow

EBS_CSI_DRIVER = "aws-ebs-csi-driver"


class EbsCsiDriverAddOn(EksAddOn):
    """The EBS CSI driver, which Spaces require. HyperPod attaches the volumes to the nodes.

    Attributes: `add_on`, `role`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the role and the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Values of the add-on. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`.
        """
        super().__init__(scope, id, name=EBS_CSI_DRIVER, cluster=cluster, version=version)
        statements = [
            allow(
                ["sagemaker:AttachClusterNodeVolume", "sagemaker:DetachClusterNodeVolume"],
                [cluster.cluster_arn],
            ),
            allow(["eks:DescribeCluster"], [self._nodes.eks_cluster_arn]),
        ]
        self.role = self._pod_role(
            "Role", "Creates EBS volumes, and attaches them to nodes", statements
        )
        self.role.add_managed_policy(
            iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonEBSCSIDriverPolicy")
        )
        self._create(
            configuration=configuration, pod_identities={"ebs-csi-controller-sa": self.role}
        )


def create_ebs_csi_driver(
    scope: Construct, id: str, cluster: IHyperPodCluster
) -> EbsCsiDriverAddOn:
    """Creates the driver for an add-on that requires it."""
    return EbsCsiDriverAddOn(scope, id, cluster=cluster)
