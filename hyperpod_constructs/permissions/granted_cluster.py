"""What grants know of a cluster, or of all clusters of an account and Region."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import aws_cdk as cdk
from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.lazy import lazy_texts
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.tokens import is_unresolved

from .access_scope import HYPERPOD, SAGEMAKER, AccessScope, EksScope, PassedRoles


class GrantedCluster(NamedTuple):
    """What grants know of a cluster, or of all clusters of an account and Region.

    Attributes:
        scope: Construct whose stack has the cluster, or is in the account and Region.
        arn: ARN of the cluster, or of all clusters.
        execution_roles: Returns the ARNs of the roles of its nodes. None if they are unknown.
        cluster_roles: ARN of the role of autoscaling, if any.
        eks_clusters: ARN of its EKS cluster. Empty for Slurm, and None if it is unknown.
        stacks_before: Returns the stacks that the stack of the cluster depends on.
        requires_roles: Whether the cluster is created after the policies of its execution roles.
        tag: Key and value of the tag that clusters must have, if any.
    """

    scope: IConstruct
    arn: str
    execution_roles: Callable[[], Sequence[str]] | None
    cluster_roles: Sequence[str] = ()
    eks_clusters: Sequence[str] | None = None
    stacks_before: Callable[[], Iterable[cdk.Stack]] = tuple
    requires_roles: bool = False
    tag: tuple[str, str] | None = None

    @staticmethod
    def of_account(scope: IConstruct) -> "GrantedCluster":
        """All clusters of the account and Region of a stack."""
        environment = environment_of(stack_of(scope))
        return GrantedCluster(scope, AccessScope.of_account(environment).clusters, None)

    @property
    def is_single(self) -> bool:
        """Whether it is one cluster."""
        return not self.arn.endswith("/*")

    @property
    def is_reference(self) -> bool:
        """Whether policies reference the resource of one cluster."""
        return self.is_single and is_unresolved(self.arn)

    @property
    def environment(self) -> Environment:
        """Partition, account and Region of the cluster."""
        if is_unresolved(self.arn):
            return environment_of(stack_of(self.scope))
        _, partition, _, region, account, *_ = self.arn.split(":")
        return Environment(partition, account, region)

    def access_scope(self, *, custom_images: bool = False) -> AccessScope:
        """What statements are about."""
        roles, passed = self.execution_roles, []
        if roles is not None:
            passed.append(PassedRoles(lazy_texts(lambda: list(roles()))))
        if self.cluster_roles:
            passed.append(PassedRoles(self.cluster_roles, (HYPERPOD, SAGEMAKER)))
        return AccessScope(
            self.environment,
            self.arn,
            tag=self.tag,
            passed_roles=passed,
            eks=eks_scope(self.eks_clusters or ()),
            custom_images=custom_images,
        )


def eks_scope(arns: Sequence[str]) -> EksScope | None:
    """EKS clusters whose ARNs can be known at deployment only. None if there are none."""
    if not arns:
        return None
    parts = [cdk.Fn.split(":cluster/", arn, 2) for arn in arns]
    return EksScope(arns, [f"{start}:access-entry/{name}/*" for start, name in parts])
