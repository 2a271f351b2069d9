"""Which metrics the observability add-on collects.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-observability-addon-setup.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.type_checks import optional, word
from hyperpod_constructs.model.value_class import value_class


class MetricsLevel(StrEnum):
    """How many metrics are collected."""

    DISABLED = "DISABLED"
    """None."""

    BASIC = "BASIC"
    """The basic ones."""

    ADVANCED = "ADVANCED"
    """All, which costs more."""


_ALWAYS = (MetricsLevel.BASIC, MetricsLevel.ADVANCED)
_OFF_OR_ALL = (MetricsLevel.DISABLED, MetricsLevel.ADVANCED)
_LEVELS: Mapping[str, tuple[str, tuple[MetricsLevel, ...]]] = {
    "training": ("trainingMetrics", _ALWAYS),
    "inference": ("inferenceMetrics", (MetricsLevel.BASIC,)),
    "task_governance": ("taskGovernanceMetrics", _OFF_OR_ALL),
    "scaling": ("scalingMetrics", _OFF_OR_ALL),
    "custom": ("customMetrics", _ALWAYS),
    "node": ("nodeMetrics", _ALWAYS),
    "accelerated_compute": ("acceleratedComputeMetrics", _ALWAYS),
    "network": ("networkMetrics", _OFF_OR_ALL),
}


@value_class(frozen=True, kw_only=True, slots=True)
class ObservabilityMetrics:
    """Levels of the metrics. Each defaults to the default of the add-on.

    Attributes:
        training: Metrics of training jobs: `BASIC` or `ADVANCED`.
        inference: Metrics of inference: `BASIC`.
        task_governance: Metrics of Kueue: `DISABLED` or `ADVANCED`.
        scaling: Metrics of autoscaling: `DISABLED` or `ADVANCED`.
        custom: Metrics of pods with annotations for Prometheus: `BASIC` or `ADVANCED`.
        node: Metrics of nodes: `BASIC` or `ADVANCED`.
        accelerated_compute: Metrics of GPUs and Neuron devices: `BASIC` or `ADVANCED`.
        network: Metrics of EFA: `DISABLED` or `ADVANCED`.
    """

    training: MetricsLevel | None = None
    inference: MetricsLevel | None = None
    task_governance: MetricsLevel | None = None
    scaling: MetricsLevel | None = None
    custom: MetricsLevel | None = None
    node: MetricsLevel | None = None
    accelerated_compute: MetricsLevel | None = None
    network: MetricsLevel | None = None

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(_LEVELS, MetricsLevel))

    def values(self) -> dict[str, Any]:
        """Values of the add-on."""
        return {
            key: {"level": str(level)}
            for name, (key, _) in _LEVELS.items()
            if (level := getattr(self, name)) is not None
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """Each metric supports some levels."""
        for each in fields(self):
            level = getattr(self, each.name)
            wrong = list(optional(word(MetricsLevel))(f"{path}.{each.name}", level))
            yield from wrong
            _, levels = _LEVELS[each.name]
            if level is not None and not wrong and level not in levels:
                yield Problem(
                    code="MetricsLevel",
                    path=f"{path}.{each.name}",
                    value=str(level),
                    message="is not a level of these metrics",
                    fix=f"use {' or '.join(f'MetricsLevel.{each}' for each in levels)}",
                )
