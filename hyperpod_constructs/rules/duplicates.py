"""Rules for unique list entries.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from collections.abc import Iterable, Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .basis import Basis
from .queries import AnyGroup, all_groups
from .rule import rule


@rule(basis=Basis.INFERRED)
def listed_twice(model: ClusterValues) -> Iterator[Problem]:
    """Security groups, alarms and taints must be unique in a list."""
    lists: dict[str, Iterable[object]] = {"security_groups": model.security_group_ids}
    for path, group in all_groups(model):
        lists.update(_lists_of(path, group))
    for path, names in lists.items():
        if not is_unresolved(names):
            yield from _duplicates(path, names)


def _duplicates(path: str, names: Iterable[object]) -> Iterator[Problem]:
    """Security groups, alarms and taints must be unique in a list."""
    seen: dict[object, int] = {}
    for index, name in enumerate(names):
        first = seen.setdefault(name, index)
        if first != index:
            yield Problem(
                code="ListedTwice",
                path=f"{path}[{index}]",
                value=name,
                message=f"is a duplicate of {path}[{first}]",
                fix="remove the duplicate",
                severity=Severity.WARNING,
            )


def _lists_of(path: str, group: AnyGroup) -> Iterator[tuple[str, Iterable[object]]]:
    yield (
        f"{path}.security_groups",
        [each.security_group_id for each in group.security_groups],
    )
    if not isinstance(group, InstanceGroup):
        return
    # A taint is known by its key and effect; its value does not tell two apart.
    yield f"{path}.taints", [f"{taint.key}:{taint.effect}" for taint in group.taints]
    for name in ("scheduled_update", "auto_patch"):
        update = getattr(getattr(group, name), "rolling_update", None)
        alarms = [alarm.alarm_name for alarm in getattr(update, "rollback_alarms", ())]
        yield f"{path}.{name}.rolling_update.rollback_alarms", alarms
