"""An add-on of EKS on the nodes of a HyperPod cluster, with what it requires.

Source: https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import (
    address_of,
    environment_of,
    node_of,
    path_of,
    place_in,
    root_of,
    stack_of,
)
from hyperpod_constructs.cdk.lazy import PreparationHook
from hyperpod_constructs.cdk.object_checks import check, optional, scope_problems
from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.kubernetes.namespace import team_namespace_problems
from hyperpod_constructs.model.kubernetes.restricted_group_add_ons import (
    restricted_group_problems,
)
from hyperpod_constructs.model.orchestrator import control_plane_of
from hyperpod_constructs.model.problem import Problem, Severity

from .nodes import NodesOnEks, eks_cluster_problems
from .pod_policy import PolicyStatement, inline_policies

_POD_IDENTITY = "pods.eks.amazonaws.com"
_POD_IDENTITY_AGENT = "eks-pod-identity-agent"
"""Gives pods the credentials of their role. The EKS clusters of this package have it."""


class EksAddOn(Construct):
    """An add-on of EKS, created after the nodes of a HyperPod cluster.

    Attributes: `add_on`, the resource; `version`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        cluster: IHyperPodCluster,
        version: str | None,
        problems: Iterator[Problem] | Sequence[Problem] = (),
        requires: Mapping[str, "Callable[[Construct, str, IHyperPodCluster], EksAddOn]"]
        | None = None,
    ) -> None:
        """Creates the scope of the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            name: Name of the add-on.
            cluster: HyperPod cluster on EKS.
            version: Version of the add-on.
            problems: Problems of further arguments.
            requires: Names of other add-ons, each with a function that creates it.
        """
        of_cluster = list(eks_cluster_problems(cluster))
        check(
            scope_problems(scope, id),
            of_cluster,
            optional("version", version, str),
            problems,
            () if of_cluster else _twice(cluster, name),
        )
        super().__init__(scope, id)
        place_in(scope, self)
        self.name, self.version = name, version
        self._nodes = NodesOnEks(cluster)
        self._requires = requires or {}
        self._has_pod_role = False
        _of_cluster(cluster)[name] = self

    def _create(
        self,
        *,
        configuration: Mapping[str, Any] | None = None,
        pod_identities: Mapping[str, iam.IRole] | None = None,
        service_account_role: iam.IRole | None = None,
        after: Sequence[IConstruct] = (),
        tags: Mapping[str, str] | None = None,
    ) -> eks.CfnAddon:
        """Creates the resource.

        Args:
            configuration: Values of the add-on.
            pod_identities: Roles by the service account that uses them.
            service_account_role: Role of the service account, by the OIDC provider.
            after: What is created before.
            tags: Tags of the resource.
        """
        self.add_on = eks.CfnAddon(
            self,
            "Resource",
            addon_name=self.name,
            addon_version=self.version,
            cluster_name=self._nodes.eks_cluster_name,
            resolve_conflicts="OVERWRITE",
            configuration_values=None
            if not configuration
            else stack_of(self).to_json_string(configuration),
            pod_identity_associations=[
                eks.CfnAddon.PodIdentityAssociationProperty(
                    service_account=account, role_arn=role.role_arn
                )
                for account, role in (pod_identities or {}).items()
            ]
            or None,
            service_account_role_arn=None
            if service_account_role is None
            else service_account_role.role_arn,
            tags=[cdk.CfnTag(key=key, value=value) for key, value in (tags or {}).items()] or None,
        )
        roles = [*(pod_identities or {}).values(), *filter(None, [service_account_role])]
        if after or roles:
            node_of(self.add_on).add_dependency(*after, *roles)
        self.add_on.override_logical_id(self._logical_id())
        self._nodes.order_after_nodes(self.add_on)
        for problem in self._nodes.node_problems():
            warn(self, problem)
        if self._nodes.has_restricted_groups:
            for problem in restricted_group_problems("cluster", self.name):
                warn(self, problem)
        if self._requires or (self._has_pod_role and self._nodes.control_plane is None):
            cdk.Aspects.of(self.add_on).add(PreparationHook(self._order_requirements))
        return self.add_on

    def _logical_id(self) -> str:
        """A logical ID that does not depend on the scope, since an EKS cluster has each add-on once.

        An add-on that another required can so become one of the app, which updates it.
        """
        words = "".join(word.capitalize() for word in self.name.split("-"))
        cluster: Any = self._nodes.cluster
        return f"{words}{address_of(cluster)[-8:].upper()}"

    def _pod_role(
        self, id: str, description: str, statements: Sequence[PolicyStatement] = ()
    ) -> iam.Role:
        """A role that pods of the EKS cluster assume by EKS Pod Identity.

        The statements are part of the role, so that pods have them as long as the add-on exists.
        """
        environment = environment_of(stack_of(self))
        self._has_pod_role = True
        return iam.Role(
            self,
            id,
            description=description,
            inline_policies=inline_policies(statements),
            assumed_by=iam.ServicePrincipal(
                _POD_IDENTITY,
                conditions={
                    "StringEquals": {"aws:SourceAccount": environment.account},
                    "ArnEquals": {"aws:SourceArn": self._nodes.eks_cluster_arn},
                },
            ).with_session_tags(),
        )

    @property
    def namespaces(self) -> Mapping[str, Construct]:
        """Namespaces that exist once a construct of this add-on is created."""
        return {}

    def _order_after_namespaces(self, construct: Construct, namespaces: Sequence[str]) -> None:
        """Adds dependencies of a construct on the add-ons of the app that create its namespaces."""
        known: dict[str, Construct] = {}
        for add_on in _of_cluster(self._nodes.cluster).values():
            known.update(add_on.namespaces)
        for namespace in sorted(known.keys() & set(namespaces)):
            node_of(construct).add_dependency(known[namespace])
        for problem in team_namespace_problems("namespaces", namespaces, [*known]):
            warn(self, problem)

    def _order_requirements(self) -> None:
        """Has required add-ons created before; those that are not in the app too, if it is theirs."""
        known = _of_cluster(self._nodes.cluster)
        control_plane = self._nodes.control_plane
        for name, create in self._requires.items():
            if name not in known and control_plane is not None:
                if name in control_plane.components:
                    continue
                cluster: Any = self._nodes.cluster
                create(cluster, f"AddOn-{name}", cluster)
            if name in known:
                node_of(self.add_on).add_dependency(known[name].add_on)
            elif not self._app_has(name):
                warn(self, _not_known(name, self.name))
        if self._has_pod_role and control_plane is None and not self._app_has(_POD_IDENTITY_AGENT):
            warn(self, _not_known(_POD_IDENTITY_AGENT, self.name))

    def _app_has(self, name: str) -> bool:
        """Whether the app creates an add-on without a construct of this package."""
        selector = cdk.ConstructSelector.resources_of_type(eks.CfnAddon.CFN_RESOURCE_TYPE_NAME)
        return any(
            isinstance(resource, eks.CfnAddon) and resource.addon_name == name
            for resource in selector.select(root_of(self))
        )


