"""Node pools of Karpenter, which adds instances for pending pods.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2
from constructs import Construct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import node_of
from hyperpod_constructs.cdk.object_checks import (
    DURATION,
    check,
    each,
    optional,
    scope_problems,
)
from hyperpod_constructs.model.groups.kubernetes import Taint
from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import texts_by_name
from hyperpod_constructs.model.value_checks import text_problems

from .manifest import add_manifest, manifest_problems
from .nodes import NodesOnEks, eks_cluster_problems

_GROUP = "karpenter.sagemaker.amazonaws.com"
_MAX_GROUPS = 10
_CRDS = (f"hyperpodnodeclasses.{_GROUP}", "nodepools.karpenter.sh")


class KarpenterNodePool(Construct):
    """A node class and a node pool of Karpenter, for instance groups that autoscaling scales.

    HyperPod installs Karpenter once the cluster exists, so that the pool is created after that.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        instance_groups: Sequence[str],
        name: str | None = None,
        instance_types: Sequence[str] = (),
        limits: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        taints: Sequence[Taint] = (),
        consolidate_after: cdk.Duration | None = None,
    ) -> None:
        """Creates the node class and the node pool.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS, with `auto_scaling=hp.AutoScaling()`.
            instance_groups: Names of up to 10 instance groups of the cluster, with a count of 0.
            name: Name of the node class and of the node pool. Defaults to the first group.
            instance_types: Instance types of the pool. Defaults to those of the groups.
            limits: Limits of all instances of the pool, such as `{"nvidia.com/gpu": "64"}`. None by
                default.
            labels: Labels of the nodes. None by default.
            taints: Taints of the nodes. None by default.
            consolidate_after: Time after which idle nodes are removed. 5 minutes by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `ManifestCluster`,
                `NodePoolAutoScaling`, `NodePoolGroup`, `NodePoolName`.
        """
        of_cluster = list(eks_cluster_problems(cluster))
        of_groups = list(each("instance_groups", instance_groups, str))
        known = not of_cluster and not of_groups
        check(
            scope_problems(scope, id),
            of_cluster,
            of_groups,
            _pool_problems(cluster, instance_groups, name) if known else (),
            each("instance_types", instance_types, str),
            texts_by_name("limits", limits or {}),
            texts_by_name("labels", labels or {}),
            each("taints", taints, Taint),
            optional("consolidate_after", consolidate_after, DURATION),
        )
        super().__init__(scope, id)
        self._nodes = NodesOnEks(cluster)
        pool = name or instance_groups[0].lower()
        manifest = add_manifest(
            self,
            "Resource",
            self._nodes,
            [
                {
                    "apiVersion": f"{_GROUP}/v1",
                    "kind": "HyperpodNodeClass",
                    "metadata": {"name": pool},
                    "spec": {"instanceGroups": [*instance_groups]},
                },
                {
                    "apiVersion": "karpenter.sh/v1",
                    "kind": "NodePool",
                    "metadata": {"name": pool},
                    "spec": _spec(
                        pool,
                        instance_types or _types(cluster, instance_groups),
                        limits=limits or {},
                        labels=labels or {},
                        taints=taints,
                        consolidate_after=consolidate_after or cdk.Duration.minutes(5),
                    ),
                },
            ],
        )
        for index, crd in enumerate(_CRDS):
            node_of(manifest).add_dependency(self._wait_for(f"Crd{index}", crd))

    def _wait_for(self, id: str, crd: str) -> Construct:
        """Waits until HyperPod has installed the kind of an object."""
        cluster: Any = self._nodes.kubernetes
        kind = eks_v2 if "aws_eks_v2" in type(cluster).__module__ else eks
        value: Construct = kind.KubernetesObjectValue(
            self,
            id,
            cluster=cluster,
            object_type="crd",
            object_name=crd,
            json_path=".metadata.name",
            timeout=cdk.Duration.minutes(14),
        )
        self._nodes.order_after_nodes(value)
        return value


def _spec(
    name: str,
    instance_types: Sequence[str],
    *,
    limits: Mapping[str, str],
    labels: Mapping[str, str],
    taints: Sequence[Taint],
    consolidate_after: cdk.Duration,
) -> dict[str, Any]:
    template: dict[str, Any] = {
        "spec": {
            "nodeClassRef": {"group": _GROUP, "kind": "HyperpodNodeClass", "name": name},
            "expireAfter": "Never",
            "requirements": [
                {
                    "key": "node.kubernetes.io/instance-type",
                    "operator": "In",
                    "values": [*instance_types],
                }
            ]
            if instance_types
            else [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}],
        }
    }
    if labels:
        template["metadata"] = {"labels": dict(labels)}
    if taints:
        template["spec"]["taints"] = [
            {
                "key": taint.key,
                "effect": str(taint.effect),
                **({} if taint.value is None else {"value": taint.value}),
            }
            for taint in taints
        ]
    return {
        "template": template,
        **({"limits": dict(limits)} if limits else {}),
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": f"{consolidate_after.to_seconds():.0f}s",
        },
    }


def _types(cluster: IHyperPodCluster, names: Sequence[str]) -> list[str]:
    """The instance types of groups, if they are known."""
    found = [
        known
        for group in cluster.instance_groups or ()
        if group.name in names
        for known in (group.instance_type, *group.instance_types)
        if known
    ]
    return [*dict.fromkeys(found)]


def _pool_problems(
    cluster: IHyperPodCluster, names: Sequence[str], name: object
) -> Iterator[Problem]:
    """A pool has up to 10 instance groups of a cluster with autoscaling."""
    yield from manifest_problems(NodesOnEks(cluster))
    if not 1 <= len(names) <= _MAX_GROUPS:
        yield Problem(
            code="NodePoolGroup",
            path="instance_groups",
            value=len(names),
            message="must be 1 to 10 instance groups",
            fix="specify the names of groups with a count of 0",
        )
    yield from text_problems(
        "name" if name is not None else "instance_groups[0]",
        name if name is not None else next(iter(names), "pool").lower(),
        code="NodePoolName",
        pattern=r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
        message="must be 1 to 63 lowercase letters, digits and inner hyphens",
        example="gpu",
    )
    groups = cluster.instance_groups
    if groups is None:
        return
    if getattr(cluster, "cluster_role", None) is None:
        yield Problem(
            code="NodePoolAutoScaling",
            path="cluster",
            value=None,
            message="has no autoscaling, which installs Karpenter",
            fix="pass auto_scaling=hp.AutoScaling() to the cluster",
        )
    known = [group.name for group in groups]
    for index, each_name in enumerate(names):
        if each_name not in known and not is_unresolved(each_name):
            close = likely_word(each_name, known)
            yield Problem(
                code="NodePoolGroup",
                path=f"instance_groups[{index}]",
                value=each_name,
                message="is no instance group of the cluster",
                fix=f"did you mean {close!r}?" if close else f"use one of {', '.join(known)}",
            )
