"""Statements of policies for the operations of a cluster."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import aws_cdk as cdk
from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.lazy import lazy_texts
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.tokens import is_unresolved

from .grantee import Allowed
from .operations import IMAGE_CHANGES, IMAGE_LISTS, ON_EKS_CLUSTER, Operation, Resource

_SAGEMAKER = "sagemaker.amazonaws.com"
_AUTOSCALING = "hyperpod.sagemaker.amazonaws.com"


class GrantedCluster(NamedTuple):
    """What grants know of a cluster.

    Attributes:
        scope: Construct whose stack has the cluster.
        arn: ARN of the cluster, or of all clusters.
        execution_roles: Returns the ARNs of the roles of its nodes. None if they are unknown.
        autoscaling_roles: ARN of the role of autoscaling, if any.
        eks_cluster_arn: ARN of its EKS cluster, if any.
        stacks_before: Returns the stacks that the stack of the cluster depends on.
    """

    scope: IConstruct
    arn: str
    execution_roles: Callable[[], Sequence[str]] | None
    autoscaling_roles: Sequence[str] = ()
    eks_cluster_arn: str | None = None
    stacks_before: Callable[[], Iterable[cdk.Stack]] = tuple

    @property
    def environment(self) -> Environment:
        """Partition, account and Region of the cluster."""
        if is_unresolved(self.arn):
            return environment_of(stack_of(self.scope))
        _, partition, _, region, account, *_ = self.arn.split(":")
        return Environment(partition, account, region)


class ClusterStatements:
    """What a grantee of a cluster is allowed."""

    def __init__(self, cluster: GrantedCluster) -> None:
        self._cluster = cluster

    def on_cluster(self, actions: Sequence[str]) -> Iterator[Allowed]:
        """Actions on the cluster."""
        yield Allowed(actions, [self._cluster.arn])

    def on_resources(self, operations: Iterable[Operation]) -> Iterator[Allowed]:
        """Actions on the resources of each, in a statement of its own if it cannot be limited."""
        by_resource: dict[Resource | None, list[str]] = {}
        for row in operations:
            resources = row.resources or (
                (Resource.CLUSTER,) if row.optional_resources else (None,)
            )
            for resource in resources:
                by_resource.setdefault(resource, []).append(row.action)
        for resource, actions in by_resource.items():
            if resource is None:
                yield Allowed(actions, ["*"])
            elif resource is Resource.CLUSTER:
                yield from self.on_cluster(actions)
            else:
                yield Allowed(
                    actions, [self._cluster.environment.arn("sagemaker", f"{resource}/*")]
                )

    def additional(
        self, operations: Sequence[Operation], *, custom_images: bool
    ) -> Iterator[Allowed]:
        """What operations require in addition, as far as the cluster requires it."""
        required_by: dict[str, list[Operation]] = {}
        for row in operations:
            for dependency in row.dependencies:
                for action in dependency.actions:
                    required_by.setdefault(action, []).append(row)
        own = {row.action for row in operations}
        nodes = [
            action
            for action in required_by
            if action.startswith("sagemaker:") and action not in own | {"sagemaker:AddTags"}
        ]
        if nodes:
            yield from self.on_cluster(nodes)
        if "sagemaker:AddTags" in required_by:
            yield from self.tags_of_new(required_by["sagemaker:AddTags"])
        if "iam:PassRole" in required_by:
            yield from self._pass_roles()
        yield from self._on_eks([action for action in required_by if action.startswith("eks:")])
        if custom_images and IMAGE_LISTS[0] in required_by:
            yield from self._images()

    def tags_of_new(self, creating: Iterable[Operation]) -> Iterator[Allowed]:
        """Tags of what is created, in the request that creates it.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
        """
        for row in creating:
            for resource in row.resources:
                if resource is not Resource.CLUSTER:
                    yield Allowed(
                        ["sagemaker:AddTags"],
                        [self._cluster.environment.arn("sagemaker", f"{resource}/*")],
                        {"StringEquals": {"sagemaker:TaggingAction": row.name}},
                    )

    def _pass_roles(self) -> Iterator[Allowed]:
        roles = self._cluster.execution_roles
        if roles is not None:
            yield _pass_role(lazy_texts(lambda: list(roles())), [_SAGEMAKER])
        if self._cluster.autoscaling_roles:
            yield _pass_role(self._cluster.autoscaling_roles, [_AUTOSCALING, _SAGEMAKER])

    def _on_eks(self, actions: Sequence[str]) -> Iterator[Allowed]:
        arn = self._cluster.eks_cluster_arn
        if arn is None or not actions:
            return
        on_cluster = [action for action in actions if action in ON_EKS_CLUSTER]
        on_entries = [action for action in actions if action not in ON_EKS_CLUSTER]
        if on_cluster:
            yield Allowed(on_cluster, [arn])
        if on_entries:
            parts = cdk.Fn.split(":cluster/", arn, 2)
            yield Allowed(on_entries, [f"{parts[0]}:access-entry/{parts[1]}/*"])

    def _images(self) -> Iterator[Allowed]:
        """Custom AMIs, which are shared with HyperPod.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/hyperpod-custom-ami-support.html
        """
        yield Allowed(IMAGE_LISTS, ["*"])
        of_nobody = self._cluster.environment._replace(account="")
        shared: Mapping[str, Mapping[str, object]] = {
            "StringEquals": {"ec2:ResourceTag/AllowSharing": "true"}
        }
        for resource, action in IMAGE_CHANGES.items():
            yield Allowed([action], [of_nobody.arn("ec2", f"{resource}/*")], shared)


def _pass_role(roles: Sequence[str], services: list[str]) -> Allowed:
    return Allowed(["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": services}})
