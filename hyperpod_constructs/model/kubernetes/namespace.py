"""Namespaces of Kubernetes, and those of teams.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""

import re
from collections.abc import Iterator, Sequence

from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

TEAM_NAMESPACE_PREFIX = "hyperpod-ns-"


def namespace_problems(
    path: str, namespaces: object, *, wildcards: bool = False
) -> Iterator[Problem]:
    """Namespaces have up to 63 lowercase letters, digits and inner hyphens.

    Args:
        path: Path of the list.
        namespaces: The namespaces; what is not a string is left to other checks.
        wildcards: Whether `*` stands for any text, as in access policies of EKS.
    """
    allowed, others = ("[a-z0-9*]", ", asterisks") if wildcards else ("[a-z0-9]", "")
    pattern = re.compile(f"{allowed}(({allowed}|-){{0,61}}{allowed})?")
    for index, name in enumerate(namespaces if isinstance(namespaces, list | tuple) else ()):
        if isinstance(name, str) and not is_unresolved(name) and not pattern.fullmatch(name):
            legal = re.sub(r"[^a-z0-9]+", "-", name.lower())[:63].strip("-")
            yield Problem(
                code="KubernetesNamespace",
                path=f"{path}[{index}]",
                value=name,
                message=f"must be up to 63 lowercase letters, digits{others} and inner hyphens",
                fix=f"use {legal or 'default'!r}",
            )


def team_namespace_problems(
    path: str, namespaces: Sequence[str], known: Sequence[str]
) -> Iterator[Problem]:
    """HyperPod creates the namespace of a team with its quota.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-policies.html

    Args:
        path: Path of the list.
        namespaces: The namespaces.
        known: Namespaces of teams of the app.
    """
    teams = [name.removeprefix(TEAM_NAMESPACE_PREFIX) for name in known]
    for index, name in enumerate(namespaces):
        if not name.startswith(TEAM_NAMESPACE_PREFIX) or "*" in name or name in known:
            continue
        close = likely_word(name.removeprefix(TEAM_NAMESPACE_PREFIX), teams)
        yield Problem(
            code="TeamNamespace",
            path=f"{path}[{index}]",
            value=name,
            message="is named like the namespace of a team, and no TaskGovernance of the app creates it",
            fix=f"did you mean {TEAM_NAMESPACE_PREFIX + close!r}?"
            if close
            else "pass team.namespace of a ComputeQuota, or verify that the team exists",
            severity=Severity.WARNING,
        )
