"""Access of IAM roles to Kubernetes.

Source: https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

from collections.abc import Iterator, Sequence
from itertools import starmap

from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.construct_tree import address_of, environment_of, node_of, stack_of
from hyperpod_constructs.cdk.lazy import SynthesisHook, lazy_list
from hyperpod_constructs.cdk.object_checks import ROLE, check, each, required
from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.kubernetes.eks_access import EksAccess
from hyperpod_constructs.model.kubernetes.namespace import (
    namespace_problems,
    team_namespace_problems,
)
from hyperpod_constructs.model.problem import Problem

from .add_on import add_ons_of

_ACTIONS = ("eks:AccessKubernetesApi", "eks:DescribeCluster")
"""Actions of `aws eks update-kubeconfig` and of the consoles."""

_Granted = dict[EksAccess, list[str]]
"""The namespaces of each access of a role; none for all namespaces."""


class AccessEntries:
    """The access entries of an EKS cluster, one for each role."""

    def __init__(self, scope: Construct, cluster: ControlPlane) -> None:
        self._scope = scope
        self._cluster = cluster
        self._namespaces: list[Sequence[str]] = []
        self._entries: dict[str, tuple[eks.CfnAccessEntry, _Granted]] = {}

    def grant(
        self, role: iam.IRole, access: EksAccess, namespaces: Sequence[str]
    ) -> eks.CfnAccessEntry:
        """Adds a policy to the entry of a role.

        Raises:
            ValidationError: `ArgumentType`, `KubernetesNamespace`, `AccessNamespaces`.
        """
        check(
            required("role", role, ROLE),
            required("access", access, EksAccess),
            each("namespaces", namespaces, str),
            namespace_problems("namespaces", namespaces, wildcards=True),
            _limit_problems(access, namespaces),
        )
        self._register(namespaces)
        arn = role.role_arn
        if arn not in self._entries:
            self._entries[arn] = self._entry(role, arn)
        entry, granted = self._entries[arn]
        # An entry has each policy once: of two, EKS would keep the namespaces of the last.
        before = granted.get(access)
        wide = not namespaces or before == []
        granted[access] = [] if wide else [*dict.fromkeys([*(before or ()), *namespaces])]
        return entry

    def _register(self, namespaces: Sequence[str]) -> None:
        """Registers namespaces, since the quotas of their teams can be created later."""
        if namespaces and not self._namespaces:
            node_of(self._scope).add_validation(SynthesisHook(self._warn_of_unknown_teams))
        self._namespaces.append(namespaces)

    def _warn_of_unknown_teams(self) -> None:
        known = [name for add_on in add_ons_of(self._cluster) for name in add_on.namespaces]
        found = {
            problem.value: problem
            for namespaces in self._namespaces
            for problem in team_namespace_problems("namespaces", namespaces, known)
        }
        for problem in found.values():
            warn(self._scope, problem)
        self._namespaces.clear()

    def _entry(self, role: iam.IRole, arn: str) -> tuple[eks.CfnAccessEntry, _Granted]:
        # Not a number: an entry cannot be created for a role that has one, as when two change places.
        name = f"Access-{address_of(role)[-10:]}"
        granted: _Granted = {}
        entry = eks.CfnAccessEntry(
            self._scope,
            name,
            cluster_name=self._cluster.cluster_name,
            principal_arn=arn,
            access_policies=lazy_list(lambda: list(starmap(self._policy, granted.items()))),
        )
        statement = iam.PolicyStatement(actions=[*_ACTIONS], resources=[self._cluster.cluster_arn])
        role.attach_inline_policy(iam.Policy(self._scope, f"{name}-Policy", statements=[statement]))
        return entry, granted

    def _policy(
        self, access: EksAccess, namespaces: Sequence[str]
    ) -> eks.CfnAccessEntry.AccessPolicyProperty:
        partition = environment_of(stack_of(self._scope)).partition
        return eks.CfnAccessEntry.AccessPolicyProperty(
            policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/{access}",
            access_scope=eks.CfnAccessEntry.AccessScopeProperty(
                type="namespace" if namespaces else "cluster",
                namespaces=[*namespaces] or None,
            ),
        )


def _limit_problems(access: object, namespaces: object) -> Iterator[Problem]:
    """The access of an administrator of the cluster cannot be limited to namespaces."""
    if access is EksAccess.CLUSTER_ADMIN and namespaces:
        yield Problem(
            code="AccessNamespaces",
            path="namespaces",
            value=namespaces,
            message="cannot limit EksAccess.CLUSTER_ADMIN",
            fix="use EksAccess.ADMIN, or omit namespaces",
        )