_ADD_ONS: WeakKeyDictionary[Any, dict[str, EksAddOn]] = WeakKeyDictionary()
"""The add-ons of each HyperPod cluster of an app, by name."""


def add_ons_of(control_plane: ControlPlane) -> list[EksAddOn]:
    """The add-ons of the HyperPod clusters of an EKS cluster."""
    return [
        add_on
        for cluster, add_ons in _ADD_ONS.items()
        if control_plane_of(cluster.orchestrator) is control_plane
        for add_on in add_ons.values()
    ]


def _of_cluster(cluster: IHyperPodCluster) -> dict[str, EksAddOn]:
    return _ADD_ONS.setdefault(cluster, {})


def _twice(cluster: IHyperPodCluster, name: str) -> Iterator[Problem]:
    """An EKS cluster has each add-on once."""
    other = _of_cluster(cluster).get(name)
    if other is not None:
        yield Problem(
            code="AddOnTwice",
            path="cluster",
            value=name,
            message=f"is already an add-on of the cluster, {path_of(other)}",
            fix="create it once",
        )


def _not_known(required: str, name: str) -> Problem:
    """Some add-ons require others, which must be there before."""
    return Problem(
        code="AddOnRequired",
        path="cluster",
        value=required,
        message=f"is required by {name}, and is not created in this app",
        fix="create it here, or verify that the EKS cluster has it",
        severity=Severity.WARNING,
    )
