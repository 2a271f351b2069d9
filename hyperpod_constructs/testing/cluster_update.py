"""What an update does to a cluster, and to its instance groups.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
and https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.schema.update import Update
from hyperpod_constructs.schema.update_paths import (
    UpdatePath,
    cluster_paths,
    group_paths,
    values_at,
)

from .cluster_template import ClusterTemplate
from .expectation import expect, expect_type
from .value_change import ValueChange

_GROUPS = ("InstanceGroups", "RestrictedInstanceGroups")
_NODE_TYPE = ("SlurmConfig", "NodeType")


@dataclass(frozen=True)
class ClusterUpdate:
    """The update of a cluster from one template to another.

    Templates are compared. A reference such as `{"Ref": "Subnet"}` is the same as long as its
    logical ID is the same, whatever happens to the resource.

    Attributes:
        before: Template of the deployed cluster.
        after: Template of the new version.
    """

    before: ClusterTemplate
    after: ClusterTemplate

    def __post_init__(self) -> None:
        for name, template in (("before", self.before), ("after", self.after)):
            expect_type(
                isinstance(template, ClusterTemplate),
                name,
                template,
                "a ClusterTemplate, such as ClusterTemplate.from_stack(stack)",
            )

    @property
    def replaced_for(self) -> frozenset[str]:
        """Properties whose change replaces the cluster, such as `VpcConfig`.

        Another logical ID replaces the cluster as well.
        """
        return frozenset(each.path for each in self._replacements())

    @property
    def cannot_be_changed_back(self) -> frozenset[str]:
        """Changed properties that cannot be changed back, such as `NodeProvisioningMode`."""
        return frozenset(each.path for each in self._changes(Update.ONE_WAY))

    @property
    def replaced_groups(self) -> Mapping[str, frozenset[str]]:
        """Groups with changes that HyperPod rejects, and the changed properties.

        Such a group has to be replaced by one of another name. `SlurmConfig.NodeType` of a group
        that had none is a change only if the provisioning form stated another node type.
        """
        changes = self._rejected_changes()
        return {name: frozenset(each.path for each in found) for name, found in changes.items()}

    @property
    def removed_groups(self) -> frozenset[str]:
        """Groups that are deleted with their nodes, including those with a new name."""
        return frozenset(_groups(self.before).keys() - _groups(self.after).keys())

    @property
    def added_groups(self) -> frozenset[str]:
        """New groups."""
        return frozenset(_groups(self.after).keys() - _groups(self.before).keys())

    @property
    def changed_groups(self) -> frozenset[str]:
        """Groups of which anything is changed, whatever it does."""
        before, after = _groups(self.before), _groups(self.after)
        return frozenset(name for name in before if name in after and before[name] != after[name])

    def assert_replaces_nothing(self) -> None:
        """Asserts that the cluster and all of its groups keep their nodes.

        Fails also for a group that is removed.
        """
        self.assert_replaces_groups()

    def assert_replaces_groups(self, *names: str) -> None:
        """Asserts that the cluster is kept, and which groups are replaced or removed.

        Args:
            *names: Names of the groups.
        """
        rejected = self._rejected_changes()
        lost = {*rejected, *self.removed_groups}
        found = [
            *(
                f"changing {each.path} {each.values} replaces the cluster"
                for each in _narrowed(self._replacements())
            ),
            *(
                f"{each.path} of group {name!r} cannot be changed {each.values}: HyperPod rejects "
                "the update; add another group"
                for name, changes in sorted(rejected.items())
                if name not in names
                for each in _narrowed(changes)
            ),
            *(
                f"group {name!r} is removed, and its nodes are deleted"
                for name in sorted(self.removed_groups.difference(names))
            ),
        ]
        kept = [name for name in names if name not in lost]
        if kept:
            found.append(f"groups {kept} are neither replaced nor removed")
        expect(not found, "; ".join(found))

    def _replacements(self) -> list[ValueChange]:
        changes = list(self._changes(Update.REPLACES))
        if self.before.logical_id != self.after.logical_id:
            ids = self.before.logical_id, self.after.logical_id
            changes.append(ValueChange("logical ID", *ids))
        return changes

    def _rejected_changes(self) -> dict[str, list[ValueChange]]:
        before, after = _groups(self.before), _groups(self.after)
        changes = {
            name: [
                each
                for each in _changes(before[name], after[name], group_paths())
                if not self._keeps_node_type(name, each)
            ]
            for name in before
            if name in after
        }
        return {name: changed for name, changed in changes.items() if changed}

    def _keeps_node_type(self, name: str, change: ValueChange) -> bool:
        """Whether a group receives the node type in its request that the form stated."""
        if change.path != ".".join(_NODE_TYPE) or change.before is not None:
            return False
        old, new = self.before.groups[name], self.after.groups[name]
        return (
            isinstance(old, InstanceGroup)
            and isinstance(new, InstanceGroup)
            and (is_unresolved(old.node_type) or old.node_type == new.node_type)
        )

    def _changes(self, update: Update) -> Iterator[ValueChange]:
        return _changes(self.before.properties, self.after.properties, cluster_paths(update))


def _changes(before: Any, after: Any, paths: tuple[UpdatePath, ...]) -> Iterator[ValueChange]:
    for path in paths:
        values = values_at(before, path), values_at(after, path)
        if values[0] != values[1]:
            yield ValueChange(".".join(step for step in path if step != "*"), *values)


def _narrowed(changes: Iterable[ValueChange]) -> Iterator[ValueChange]:
    return (each.narrowed for each in changes)


def _groups(template: ClusterTemplate) -> dict[str, Any]:
    """Properties of the groups by name."""
    return {
        str(each["InstanceGroupName"]): each
        for key in _GROUPS
        for each in template.properties.get(key, ())
    }
