"""The EKS clusters of the emulator, beside what moto knows of them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.aws.front.errors import ServiceError

from .kubernetes import Kubernetes

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Json = dict[str, Any]
API_MODES = ("API", "API_AND_CONFIG_MAP")


@dataclass
class ControlPlane:
    """What a cluster has.

    Attributes:
        mode: How principals get access. None for a cluster that a test put there, which is complete:
            it has base add-ons, a chart and access for everybody.
        add_ons: Add-ons by name, as DescribeAddon answers.
        entries: Access entries by principal.
        policies: Access policies by principal and ARN.
        associations: Pod identities by ID.
        interfaces: Network interfaces of the control plane.
        kubernetes: Its objects.
    """

    mode: str | None = None
    add_ons: dict[str, Json] = field(default_factory=dict)
    entries: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, dict[str, Json]] = field(default_factory=dict)
    associations: dict[str, Json] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    kubernetes: Kubernetes = field(default_factory=Kubernetes)

    @property
    def is_complete(self) -> bool:
        """Whether a test put the cluster there."""
        return self.mode is None

    def is_active(self, add_on: str) -> bool:
        """Whether an add-on runs."""
        return self.add_ons.get(add_on, {}).get("status") == "ACTIVE"

    def role_for(self, namespace: str, service_account: str) -> str | None:
        """The role that pods of a service account assume."""
        for each in self.associations.values():
            if (each["namespace"], each["serviceAccount"]) == (namespace, service_account):
                return str(each["roleArn"])
        return None


_KNOWN: dict[str, ControlPlane] = {}


def forget() -> None:
    """Has the account no cluster."""
    _KNOWN.clear()


def put(name: str, control_plane: ControlPlane) -> None:
    """Notes a new cluster."""
    _KNOWN[name] = control_plane


def remove(name: str) -> ControlPlane | None:
    """Forgets a cluster."""
    return _KNOWN.pop(name, None)


def existing(name: str) -> ControlPlane:
    """A cluster that is known to exist."""
    return _KNOWN.setdefault(name, ControlPlane())


def control_plane(cloud: "Cloud", name: str) -> ControlPlane:
    """A cluster by its name.

    Raises:
        ServiceError: If there is none, as EKS says it.
    """
    try:
        cloud.acting_as(None).client("eks").describe_cluster(name=name)
    except ClientError as error:
        details = error.response["Error"]
        raise ServiceError(details["Code"], details["Message"]) from error
    return existing(name)


def ready_nodes(cloud: "Cloud", name: str) -> int:
    """How many HyperPod nodes have certainly joined a cluster.

    With continuous provisioning, a HyperPod cluster is in service before its nodes, but for those
    that MinInstanceCount asks for.
    """
    sagemaker, found = cloud.acting_as(None).client("sagemaker"), 0
    for each in sagemaker.list_clusters()["ClusterSummaries"]:
        cluster = sagemaker.describe_cluster(ClusterName=each["ClusterName"])
        arn = cluster.get("Orchestrator", {}).get("Eks", {}).get("ClusterArn", "")
        if arn.rpartition("/")[2] != name or cluster["ClusterStatus"] != "InService":
            continue
        continuous = cluster.get("NodeProvisioningMode") == "Continuous"
        for group in cluster["InstanceGroups"]:
            found += group.get("MinCount", 0) if continuous else group["CurrentCount"]
    return found
