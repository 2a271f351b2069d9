"""Community add-ons that other add-ons require: cert-manager and the metrics server.

Source: https://docs.aws.amazon.com/eks/latest/userguide/community-addons.html
"""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster

from .add_on import EksAddOn

CERT_MANAGER = "cert-manager"
METRICS_SERVER = "metrics-server"


class CertManagerAddOn(EksAddOn):
    """cert-manager, which the training operator, the inference operator and Spaces require."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Values of the add-on. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`.
        """
        super().__init__(scope, id, name=CERT_MANAGER, cluster=cluster, version=version)
        self._create(configuration=configuration)


class MetricsServerAddOn(EksAddOn):
    """The metrics server, which the inference operator requires."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Values of the add-on. By default, it runs on nodes with any taint.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`.
        """
        super().__init__(scope, id, name=METRICS_SERVER, cluster=cluster, version=version)
        anywhere = {"tolerations": [{"operator": "Exists"}]}
        self._create(configuration=anywhere if configuration is None else configuration)


def create_cert_manager(scope: Construct, id: str, cluster: IHyperPodCluster) -> CertManagerAddOn:
    """Creates cert-manager for an add-on that requires it."""
    return CertManagerAddOn(scope, id, cluster=cluster)


def create_metrics_server(
    scope: Construct, id: str, cluster: IHyperPodCluster
) -> MetricsServerAddOn:
    """Creates the metrics server for an add-on that requires it."""
    return MetricsServerAddOn(scope, id, cluster=cluster)
