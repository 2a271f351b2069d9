"""Rules for Kubernetes labels and taints.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterKubernetesConfig.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import pattern_problems

from .basis import Basis
from .queries import instance_groups, is_known, is_slurm
from .rule import rule

_MAX_LABELS = 50
_WORD = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_KEY = (
    rf"(?=[^/]{{1,253}}/|[^/]*$)({_WORD}(\.{_WORD})*/)?"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_VALUE = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_RESERVED = (
    "kubernetes.io/",
    "k8s.io/",
    "sagemaker.amazonaws.com/",
    "eks.amazonaws.com/",
    "k8s.aws/",
    "karpenter.sh/",
)


@rule(basis=Basis.AWS_PAGE)
def kubernetes_mode(model: ClusterValues) -> Iterator[Problem]:
    """Labels and taints require EKS."""
    if not is_slurm(model):
        return
    for path, group in instance_groups(model):
        for name, value in (
            ("labels", dict(group.labels)),
            ("taints", [taint.key for taint in group.taints]),
        ):
            if value:
                yield Problem(
                    code="KubernetesMode",
                    path=f"{path}.{name}",
                    value=value,
                    message="are not supported in a Slurm cluster",
                    fix=f"omit {name}",
                )


@rule(basis=Basis.SERVICE_MODEL)
def number_of_labels_and_taints(model: ClusterValues) -> Iterator[Problem]:
    """A group supports up to 50 labels and 50 taints."""
    for path, group in instance_groups(model):
        for name, number in (("labels", len(group.labels)), ("taints", len(group.taints))):
            if number > _MAX_LABELS:
                yield Problem(
                    code="KubernetesLimit",
                    path=f"{path}.{name}",
                    value=number,
                    message=f"{name} exceed the limit of {_MAX_LABELS}",
                    fix="remove some",
                )


@rule(basis=Basis.SERVICE_MODEL)
def label_and_taint_keys(model: ClusterValues) -> Iterator[Problem]:
    """A key must be a name of up to 63 characters, with an optional prefix such as `example.com/`.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    for path, group in instance_groups(model):
        for place, key, _ in _entries(path, group):
            yield from pattern_problems(
                code="KubernetesKey",
                path=place,
                value=key,
                pattern=_KEY,
                max_length=317,
                message="must be a name of 1 to 63 letters, digits, hyphens, dots and "
                "underscores, with an optional DNS prefix and slash",
                fix="use a key such as 'example.com/team'",
            )


@rule(basis=Basis.AWS_PAGE)
def unreserved_keys(model: ClusterValues) -> Iterator[Problem]:
    """Labels and taints should not have the prefixes reserved by Kubernetes and AWS.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-custom-labels-and-taints.html
    """
    for path, group in instance_groups(model):
        for place, key, _ in _entries(path, group):
            if key.startswith(_RESERVED) and not is_unresolved(key):
                prefix, _, name = key.partition("/")
                yield Problem(
                    code="KubernetesReservedKey",
                    path=place,
                    value=key,
                    message=f"has the reserved prefix {prefix + '/'!r}",
                    fix=f"use another prefix, such as {'example.com/' + name!r}",
                    severity=Severity.WARNING,
                )


@rule(basis=Basis.SERVICE_MODEL)
def label_and_taint_values(model: ClusterValues) -> Iterator[Problem]:
    """A value must be 1 to 63 letters, digits, hyphens, dots and underscores."""
    for path, group in instance_groups(model):
        for place, _, value in _entries(path, group):
            yield from pattern_problems(
                code="KubernetesValue",
                path=place,
                value=value,
                pattern=_VALUE,
                max_length=63,
                message="must be 1 to 63 letters, digits, and inner hyphens, dots and underscores",
                fix="use a value such as 'research'",
            )


@rule(basis=Basis.AWS_PAGE)
def taints_and_checks(model: ClusterValues) -> Iterator[Problem]:
    """Deep health checks do not support custom taints.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
    """
    for path, group in instance_groups(model):
        if group.taints and group.deep_health_checks and is_known(group.deep_health_checks):
            yield Problem(
                code="TaintsAndDeepHealthChecks",
                path=f"{path}.taints",
                value=[taint.key for taint in group.taints],
                message="prevent the deep health checks of the group from running",
                fix="omit taints or deep_health_checks",
            )


def _entries(path: str, group: InstanceGroup) -> Iterator[tuple[str, str, str | None]]:
    for key, value in group.labels.items():
        yield f"{path}.labels[{key!r}]", key, value
    for index, taint in enumerate(group.taints):
        yield f"{path}.taints[{index}]", taint.key, taint.value
