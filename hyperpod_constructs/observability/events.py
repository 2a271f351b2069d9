"""Rules for the events of a cluster in Amazon EventBridge.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.object_checks import (
    TARGET,
    check,
    each,
    optional,
    scope_problems,
)
from hyperpod_constructs.model.cluster_events import (
    ClusterStatus,
    EventLevel,
    EventResourceType,
    InstanceGroupStatus,
)
from hyperpod_constructs.model.orchestrator import Eks, Orchestrator
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import choices_text, with_article

from .cluster_region import cluster_region_problems

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

SOURCE = "aws.sagemaker"
STATE_CHANGE = "SageMaker HyperPod Cluster State Change"
NODE_HEALTH = "SageMaker HyperPod Cluster Node Health Event"
CLUSTER_EVENT = "SageMaker HyperPod Cluster Event"


class RuleOptions(NamedTuple):
    """The arguments that rules for all events have."""

    target: "events.IRuleTarget | None"
    scope: Construct | None
    rule_name: str | None
    description: str | None


class ClusterEvents:
    """Creates rules for the events of a cluster."""

    def __init__(
        self,
        cluster: Construct,
        *,
        arn: str,
        name: str | None,
        orchestrator: Orchestrator | None,
        is_continuous: bool | None,
    ) -> None:
        """Creates the rules when they are requested.

        Args:
            cluster: Construct that reports warnings.
            arn: ARN of the cluster.
            name: Name that events are matched by, so that the rule exists before the cluster. By
                default, events are matched by the ARN.
            orchestrator: Workload manager, None if it is not known.
            is_continuous: Whether instances are provisioned continuously, None if it is not known.
        """
        self._cluster = cluster
        self._arn = arn
        self._name = name
        self._orchestrator = orchestrator
        self._is_continuous = is_continuous

    def state_changes(
        self,
        id: str,
        *,
        statuses: Sequence[ClusterStatus],
        instance_group_statuses: Sequence[InstanceGroupStatus],
        options: RuleOptions,
    ) -> "events.Rule":
        """Creates a rule for changes of the status of the cluster or of its groups."""
        self._check(
            id,
            options,
            _choice_problems("statuses", statuses, ClusterStatus),
            _choice_problems(
                "instance_group_statuses", instance_group_statuses, InstanceGroupStatus
            ),
        )
        detail: dict[str, Any] = {} if self._name is None else {"ClusterName": [self._name]}
        if statuses:
            detail["ClusterStatus"] = _texts(statuses)
        if instance_group_statuses:
            detail["InstanceGroups"] = {"Status": _texts(instance_group_statuses)}
        return self._rule(id, STATE_CHANGE, detail, options)

    def node_health(self, id: str, *, options: RuleOptions) -> "events.Rule":
        """Creates a rule for the health of nodes."""
        self._check(id, options)
        for problem in self._node_health_problems():
            warn(self._cluster, problem)
        detail = {} if self._name is None else {"ClusterName": [self._name]}
        return self._rule(id, NODE_HEALTH, detail, options)

    def cluster_events(
        self,
        id: str,
        *,
        levels: Sequence[EventLevel],
        resource_types: Sequence[EventResourceType],
        instance_groups: Sequence[str],
        options: RuleOptions,
    ) -> "events.Rule":
        """Creates a rule for the events of the cluster, its groups and its instances."""
        self._check(
            id,
            options,
            _choice_problems("levels", levels, EventLevel),
            _choice_problems("resource_types", resource_types, EventResourceType),
            each("instance_groups", instance_groups, str),
        )
        for problem in self._cluster_event_problems():
            warn(self._cluster, problem)
        filters = {
            "ClusterName": [] if self._name is None else [self._name],
            "EventLevel": levels,
            "ResourceType": resource_types,
            "InstanceGroupName": instance_groups,
        }
        detail = {key: _texts(values) for key, values in filters.items() if values}
        return self._rule(id, CLUSTER_EVENT, {"EventDetails": detail} if detail else {}, options)

    def _check(self, id: str, options: RuleOptions, *problems: Iterator[Problem]) -> None:
        check(
            scope_problems(options.scope or self._cluster, id),
            optional("target", options.target, TARGET),
            optional("rule_name", options.rule_name, str),
            optional("description", options.description, str),
            *problems,
        )

    def _rule(
        self, id: str, detail_type: str, detail: Mapping[str, Any], options: RuleOptions
    ) -> "events.Rule":
        from aws_cdk import aws_events as events  # noqa: PLC0415 - few clusters have rules

        scope = options.scope or self._cluster
        for problem in cluster_region_problems(scope, self._arn):
            warn(scope, problem)
        rule = events.Rule(
            scope,
            id,
            rule_name=options.rule_name,
            description=options.description,
            event_pattern=events.EventPattern(
                source=[SOURCE],
                detail_type=[detail_type],
                resources=[self._arn] if self._name is None else None,
                detail=detail or None,
            ),
        )
        if options.target is not None:
            rule.add_target(options.target)
        return rule

    def _node_health_problems(self) -> Iterator[Problem]:
        """HyperPod sends events for the health of nodes on EKS only.

        On Slurm, the health monitoring agent writes what it detects to the log group.
        Source: https://github.com/awslabs/awsome-distributed-ai/pull/1210
        """
        if self._orchestrator is not None and not isinstance(self._orchestrator, Eks):
            yield Problem(
                code="NodeHealthEvents",
                path="orchestrator",
                value=type(self._orchestrator).__name__,
                message="clusters send no events for the faults of nodes, so "
                "on_node_health_event receives none",
                fix="use ClusterWatch, which reads the records of the health monitoring agent",
                severity=Severity.WARNING,
            )

    def _cluster_event_problems(self) -> Iterator[Problem]:
        """Cluster events require continuous provisioning.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-cluster-events-reference.html
        """
        if self._is_continuous is False:
            yield Problem(
                code="ClusterEventsMode",
                path="node_provisioning_mode",
                value=None,
                message="is not specified, so on_cluster_event receives no events",
                fix="use on_state_change, or pass NodeProvisioningMode.CONTINUOUS to the cluster",
                severity=Severity.WARNING,
            )


def _texts(values: Sequence[str]) -> list[str]:
    return [str(value) for value in values]


def _choice_problems(path: str, values: Sequence[str], kind: type[StrEnum]) -> Iterator[Problem]:
    """Events are matched by values that HyperPod sends.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-cluster-events-reference.html
    """
    wrong_types = list(each(path, values, str))
    yield from wrong_types
    for index, value in enumerate(() if wrong_types else values):
        if value not in tuple(kind) and not is_unresolved(value):
            yield Problem(
                code="EventValue",
                path=f"{path}[{index}]",
                value=value,
                message=f"is not {with_article(kind.__name__)}",
                fix=f"use {choices_text(kind, value)}",
            )
