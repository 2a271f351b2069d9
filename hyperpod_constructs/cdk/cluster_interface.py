"""The interface of a HyperPod cluster."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct, Node

from hyperpod_constructs.model.cluster_events import (
    ClusterStatus,
    EventLevel,
    EventResourceType,
    InstanceGroupStatus,
)
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.orchestrator import Orchestrator

from .cluster_grants_interface import IClusterGrants

if TYPE_CHECKING:
    from aws_cdk import aws_events as events


class IHyperPodCluster(Protocol):
    """A HyperPod cluster, created or imported; use it as the type of parameters."""

    @property
    def node(self) -> Node:
        """The tree node."""

    @property
    def cluster_arn(self) -> str:
        """ARN of the cluster."""

    @property
    def cluster_id(self) -> str:
        """Generated id of the cluster, the last part of its ARN."""

    @property
    def cluster_name(self) -> str:
        """Name of the cluster."""

    @property
    def log_group_name(self) -> str:
        """CloudWatch log group of the nodes."""

    @property
    def orchestrator(self) -> Orchestrator | None:
        """Workload manager. None if the cluster is imported without `eks_cluster`."""

    @property
    def is_continuous(self) -> bool | None:
        """Whether instances are provisioned continuously. None if the cluster is imported."""

    @property
    def instance_groups(self) -> Sequence[InstanceGroup] | None:
        """Instance groups so far. None if the cluster is imported."""

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the nodes."""

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Principal of the roles of all nodes."""

    @property
    def grants(self) -> IClusterGrants:
        """Grants of access to the cluster for roles and users."""

    def ssm_target(self, instance_group_name: str, instance_id: str) -> str:
        """Session Manager target of a node."""

    def on_state_change(
        self,
        id: str,
        *,
        target: "events.IRuleTarget | None" = None,
        statuses: Sequence[ClusterStatus] = (),
        instance_group_statuses: Sequence[InstanceGroupStatus] = (),
        scope: Construct | None = None,
        rule_name: str | None = None,
        description: str | None = None,
    ) -> "events.Rule":
        """Creates a rule for changes of the status of the cluster."""

    def on_node_health_event(
        self,
        id: str,
        *,
        target: "events.IRuleTarget | None" = None,
        scope: Construct | None = None,
        rule_name: str | None = None,
        description: str | None = None,
    ) -> "events.Rule":
        """Creates a rule for the health of nodes on EKS."""

    def on_cluster_event(
        self,
        id: str,
        *,
        target: "events.IRuleTarget | None" = None,
        levels: Sequence[EventLevel] = (),
        resource_types: Sequence[EventResourceType] = (),
        instance_groups: Sequence[str] = (),
        scope: Construct | None = None,
        rule_name: str | None = None,
        description: str | None = None,
    ) -> "events.Rule":
        """Creates a rule for the events of a cluster with continuous provisioning."""
