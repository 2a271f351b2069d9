"""Messages about the events of a cluster."""

from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.model.cluster_events import (
    ClusterStatus,
    EventLevel,
    InstanceGroupStatus,
)
from hyperpod_constructs.model.orchestrator import Eks

REPORTED_OTHERWISE = (
    "Failed to provision EC2 Instance",
    "Instance lifecycle script execution",
    "Cluster creation failed",
)
"""Descriptions of events whose failure another event, an alarm or the status of the cluster reports."""


def create_notices(
    scope: Construct, cluster: IHyperPodCluster, topic: sns.ITopic
) -> Mapping[str, events.Rule]:
    """Creates rules that send one message for each failure that HyperPod sends events for."""
    notices = _Notices(scope, cluster, topic)
    rules = {"Failed": notices.failed()}
    if not cluster.is_continuous:
        rules["InstanceGroupFailed"] = notices.instance_group_failed()
    if cluster.is_continuous is not False:
        rules["Errors"] = notices.errors()
    if isinstance(cluster.orchestrator, Eks):
        rules["NodeHealth"] = notices.node_health()
    return rules


class _Notices:
    def __init__(self, scope: Construct, cluster: IHyperPodCluster, topic: sns.ITopic) -> None:
        self._scope = scope
        self._cluster = cluster
        self._topic = topic

    def failed(self) -> events.Rule:
        return self._cluster.on_state_change(
            "Failed",
            scope=self._scope,
            statuses=[ClusterStatus.FAILED, ClusterStatus.ROLLING_BACK],
            target=self._target(
                f"HyperPod cluster {_field('ClusterName')} is {_field('ClusterStatus')}: "
                f"{_field('FailureMessage')}",
                f"aws sagemaker describe-cluster --cluster-name {_field('ClusterName')}",
            ),
        )

    def instance_group_failed(self) -> events.Rule:
        """The status of the cluster reports groups that fail while it changes."""
        return self._cluster.on_state_change(
            "InstanceGroupFailed",
            scope=self._scope,
            statuses=[ClusterStatus.IN_SERVICE],
            instance_group_statuses=[InstanceGroupStatus.FAILED, InstanceGroupStatus.DEGRADED],
            target=self._target(
                f"An instance group of HyperPod cluster {_field('ClusterName')} is failed or "
                f"degraded: {_field('FailureMessage')}",
                f"aws sagemaker describe-cluster --cluster-name {_field('ClusterName')} "
                "--query InstanceGroups[].[InstanceGroupName,Status,CurrentCount,TargetCount]",
            ),
        )

    def errors(self) -> events.Rule:
        of = "EventDetails"
        rule = self._cluster.on_cluster_event(
            "Errors",
            scope=self._scope,
            levels=[EventLevel.ERROR],
            target=self._target(
                f"HyperPod cluster {_field(of, 'ClusterName')}, instance group "
                f"{_field(of, 'InstanceGroupName')}, instance {_field(of, 'InstanceId')}: "
                f"{_field(of, 'Description')}",
                "aws sagemaker describe-cluster-event "
                f"--cluster-name {_field(of, 'ClusterName')} --event-id {_field(of, 'EventId')}",
            ),
        )
        others = {"anything-but": {"prefix": list(REPORTED_OTHERWISE)}}
        rule.add_event_pattern(detail={of: {"Description": [others]}})
        return rule

    def node_health(self) -> events.Rule:
        of = "HealthSummary"
        rule = self._cluster.on_node_health_event(
            "NodeHealth",
            scope=self._scope,
            target=self._target(
                f"Node {_field('InstanceId')} of HyperPod cluster {_field('ClusterName')} is "
                f"{_field(of, 'HealthStatus')}: {_field(of, 'HealthStatusReason')} Repair: "
                f"{_field(of, 'RepairAction')}. {_field(of, 'Recommendation')}",
                f"aws sagemaker describe-cluster-node --cluster-name {_field('ClusterName')} "
                f"--node-id {_field('InstanceId')}",
            ),
        )
        rule.add_event_pattern(detail={of: {"HealthStatus": [{"anything-but": ["Healthy"]}]}})
        return rule

    def _target(self, text: str, command: str) -> targets.SnsTopic:
        region = events.EventField.region
        message = f"{text} Show more: {command} --region {region}"
        return targets.SnsTopic(self._topic, message=events.RuleTargetInput.from_text(message))


def _field(*keys: str) -> str:
    return events.EventField.from_path(".".join(["$.detail", *keys]))
