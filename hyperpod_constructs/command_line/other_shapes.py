"""Files that describe no cluster by themselves, and what to specify instead."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_DESCRIBE = "aws sagemaker describe-cluster --cluster-name NAME > cluster.json"
_GET_TEMPLATE = "aws cloudformation get-template --stack-name NAME > template.json"


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda data: isinstance(data, Mapping) and any(name in data for name in names)


def _entries_have(*names: str) -> Callable[[Any], bool]:
    return lambda data: (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(each, Mapping) and any(name in each for name in names) for each in data)
    )


def _is_manifest(data: Any) -> bool:
    return isinstance(data, Mapping) and {"apiVersion", "kind"} <= data.keys()


_SHAPES: Sequence[tuple[Callable[[Any], bool], str]] = (
    (
        _entries_have("ParameterKey"),
        "is a parameter file of CloudFormation, which contains no cluster; specify the template",
    ),
    (
        _has("instance_group_settings", "hyperpod_cluster_name", "create_hyperpod_cluster_stack"),
        f"is a configuration of the HyperPod CLI; after hyp create, run {_DESCRIBE}",
    ),
    (
        _is_manifest,
        f"is a Kubernetes manifest; for the cluster of its nodes, run {_DESCRIBE}",
    ),
    (
        _has("ClusterSummaries", "ClusterNodeSummaries", "NodeDetails"),
        f"is a list of clusters or nodes; run {_DESCRIBE}",
    ),
    (
        _has("Stacks", "StackResources", "StackResourceSummaries", "StackSummaries"),
        f"is the description of a stack; run {_GET_TEMPLATE}",
    ),
    (
        _has("Parameters"),
        "contains parameters and no resources; specify the template",
    ),
    (
        _has("terraform_version", "format_version"),
        "is a file of Terraform; run terraform show -json PLAN > plan.json",
    ),
    (
        _has("context", "app"),
        "is a cdk.json; run cdk synth, and specify the directory cdk.out",
    ),
)


def other_shape(data: Any) -> str | None:
    """What a file is, and what to do; None for an unknown shape."""
    return next((text for is_shape, text in _SHAPES if is_shape(data)), None)
