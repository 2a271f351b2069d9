"""Labels and taints that the nodes of a group have in Kubernetes.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterKubernetesConfig.html
"""

from dataclasses import dataclass
from enum import StrEnum


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A taint of the nodes of a group.

    Attributes:
        key: Up to 317 characters, with a prefix such as `example.com/` or without.
        effect: What it does to pods that do not tolerate it.
        value: Up to 63 letters, digits, hyphens, dots and underscores. None when left out.
    """

    key: str
    effect: TaintEffect
    value: str | None = None
