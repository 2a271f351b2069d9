"""What an update of a cluster to a template does to its nodes.

A change set compares two templates, and does not say what an update does to nodes. This compares a
template with the cluster that exists.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.schema.update import Update
from hyperpod_constructs.schema.update_paths import EACH, cluster_paths, group_paths, values_at
from hyperpod_constructs.schema.writer import without_shared_network, write_properties

from .partial_equality import may_equal, with_pseudo_parameters

_GROUPS = ("InstanceGroups", "RestrictedInstanceGroups")
_NAME, _COUNT = "InstanceGroupName", "InstanceCount"
_ON_START = (
    *("LifeCycleConfig", "InstanceStorageConfigs", "OnStartDeepHealthChecks"),
    *("ImageId", "ImageReleaseVersion"),
)
"""Properties that reach nodes when they start."""


class Effect(StrEnum):
    """What a change does; the value is what is printed."""

    IN_PLACE = "in place"
    ADDS = "adds nodes"
    NEW_NODES = "new nodes only"
    AUTOSCALING = "rejected while autoscaling is on"
    ONE_WAY = "one way: cannot be changed back"
    UNKNOWN = "not known before deployment"
    BACK = "rejected: cannot be changed back"
    DELETES = "deletes nodes"
    RENAME = "rejected: group must be renamed"
    REPLACES = "replaces the cluster"

    @property
    def is_destructive(self) -> bool:
        """Whether nodes are lost, or the update fails."""
        return self in {Effect.BACK, Effect.DELETES, Effect.RENAME, Effect.REPLACES}


class Change(NamedTuple):
    """A property with another value in the template.

    Attributes:
        path: Path of the property, with the name of its group.
        before: Value in the cluster. None if there is none.
        after: Value in the template. None if there is none.
        effect: What the change does.
    """

    path: str
    before: Any
    after: Any
    effect: Effect


def changes(
    properties: Mapping[str, Any],
    description: Mapping[str, Any],
    references: Mapping[str, str] | None = None,
) -> Iterator[Change]:
    """The changes of an update, the cluster first.

    Tags are not compared, and a cluster without a name in the template keeps its name.

    Args:
        properties: Properties of the cluster in a template.
        description: Answer of DescribeCluster.
        references: Values of references that the stack of the template has.

    Raises:
        ValidationError: If the template or the description has wrong values.
    """
    after = _written(with_pseudo_parameters(properties, description["ClusterArn"], references))
    before = _written(description)
    if "ClusterName" not in after:
        del before["ClusterName"]
    for values in (before, after):
        values.pop("Tags", None)
    old, new = _by_name(before), _by_name(after)
    yield from _of_cluster(before, after)
    for name in {**old, **new}:
        if name not in new:
            yield Change(_path(name), old[name][_COUNT], None, Effect.DELETES)
        elif name not in old:
            yield Change(_path(name), None, new[name][_COUNT], Effect.ADDS)
        else:
            yield from _of_group(name, old[name], new[name])


def _written(request: Mapping[str, Any]) -> dict[str, Any]:
    """A cluster without the values that are the default."""
    return write_properties(without_shared_network(ClusterModel.from_request(request)))


def _by_name(properties: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {group[_NAME]: group for key in _GROUPS for group in properties.pop(key, ())}


def _of_cluster(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for path, old, new in _differences(before, after):
        replaced = [each for each in cluster_paths(Update.REPLACES) if _is_within(path, each)]
        if may_equal(old, new) is None:
            effect = Effect.UNKNOWN
        elif replaced or "Eks" in {*_keys(old), *_keys(new)}:
            effect = Effect.REPLACES
        elif any(_is_within(path, each) for each in cluster_paths(Update.ONE_WAY)):
            effect = Effect.BACK if new is None else Effect.ONE_WAY
        elif path in cluster_paths(Update.WITHOUT_AUTOSCALING):
            effect = Effect.AUTOSCALING
        else:
            effect = Effect.IN_PLACE
        yield Change(".".join(path), old, new, effect)


def _of_group(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for path, old, new in _differences(before, after):
        fixed = [
            each for each in group_paths() if each[: len(path)] == path or path[: len(each)] == each
        ]
        rejected = any(
            may_equal(values_at(before, each), values_at(after, each)) is False for each in fixed
        )
        if rejected:
            effect = Effect.RENAME
        elif may_equal(old, new) is None:
            effect = Effect.UNKNOWN
        elif path == (_COUNT,):
            effect = Effect.ADDS if new > old else Effect.DELETES
        elif path[0] in _ON_START:
            effect = Effect.NEW_NODES
        else:
            effect = Effect.IN_PLACE
        yield Change(_path(name, *path), old, new, effect)


def _differences(
    before: Any, after: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Paths of the values that differ, or that are not known before deployment."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from _differences(before.get(key), after.get(key), (*path, key))
    elif may_equal(before, after) is not True:
        yield path, before, after


def _is_within(path: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return path[: len(whole)] == whole or whole[: len(path)] == path


def _keys(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, Mapping) else ()


def _path(group: str, *path: str) -> str:
    return ".".join([f"{_GROUPS[0]}[{group}]", *(step for step in path if step != EACH)])
