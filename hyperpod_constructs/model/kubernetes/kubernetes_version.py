"""Kubernetes versions of HyperPod.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

import re
from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type

_OLDEST = (1, 30)
_NEWEST = (1, 35)


def kubernetes_version_problems(path: str, version: object) -> Iterator[Problem]:
    """HyperPod supports Kubernetes 1.30 to 1.35."""
    if not isinstance(version, str):
        yield wrong_type(path, version, "a version such as '1.34'")
        return
    if is_unresolved(version):
        return
    match = re.fullmatch(r"1\.(\d{2})", version)
    if match is None:
        yield _problem(path, version, "is not a minor version of Kubernetes")
    elif (1, int(match[1])) < _OLDEST:
        yield _problem(path, version, "is not supported by HyperPod, which requires 1.30 or later")
    elif (1, int(match[1])) > _NEWEST:
        yield _problem(
            path,
            version,
            "is later than 1.35, the latest version documented for HyperPod",
            Severity.WARNING,
        )


def _problem(path: str, version: str, message: str, severity: Severity = Severity.ERROR) -> Problem:
    """HyperPod supports Kubernetes 1.30 to 1.35."""
    return Problem(
        code="KubernetesVersion",
        path=path,
        value=version,
        message=message,
        fix="use a version such as '1.34'",
        severity=severity,
    )
