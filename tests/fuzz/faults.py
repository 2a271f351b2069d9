"""Clusters with something changed, anywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

import hyperpod_constructs as hp

from .clusters import TOKEN, TOKEN_NUMBER, Draw

Path = tuple[str | int, ...]

CHARACTERS = "\n\t ä\u0661_/.:*$-aA9"
NUMBERS = [-1, 0, 1, 2, 3, 19, 100, 101, 3601, 6759, 16385, 65536, 100801]
OTHER: dict[str, Any] = {
    "instance_type": ["ml.m5.xlarge", "m5.xlarge", "ml.x9.large"],
    "partition": ["gpu", "a.b", "DEFAULT"],
    "min_count": [0, 1, 7],
    "capacity": [hp.Capacity.spot()],
    "threads_per_core": [1, 2, 3],
    "life_cycle_config": [hp.LifeCycleConfig()],
    "cluster_role": [hp.RoleReference("arn:aws:iam::111122223333:role/cluster")],
    "auto_scaling": [hp.AutoScaling()],
    "tiered_storage": [hp.TieredStorage()],
    "node_provisioning_mode": [hp.NodeProvisioningMode.CONTINUOUS],
    "node_type": list(hp.NodeType),
    "image_release_version": ["1.0.3", "1.0"],
    "shared_environment": [
        hp.SharedEnvironment(
            lustre=hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=125)
        )
    ],
}
"""What a value that is left out may become."""


OUTSIDE = {
    "provisioning_params",
    "scripts",
    "own_subnets",
    "vpc_arguments",
    "notes",
    "unknown",
    "is_request",
}
"""What a request does not say; the form is one with the groups, and is changed as JSON."""


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value within a cluster, and where it is."""
    if is_dataclass(value):
        for each in fields(value):
            if each.name not in OUTSIDE:
                yield from places(getattr(value, each.name), (*path, each.name))
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from places(entry, (*path, index))
    if path:
        yield path, value


def with_value(whole: Any, path: Path, value: Any) -> Any:
    """The cluster with another value in a place."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        return (
            *whole[:step],
            with_value(whole[step], tuple(rest), value),
            *whole[step + 1 :],
        )
    return replace(whole, **{step: with_value(getattr(whole, step), tuple(rest), value)})


def other_values(path: Path, value: Any) -> list[Any]:
    """Values of the same type, right or wrong."""
    match value:
        case None:
            return list(OTHER.get(str(path[-1]), [None]))
        case bool():
            return [not value]
        case StrEnum():
            return list(type(value))
        case int() | float():
            return NUMBERS
        case str():
            return [
                "",
                value * 300,
                f"{value}\n",
                *(f"{value[:at]}{sign}{value[at:]}" for sign in CHARACTERS for at in (0, 3, 999)),
            ]
        case tuple():
            return [(), value + value, value * 60, value[:1]]
        case Mapping():
            return [{}, {"": ""}, {"aws:x": "y"}, {"a\n": "b\n"}, {"k8s.io/x": "a"}, {"ä": "ü"}]
        case _:
            return [value]


@st.composite
def changed(draw: Draw, clusters: st.SearchStrategy[hp.ClusterModel]) -> hp.ClusterModel:
    """A cluster with one or two other values, which may be wrong.

    Hypothesis returns to its choices; a generator with a seed of its own tries every name alike.
    """
    model: hp.ClusterModel = draw(clusters)
    random = draw(st.randoms(use_true_random=True))
    for _ in range(random.choice([1, 1, 2])):
        by_name: dict[str, list[tuple[Path, Any]]] = {}
        for path, value in places(model):
            name = next(str(step) for step in reversed(path) if isinstance(step, str))
            by_name.setdefault(name, []).append((path, value))
        path, value = random.choice(by_name[random.choice(sorted(by_name))])
        try:
            model = with_value(model, path, random.choice(other_values(path, value)))
        except hp.ValidationError:
            continue
    return model


@st.composite
def partly_unknown(draw: Draw, clusters: st.SearchStrategy[hp.ClusterModel]) -> hp.ClusterModel:
    """A cluster of which only the deployment knows some texts and numbers."""
    model: hp.ClusterModel = draw(clusters)
    known = [
        (path, value)
        for path, value in places(model)
        if isinstance(value, str | int) and not isinstance(value, bool | StrEnum)
    ]
    for path, value in draw(st.lists(st.sampled_from(known), min_size=1, max_size=4)):
        unknown = TOKEN if isinstance(value, str) else TOKEN_NUMBER
        try:
            model = with_value(model, path, unknown)
        except hp.ValidationError:
            continue
    return model
