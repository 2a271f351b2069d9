"""What UpdateCluster refuses to change, by the rows of properties of the library."""

from hyperpod_constructs.schema.update_paths import group_paths, values_at

from .group_rules import Group, refuse


def check_update(old: Group, new: Group) -> None:
    """Refuses changes of a group that the service cannot make."""
    fields = [path[-1] for path in group_paths() if values_at(old, path) != values_at(new, path)]
    if fields:
        raise refuse(f"Updating fields {', '.join(fields)} on an InstanceGroup not supported")
