"""An instance group of a description, as UpdateCluster takes it.

UpdateCluster replaces the configuration of each group that it names; all of it must be sent back.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html
"""

from collections.abc import Mapping
from typing import Any

_NAMES = {"TargetCount": "InstanceCount", "MinCount": "MinInstanceCount"}
_DESIRED = "Desired"


def requested(value: Any, shape: Any) -> Any:
    """The members of a description that a request has, also those that this library does not know.

    Args:
        value: Value of a description.
        shape: Shape of botocore of the value in the request.
    """
    if shape.type_name == "list":
        return [requested(each, shape.member) for each in value]
    if shape.type_name != "structure":
        return value
    found = {}
    for described, each in value.items():
        name = _NAMES.get(described, described)
        if name not in shape.members:
            name = name.removeprefix(_DESIRED)
        if name in shape.members:
            found[name] = requested(each, shape.members[name])
    return found


def group_request(
    description: Mapping[str, Any], name: str, operation_model: Any
) -> tuple[str, dict[str, Any]] | None:
    """The list of UpdateCluster that has a group, and the group; None if there is none.

    Args:
        description: Answer of DescribeCluster.
        name: Name of the group.
        operation_model: Model of botocore of UpdateCluster.
    """
    members = operation_model.input_shape.members
    for key in ("InstanceGroups", "RestrictedInstanceGroups"):
        for group in description.get(key, ()):
            if group["InstanceGroupName"] == name:
                return key, requested(group, members[key].member)
    return None
