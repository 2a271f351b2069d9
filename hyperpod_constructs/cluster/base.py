"""Base class of created and imported HyperPod clusters."""

import abc
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.object_checks import (
    EKS_CLUSTER,
    ROLE,
    SECURITY_GROUP,
    check,
    each,
    optional,
    physical_name_problems,
    scope_problems,
)
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.cluster_events import (
    ClusterStatus,
    EventLevel,
    EventResourceType,
    InstanceGroupStatus,
)
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.names import cluster_name_problems
from hyperpod_constructs.model.orchestrator import Eks, Orchestrator
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.observability.events import ClusterEvents, RuleOptions
from hyperpod_constructs.permissions.cluster_grants import ClusterGrants
from hyperpod_constructs.permissions.granted_cluster import GrantedCluster
from hyperpod_constructs.permissions.node_policy import LOG_GROUP_PREFIX

from .attribute_problems import (
    cluster_arn_problems,
    group_name_problems,
    instance_id_problems,
    unknown_name,
    unknown_role,
    unknown_security_groups,
)

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2
    from aws_cdk import aws_events as events


@jsii.implements(ec2.IConnectable, iam.IGrantable)
class HyperPodClusterBase(cdk.Resource, metaclass=jsii.JSIIAbstractClass):
    """Base class of HyperPod clusters."""

    @staticmethod
    def from_cluster_arn(scope: Construct, id: str, cluster_arn: str) -> IHyperPodCluster:
        """Imports an existing cluster by its ARN.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster_arn: ARN of the cluster.

        Raises:
            ValidationError: `ClusterArn`, `ArgumentType`, `ConstructId`.
        """
        return HyperPodClusterBase.from_cluster_attributes(scope, id, cluster_arn=cluster_arn)

    @staticmethod
    def from_cluster_attributes(
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        cluster_name: str | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        execution_role: iam.IRole | None = None,
        eks_cluster: "eks.ICluster | eks_v2.ICluster | EksClusterReference | None" = None,
    ) -> IHyperPodCluster:
        """Imports an existing cluster.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster_arn: ARN of the cluster.
            cluster_name: Name of the cluster, which the ARN does not contain. Required by
                `cluster_name` and `log_group_name`, which raise without it.
            security_groups: Security groups of the nodes. Required by `connections`, which raises
                without them.
            execution_role: IAM role of the nodes. Required by `grant_principal`, which raises
                without it. In a method of CDK, such as `bucket.grant_read(cluster)`, CDK turns the
                error into a `RuntimeError` with the same text; read the attribute first to catch
                it.
            eks_cluster: EKS cluster that orchestrates the cluster, for the permissions that `grants`
                include on it. None by default, for Slurm.

        Raises:
            ValidationError: `ClusterArn`, `ArgumentType`, `ConstructId`, `ClusterName`.
        """
        return ImportedCluster(
            scope,
            id,
            cluster_arn=cluster_arn,
            cluster_name=cluster_name,
            security_groups=security_groups,
            execution_role=execution_role,
            eks_cluster=eks_cluster,
        )

    @property
    @abc.abstractmethod
    def cluster_arn(self) -> str:
        """ARN of the cluster."""

    @property
    @abc.abstractmethod
    def connections(self) -> ec2.Connections:
        """Network connections of the nodes."""

    @property
    @abc.abstractmethod
    def grant_principal(self) -> iam.IPrincipal:
        """Principal of the roles of all nodes."""

    @cached_property
    def grants(self) -> ClusterGrants:
        """Grants of access to the cluster for roles and users."""
        return ClusterGrants(self._granted)

    @property
    @abc.abstractmethod
    def _granted(self) -> GrantedCluster: ...

    @property
    def _values(self) -> ClusterModel | None:
        """What the cluster is created with. None if it is imported."""
        return None

    @property
    def _known_name(self) -> str | None:
        return None if self._values is None else self._values.cluster_name

    @property
    def orchestrator(self) -> Orchestrator | None:
        """Workload manager. None if the cluster is imported without `eks_cluster`."""
        return None if self._values is None else self._values.orchestrator

    @property
    def is_continuous(self) -> bool | None:
        """Whether instances are provisioned continuously. None if the cluster is imported."""
        return None if self._values is None else self._values.node_provisioning_mode is not None

    @property
    def instance_groups(self) -> Sequence[InstanceGroup] | None:
        """Instance groups so far. None if the cluster is imported."""
        return None if self._values is None else self._values.instance_groups

    @property
    def cluster_name(self) -> str:
        """Name of the cluster.

        Raises:
            ValidationError: `UnknownClusterName` if the cluster was created or imported without a
                name: CloudFormation does not return the name that it generates.
        """
        if self._known_name is None:
            raise unknown_name()
        return self._known_name

    @property
    def cluster_id(self) -> str:
        """Generated ID of the cluster, 12 characters: the last part of its ARN."""
        arn = self.cluster_arn
        return self._id_of_token if is_unresolved(arn) else arn.rpartition("/")[2]

    @cached_property
    def _id_of_token(self) -> str:
        return cdk.Fn.select(1, cdk.Fn.split("/", self.cluster_arn))

    @property
    def log_group_name(self) -> str:
        """CloudWatch log group of the nodes, created by HyperPod with the first log event.

        Raises:
            ValidationError: `UnknownClusterName` if the cluster was created or imported without a
                name.
        """
        return f"{LOG_GROUP_PREFIX}/{self.cluster_name}/{self.cluster_id}"

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
        """Creates a rule for changes of the status of the cluster.

        With continuous provisioning, the cluster stays in service while instances are added or
        replaced; see `on_cluster_event`. The rule of a cluster that is created with a name exists
        before the cluster and receives the events of its creation. Other rules are created after
        the cluster. EventBridge can deliver an event more than once.

        Args:
            id: ID of the rule.
            target: Target of the events, such as `targets.SnsTopic(topic)`. None by default.
            statuses: Statuses of the cluster. Defaults to all.
            instance_group_statuses: Statuses, one of which an instance group must have. By default,
                the instance groups do not matter.
            scope: Scope of the rule. Defaults to the cluster.
            rule_name: Name of the rule. Defaults to a name generated by CloudFormation.
            description: Description of the rule. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `EventValue`.
        """
        return self._events.state_changes(
            id,
            statuses=statuses,
            instance_group_statuses=instance_group_statuses,
            options=RuleOptions(target, scope, rule_name, description),
        )

    def on_node_health_event(
        self,
        id: str,
        *,
        target: "events.IRuleTarget | None" = None,
        scope: Construct | None = None,
        rule_name: str | None = None,
        description: str | None = None,
    ) -> "events.Rule":
        """Creates a rule for the health of nodes on EKS.

        Slurm clusters send no such events, which is a warning (`NodeHealthEvents`). `ClusterWatch`
        reads the records of the health monitoring agent instead.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html

        Args:
            id: ID of the rule.
            target: Target of the events, such as `targets.SnsTopic(topic)`. None by default.
            scope: Scope of the rule. Defaults to the cluster.
            rule_name: Name of the rule. Defaults to a name generated by CloudFormation.
            description: Description of the rule. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`.
        """
        return self._events.node_health(
            id, options=RuleOptions(target, scope, rule_name, description)
        )

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
        """Creates a rule for the events of a cluster with continuous provisioning.

        Other clusters send no such events, which is a warning (`ClusterEventsMode`). HyperPod can
        send two events for one failure.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-cluster-events-reference.html

        Args:
            id: ID of the rule.
            target: Target of the events, such as `targets.SnsTopic(topic)`. None by default.
            levels: Levels of the events. Defaults to all, including events without a level.
            resource_types: What the events are about. Defaults to all resources.
            instance_groups: Names of instance groups. By default, events of all groups and of the
                cluster.
            scope: Scope of the rule. Defaults to the cluster.
            rule_name: Name of the rule. Defaults to a name generated by CloudFormation.
            description: Description of the rule. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `EventValue`.
        """
        return self._events.cluster_events(
            id,
            levels=levels,
            resource_types=resource_types,
            instance_groups=instance_groups,
            options=RuleOptions(target, scope, rule_name, description),
        )

    @cached_property
    def _events(self) -> ClusterEvents:
        values = self._values
        return ClusterEvents(
            self,
            arn=self.cluster_arn,
            name=None if values is None else values.cluster_name,
            orchestrator=self.orchestrator,
            is_continuous=self.is_continuous,
        )

    def ssm_target(self, instance_group_name: str, instance_id: str) -> str:
        """Session Manager target of a node, for `aws ssm start-session --target`.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-access-nodes.html

        Args:
            instance_group_name: Name of the instance group.
            instance_id: ID of the instance, `i-…`, or a placeholder such as `<instance-id>`.

        Raises:
            ValidationError: `ArgumentType`, `InstanceGroupName`, `InstanceId`.
        """
        groups = () if self._values is None else [each.name for each in self._values.groups]
        check(
            group_name_problems(instance_group_name, groups),
            instance_id_problems(instance_id),
        )
        return f"sagemaker-cluster:{self.cluster_id}_{instance_group_name}-{instance_id}"


