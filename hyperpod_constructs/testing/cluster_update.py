"""What an update does to a cluster, and to its instance groups.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
and https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hyperpod_constructs.schema.update import Update
from hyperpod_constructs.schema.update_paths import (
    UpdatePath,
    cluster_paths,
    group_paths,
    values_at,
)

from .cluster_template import ClusterTemplate
from .expectation import expect

_GROUPS = ("InstanceGroups", "RestrictedInstanceGroups")


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

    @property
    def replaced_for(self) -> frozenset[str]:
        """Properties whose change replaces the cluster, such as `VpcConfig.Subnets`.

        Another logical ID replaces the cluster as well.
        """
        found = set(self._changed(cluster_paths(Update.REPLACES)))
        if self.before.logical_id != self.after.logical_id:
            found.add("logical ID")
        return frozenset(found)

    @property
    def cannot_be_changed_back(self) -> frozenset[str]:
        """Changed properties that cannot be changed back, such as `NodeProvisioningMode`."""
        return frozenset(self._changed(cluster_paths(Update.ONE_WAY)))

    @property
    def replaced_groups(self) -> Mapping[str, frozenset[str]]:
        """Groups with changes that HyperPod rejects, and the changed properties.

        Such a group has to be replaced by one of another name.
        """
        before, after = _groups(self.before), _groups(self.after)
        changes = {
            name: frozenset(_changed(before[name], after[name], group_paths()))
            for name in before
            if name in after
        }
        return {name: changed for name, changed in changes.items() if changed}

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
        """Asserts that the cluster and all of its groups keep their nodes."""
        self.assert_replaces_groups()

    def assert_replaces_groups(self, *names: str) -> None:
        """Asserts that the cluster is kept, and which groups are replaced or deleted.

        Args:
            *names: Names of the groups.
        """
        expect(
            not self.replaced_for,
            f"changing {', '.join(sorted(self.replaced_for))} replaces the cluster",
        )
        lost = {
            **dict.fromkeys(self.removed_groups, "deleted"),
            **{
                name: f"replaced for {', '.join(sorted(changed))}"
                for name, changed in self.replaced_groups.items()
            },
        }
        others = {name: why for name, why in sorted(lost.items()) if name not in names}
        expect(not others, "; ".join(f"group {name!r} is {why}" for name, why in others.items()))
        kept = [name for name in names if name not in lost]
        expect(not kept, f"groups {kept} are not replaced")

    def _changed(self, paths: tuple[UpdatePath, ...]) -> Iterator[str]:
        return _changed(self.before.properties, self.after.properties, paths)


def _changed(before: Any, after: Any, paths: tuple[UpdatePath, ...]) -> Iterator[str]:
    for path in paths:
        if values_at(before, path) != values_at(after, path):
            yield ".".join(step for step in path if step != "*")


def _groups(template: ClusterTemplate) -> dict[str, Any]:
    """Properties of the groups by name."""
    return {
        str(each["InstanceGroupName"]): each
        for key in _GROUPS
        for each in template.properties.get(key, ())
    }
