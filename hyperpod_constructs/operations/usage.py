"""How many instances the clusters of an account have.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeCluster.html
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .quotas import usage_quota
from .reads import Reads

ACTIONS = ("sagemaker:DescribeCluster", "sagemaker:ListClusters")


def used_by_others(reads: Reads, cluster: str | None) -> Counter[str]:
    """Number of instances that other clusters than one have, by name of the quota.

    A group of several types counts for each of them.
    """
    found: Counter[str] = Counter()
    for summary in reads.get("sagemaker", "list_clusters")["ClusterSummaries"]:
        if summary["ClusterName"] == cluster:
            continue
        description = reads.find("sagemaker", "describe_cluster", ClusterName=summary["ClusterArn"])
        for group in _groups(description or {}):
            count = max(group.get("CurrentCount", 0), group.get("TargetCount", 0))
            is_spot = "Spot" in group.get("CapacityRequirements", {})
            for each in _types(group):
                found[usage_quota(each, is_spot=is_spot)] += count
    return found


def _groups(description: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in ("InstanceGroups", "RestrictedInstanceGroups"):
        yield from description.get(name, ())


def _types(group: Mapping[str, Any]) -> list[str]:
    one = group.get("InstanceType")
    several = group.get("InstanceRequirements", {})
    return [one] if one else [*several.get("DesiredInstanceTypes", ())]
