"""Kubernetes labels and taints of the nodes of a group.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterKubernetesConfig.html
"""

from enum import StrEnum

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.value_class import value_class


class TaintEffect(StrEnum):
    """The effect of a taint on pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@value_class(frozen=True, kw_only=True, slots=True)
class Taint:
    """A Kubernetes taint of the nodes of a group.

    Attributes:
        key: Key of the taint: up to 317 characters, with an optional prefix such as `example.com/`.
        effect: Effect on pods that do not tolerate the taint.
        value: Value of the taint: up to 63 letters, digits, hyphens, dots and underscores. None by
            default.
    """

    key: str
    effect: TaintEffect
    value: str | None = None

    def __post_init__(self) -> None:
        freeze(self, effect=TaintEffect)