class ImportedCluster(HyperPodClusterBase):
    """An existing cluster, with the attributes whose arguments are specified."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        cluster_name: str | None,
        security_groups: Sequence[ec2.ISecurityGroup],
        execution_role: iam.IRole | None,
        eks_cluster: "eks.ICluster | eks_v2.ICluster | EksClusterReference | None",
    ) -> None:
        check(
            scope_problems(scope, id),
            cluster_arn_problems(cluster_arn),
            () if cluster_name is None else cluster_name_problems(cluster_name),
            physical_name_problems("cluster_name", cluster_name),
            each("security_groups", security_groups, SECURITY_GROUP),
            optional("execution_role", execution_role, ROLE),
            optional("eks_cluster", eks_cluster, EKS_CLUSTER),
        )
        super().__init__(scope, id, environment_from_arn=cluster_arn)
        self._arn = cluster_arn
        self._name = cluster_name
        groups = list(security_groups)
        self._connections = ec2.Connections(security_groups=groups) if groups else None
        self._role = execution_role
        self._eks_cluster = eks_cluster

    @property
    def cluster_arn(self) -> str:
        return self._arn

    @property
    def connections(self) -> ec2.Connections:
        if self._connections is None:
            raise unknown_security_groups()
        return self._connections

    @property
    def grant_principal(self) -> iam.IPrincipal:
        if self._role is None:
            raise unknown_role()
        return self._role.grant_principal

    @property
    def _granted(self) -> GrantedCluster:
        role, eks_cluster = self._role, self._eks_cluster
        return GrantedCluster(
            self,
            self._arn,
            None if role is None else lambda: [role.role_arn],
            eks_clusters=None if eks_cluster is None else [eks_cluster.cluster_arn],
        )

    @property
    def orchestrator(self) -> Orchestrator | None:
        return None if self._eks_cluster is None else Eks(self._eks_cluster)

    @property
    def _known_name(self) -> str | None:
        return self._name
