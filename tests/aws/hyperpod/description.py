"""What DescribeCluster answers for a request, by the shape of the answer."""

from typing import Any

from tests.aws.front.request_validation import model_of

from .cluster import Cluster, Json

_COUNTS = {"InstanceCount": "TargetCount", "MinInstanceCount": "MinCount"}
_PREFIXES = ("Desired", "Current")


def description(cluster: Cluster) -> Json:
    """A cluster, with the current state of its groups."""
    shape: Any = model_of("sagemaker").operation_model("DescribeCluster").output_shape
    groups: dict[str, list[Json]] = {"InstanceGroups": [], "RestrictedInstanceGroups": []}
    for name, group in cluster.groups.items():
        kind = "RestrictedInstanceGroups" if name in cluster.restricted else "InstanceGroups"
        groups[kind].append(
            {
                **described(group, shape.members[kind].member),
                "CurrentCount": len(cluster.nodes[name]),
                "Status": cluster.status,
            }
        )
    found: Json = {
        **described(cluster.request, shape),
        "ClusterArn": cluster.arn,
        "ClusterStatus": cluster.status,
        "CreationTime": cluster.created,
        **groups,
    }
    if "AutoScaling" in found:
        found["AutoScaling"]["Status"] = "InService"
    return found


def described(value: Any, shape: Any) -> Any:
    """A value of a request, with the names of the answer."""
    if shape.type_name == "list":
        return [described(each, shape.member) for each in value]
    if shape.type_name != "structure":
        return value
    found = {}
    for name, each in value.items():
        named = [_COUNTS.get(name, name), *(f"{prefix}{name}" for prefix in _PREFIXES)]
        for written in named:
            if written in shape.members:
                found[written] = described(each, shape.members[written])
    return found
