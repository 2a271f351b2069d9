"""Amazon SageMaker Spaces: JupyterLab and Code Editor on the nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-cluster-ide.html
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster

from .add_on import EksAddOn
from .ebs_csi_driver import EBS_CSI_DRIVER, create_ebs_csi_driver
from .kubernetes_add_ons import CERT_MANAGER, create_cert_manager

_POLICIES = {
    "jupyter-k8s-controller-manager": "AmazonSageMakerSpacesControllerPolicy",
    "jupyter-k8s-authmiddleware": "AmazonSageMakerSpacesRouterPolicy",
}


class SpacesAddOn(EksAddOn):
    """SageMaker Spaces, with cert-manager and the EBS CSI driver, unless the app has them.

    Attributes: `add_on`, `roles` by service account.
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
        """Creates the roles and the add-on.

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
            name="amazon-sagemaker-spaces",
            cluster=cluster,
            version=version,
            requires={
                CERT_MANAGER: create_cert_manager,
                EBS_CSI_DRIVER: create_ebs_csi_driver,
            },
        )
        self.roles: dict[str, iam.Role] = {}
        for account, policy in _POLICIES.items():
            role = self._pod_role(account, "Manages spaces")
            role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(policy))
            self.roles[account] = role
        self._create(configuration=configuration, pod_identities=self.roles)
