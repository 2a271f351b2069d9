"""Roles that pods assume by the OIDC provider of the EKS cluster.

Source: https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.model.problem import Problem

from .nodes import NodesOnEks

_AUDIENCE = "sts.amazonaws.com"


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
    cluster: Any = nodes.kubernetes
    provider = cluster.open_id_connect_provider
    issuer = provider.open_id_connect_provider_issuer
    accounts = [f"system:serviceaccount:{subject}" for subject in subjects]
    conditions: Mapping[str, object] = {
        "StringEquals": cdk.CfnJson(scope, f"{id}Audience", value={f"{issuer}:aud": _AUDIENCE}),
        "StringLike": cdk.CfnJson(scope, f"{id}Subject", value={f"{issuer}:sub": accounts}),
    }
    return iam.FederatedPrincipal(
        provider.open_id_connect_provider_arn, conditions, "sts:AssumeRoleWithWebIdentity"
    )
