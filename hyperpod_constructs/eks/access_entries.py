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
from hyperpod_constructs.model.kubernetes.governance import TEAM_NAMESPACE_PREFIX
from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.problem import Problem, Severity

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
        self._teams: dict[str, str] = {}
        self._entries: dict[str, tuple[eks.CfnAccessEntry, _Granted]] = {}

    def grant(
        self, role: iam.IRole, access: EksAccess, namespaces: Sequence[str]
    ) -> eks.CfnAccessEntry:
        """Adds a policy to the entry of a role.

        Raises:
            ValidationError: `ArgumentType`, `AccessNamespaces`.
        """
        check(
            required("role", role, ROLE),
            required("access", access, EksAccess),
            each("namespaces", namespaces, str),
            _namespace_problems(access, namespaces),
        )
        self._register_teams(namespaces)
        arn = role.role_arn
        if arn not in self._entries:
            self._entries[arn] = self._entry(role, arn)
        entry, granted = self._entries[arn]
        # An entry has each policy once: of two, EKS would keep the namespaces of the last.
        before = granted.get(access)
        wide = not namespaces or before == []
        granted[access] = [] if wide else [*dict.fromkeys([*(before or ()), *namespaces])]
        return entry

    def _register_teams(self, namespaces: Sequence[str]) -> None:
        """Registers namespaces named like those of teams, whose quotas can be created later."""
        known = bool(self._teams)
        for index, namespace in enumerate(namespaces):
            if namespace.startswith(TEAM_NAMESPACE_PREFIX):
                self._teams.setdefault(namespace, f"namespaces[{index}]")
        if self._teams and not known:
            node_of(self._scope).add_validation(SynthesisHook(self._warn_of_unknown_teams))

    def _warn_of_unknown_teams(self) -> None:
        known = [name for add_on in add_ons_of(self._cluster) for name in add_on.namespaces]
        for namespace, path in self._teams.items():
            if namespace not in known:
                warn(self._scope, _unknown_team(path, namespace, known))
        self._teams.clear()

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


def _unknown_team(path: str, namespace: str, known: Sequence[str]) -> Problem:
    """HyperPod creates the namespace of a team with its quota.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-policies.html
    """
    teams = [name.removeprefix(TEAM_NAMESPACE_PREFIX) for name in known]
    close = likely_word(namespace.removeprefix(TEAM_NAMESPACE_PREFIX), teams)
    return Problem(
        code="TeamNamespace",
        path=path,
        value=namespace,
        message="is named like the namespace of a team, and no TaskGovernance of the app creates it",
        fix=f"did you mean {TEAM_NAMESPACE_PREFIX + close!r}?"
        if close
        else "pass team.namespace of a ComputeQuota, or verify that the team exists",
        severity=Severity.WARNING,
    )


def _namespace_problems(access: object, namespaces: object) -> Iterator[Problem]:
    """The access of an administrator of the cluster cannot be limited to namespaces."""
    if access is EksAccess.CLUSTER_ADMIN and namespaces:
        yield Problem(
            code="AccessNamespaces",
            path="namespaces",
            value=namespaces,
            message="cannot limit EksAccess.CLUSTER_ADMIN",
            fix="use EksAccess.ADMIN, or omit namespaces",
        )
