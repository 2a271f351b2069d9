"""What HyperPod requires of an EKS cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

import re
from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

CNI = "vpc-cni"
DEFAULT_MODE = "CONFIG_MAP"
"""The authentication mode of EKS clusters that specify none."""
NODE_ENTRY = "HYPERPOD_LINUX"
"""The type of the access entries of HyperPod nodes."""

_OLDEST_CNI = (1, 18, 3)


def authentication_mode_problems(path: str, mode: str, *, fix: str) -> Iterator[Problem]:
    """HyperPod requires access entries of the EKS cluster, which the default does not enable."""
    if mode == DEFAULT_MODE:
        yield Problem(
            code="EksAuthenticationMode",
            path=path,
            value=mode,
            message="is the authentication mode of the EKS cluster, and HyperPod requires access "
            "entries",
            fix=fix,
        )


def cni_version_problems(path: str, version: str) -> Iterator[Problem]:
    """HyperPod requires a minimum version of the VPC CNI."""
    oldest = ".".join(map(str, _OLDEST_CNI))
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if (
        match is not None
        and not is_unresolved(version)
        and tuple(map(int, match.groups())) < _OLDEST_CNI
    ):
        yield Problem(
            code="AddOnVersion",
            path=path,
            value=version,
            message=f"is not supported by HyperPod, which requires {oldest} or later",
            fix="use a later version, or omit it",
        )


def eks_cluster_twice(path: str, value: str, owner: str) -> Problem:
    """An EKS cluster supports one HyperPod cluster."""
    return Problem(
        code="EksClusterTwice",
        path=path,
        value=value,
        message=f"is the EKS cluster of {owner} too, and supports one HyperPod cluster",
        fix="use another EKS cluster, or one HyperPod cluster with all groups",
    )


def shared_role(path: str, value: str, other: str) -> Problem:
    """Node groups and access entries require roles other than that of HyperPod nodes.

    An EKS cluster has one access entry for each role, and HyperPod creates that of its nodes.
    """
    return Problem(
        code="ExecutionRoleShared",
        path=path,
        value=value,
        message=f"is the role of HyperPod nodes and of {other}, and an EKS cluster has one access "
        "entry for each role",
        fix="create a role for each",
        severity=Severity.WARNING,
    )
