"""Roles that pods assume by the OIDC provider of the EKS cluster.

Source: https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.model.problem import Problem

from .nodes import NodesOnEks

_AUDIENCE = "sts.amazonaws.com"


class _Provider(NamedTuple):
    """ARN and issuer of an OIDC provider."""

    arn: str
    issuer: str


_PROVIDERS: WeakKeyDictionary[Any, _Provider] = WeakKeyDictionary()


def oidc_problems(nodes: NodesOnEks) -> Iterator[Problem]:
    """A role of a service account requires the OIDC provider of the EKS cluster, an object of CDK."""
    if not hasattr(type(nodes.kubernetes), "open_id_connect_provider"):
        yield Problem(
            code="OidcProvider",
            path="cluster",
            value=nodes.eks_cluster_arn,
            message="is an EKS cluster whose OIDC provider is unknown",
            fix="use hp.Eks(...) with an EksControlPlane, or an EKS cluster imported with its "
            "open_id_connect_provider",
        )


def service_account_principal(
    scope: Construct, id: str, nodes: NodesOnEks, subjects: Sequence[str]
) -> iam.FederatedPrincipal:
    """The principal of service accounts.

    Args:
        scope: Scope of a custom resource that resolves the issuer, which is part of a key.
        id: ID of the custom resource.
        nodes: The EKS cluster.
        subjects: Service accounts as `namespace:name`, in which `*` is any text.
    """
    provider = _provider_of(nodes.kubernetes)
    accounts = [f"system:serviceaccount:{subject}" for subject in subjects]
    conditions: Mapping[str, object] = {
        "StringEquals": cdk.CfnJson(
            scope, f"{id}Audience", value={f"{provider.issuer}:aud": _AUDIENCE}
        ),
        "StringLike": cdk.CfnJson(
            scope, f"{id}Subject", value={f"{provider.issuer}:sub": accounts}
        ),
    }
    return iam.FederatedPrincipal(provider.arn, conditions, "sts:AssumeRoleWithWebIdentity")


def _provider_of(cluster: Any) -> _Provider:
    """The OIDC provider of an EKS cluster, which is read once."""
    if cluster not in _PROVIDERS:
        provider = cluster.open_id_connect_provider
        _PROVIDERS[cluster] = _Provider(
            provider.open_id_connect_provider_arn, provider.open_id_connect_provider_issuer
        )
    return _PROVIDERS[cluster]
