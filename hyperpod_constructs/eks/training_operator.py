"""The HyperPod training operator, which restarts jobs on healthy nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-eks-operator-install.html
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_eks as eks
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster

from .add_on import EksAddOn
from .kubernetes_add_ons import CERT_MANAGER, create_cert_manager
from .pod_policy import allow

_NAMESPACE = "aws-hyperpod"
_SERVICE_ACCOUNT = "hp-training-operator-controller-manager"


class TrainingOperatorAddOn(EksAddOn):
    """The HyperPod training operator, with its role and cert-manager, unless the app has it.

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
        """Creates the role, the pod identity association and the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Values of the add-on. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`.
        """
        super().__init__(
            scope,
            id,
            name="amazon-sagemaker-hyperpod-training-operator",
            cluster=cluster,
            version=version,
            requires={CERT_MANAGER: create_cert_manager},
        )
        statement = allow(["sagemaker:DescribeClusterNode"], [cluster.cluster_arn])
        self.role = self._pod_role("Role", "Reads the nodes of jobs", [statement])
        # The add-on refuses an association of its own, and reads this one when it starts.
        association = eks.CfnPodIdentityAssociation(
            self,
            "PodIdentity",
            cluster_name=self._nodes.eks_cluster_name,
            namespace=_NAMESPACE,
            service_account=_SERVICE_ACCOUNT,
            role_arn=self.role.role_arn,
        )
        self._create(configuration=configuration, after=[association])
