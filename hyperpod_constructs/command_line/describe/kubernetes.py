"""What a template adds to the EKS cluster of a HyperPod cluster: chart, add-ons, teams and access."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from hyperpod_constructs.checks.assembly import flat_text
from hyperpod_constructs.checks.template_eks_cluster import (
    ACCESS_ENTRY,
    ADD_ON,
    EKS_CLUSTER,
    HELM_CHART,
    EksCluster,
)
from hyperpod_constructs.checks.template_resources import Resources, UnfollowedError
from hyperpod_constructs.model.kubernetes.governance_regions import (
    COMPUTE_QUOTA,
    SCHEDULER_CONFIG,
)
from hyperpod_constructs.schema.json_values import items_of, object_of, value_at

from .description import KubernetesDescription
from .values import readable

_OF_FUNCTION = {
    COMPUTE_QUOTA: "Custom::HyperPodComputeQuota",
    SCHEDULER_CONFIG: "Custom::HyperPodClusterSchedulerConfig",
}
"""Custom resources, in Regions without the type."""
_AMOUNTS = {
    "Count": "",
    "Accelerators": " accelerators",
    "VCpu": " vCPUs",
    "MemoryInGiB": " GiB",
}
_SHARING = {"Lend": "lends", "DontLend": "does not lend", "LendAndBorrow": "lends and borrows"}


def describe_kubernetes(
    template: Mapping[str, Any] | None, cluster: Mapping[str, Any], logical_id: str
) -> Iterator[KubernetesDescription]:
    """What the template adds to the EKS cluster.

    Args:
        template: The template, if any.
        cluster: Properties of the HyperPod cluster.
        logical_id: Logical ID of the HyperPod cluster.
    """
    arn = value_at(cluster, "Orchestrator", "Eks", "ClusterArn")
    if template is None or arn is None:
        return
    resources = Resources(template)
    eks = EksCluster.of(resources, arn)
    with suppress(UnfollowedError):
        yield from _control_plane(resources, eks)
    for _, chart in eks.resources_of_type(HELM_CHART):
        yield KubernetesDescription(
            kind="Helm chart", name=_text(chart.get("Release")), what=_chart(chart)
        )
    for _, add_on in eks.resources_of_type(ADD_ON):
        version = _text(add_on.get("AddonVersion"))
        yield KubernetesDescription(
            kind="add-on", name=_text(add_on.get("AddonName")), what=version
        )
    for config in _governed(resources, SCHEDULER_CONFIG, logical_id):
        for priority in items_of(value_at(config, "SchedulerConfig", "PriorityClasses")):
            weight = f"weight {readable(object_of(priority).get('Weight'))}"
            yield KubernetesDescription(
                kind="priority class", name=_text(value_at(priority, "Name")), what=weight
            )
    for quota in _governed(resources, COMPUTE_QUOTA, logical_id):
        name = _text(value_at(quota, "ComputeQuotaTarget", "TeamName"))
        yield KubernetesDescription(kind="team", name=name, what=", ".join(_quota(quota)))
    for _, entry in eks.resources_of_type(ACCESS_ENTRY):
        yield KubernetesDescription(
            kind="access", name=_text(entry.get("PrincipalArn")), what=_access(entry)
        )


def _control_plane(resources: Resources, eks: EksCluster) -> Iterator[KubernetesDescription]:
    properties = resources.properties(eks.logical_id, EKS_CLUSTER)
    if properties is not None:
        version = _text(properties.get("Version")) or "of EKS"
        public = value_at(properties, "ResourcesVpcConfig", "EndpointPublicAccess")
        endpoint = "private endpoint" if public is False else "public endpoint"
        yield KubernetesDescription(kind="version", name=version, what=endpoint)


def _chart(chart: Mapping[str, Any]) -> str:
    """Where a chart is from, and its parts."""
    source = (
        "from a folder"
        if "ChartAssetURL" in chart
        else f"{_text(chart.get('Repository'))} {_text(chart.get('Version'))}".strip()
    )
    enabled = [name for name, value in _json(chart.get("Values")).items() if _is_enabled(value)]
    return ": ".join(filter(None, [source, ", ".join(sorted(enabled))]))


def _is_enabled(value: object) -> bool:
    """Whether a part of the chart is enabled, itself or its device plugin."""
    return value_at(value, "enabled") is True or value_at(value, "devicePlugin", "enabled") is True


def _governed(resources: Resources, kind: str, logical_id: str) -> Iterator[Mapping[str, Any]]:
    """Properties of the policy or the quotas of a cluster."""
    with suppress(UnfollowedError):
        for _, properties in resources.of_type(kind):
            with suppress(UnfollowedError):
                if resources.referred(properties.get("ClusterArn")) == logical_id:
                    yield properties
        for _, custom in resources.of_type(_OF_FUNCTION[kind]):
            request = _json(custom.get("Request"))
            if request.get("ClusterArn") == f"${{Token[{logical_id}]}}":
                yield request


def _quota(quota: Mapping[str, Any]) -> Iterator[str]:
    """The compute of a team in words."""
    config = object_of(quota.get("ComputeQuotaConfig"))
    for each in map(object_of, items_of(config.get("ComputeQuotaResources"))):
        amounts = [f"{readable(each[key])}{unit}" for key, unit in _AMOUNTS.items() if key in each]
        partition = object_of(each.get("AcceleratorPartition"))
        if partition:
            amounts.append(f"{readable(partition.get('Count'))} {_text(partition.get('Type'))}")
        yield f"{' and '.join(amounts)} {_text(each.get('InstanceType'))}".strip()
    sharing = object_of(config.get("ResourceSharingConfig"))
    if sharing:
        limit = f" up to {readable(sharing['BorrowLimit'])} %" if "BorrowLimit" in sharing else ""
        strategy = str(sharing.get("Strategy"))
        yield f"{_SHARING.get(strategy, strategy)}{limit}"
    weight = value_at(quota, "ComputeQuotaTarget", "FairShareWeight")
    if weight is not None:
        yield f"weight {readable(weight)}"
    if quota.get("ActivationState") == "Disabled":
        yield "disabled"


def _access(entry: Mapping[str, Any]) -> str:
    """The policies of an access entry in words."""
    found = []
    for policy in map(object_of, items_of(entry.get("AccessPolicies"))):
        name = _text(policy.get("PolicyArn")).rpartition("/")[2]
        namespaces = items_of(value_at(policy, "AccessScope", "Namespaces"))
        found.append(f"{name} in {', '.join(map(_text, namespaces))}" if namespaces else name)
    return ", ".join(found) or _text(entry.get("Type"))


def _json(value: object) -> Mapping[str, Any]:
    try:
        return object_of(json.loads(flat_text(value)))
    except ValueError:
        return {}


def _text(value: object) -> str:
    return "" if value is None else readable(value)
