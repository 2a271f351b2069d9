"""A group that is sent back to UpdateCluster is the one of the request, and nothing is lost."""

from collections.abc import Mapping
from typing import Any

import pytest

from hyperpod_constructs.operations.requested_group import group_request, requested
from tests.aws.front.request_validation import model_of
from tests.aws.hyperpod.description import described
from tests.clusters.everything import REQUESTS

MODEL = model_of("sagemaker")
UPDATE = MODEL.operation_model("UpdateCluster")
DESCRIBE: Any = MODEL.operation_model("DescribeCluster").output_shape
KINDS = ("InstanceGroups", "RestrictedInstanceGroups")
GROUPS = [
    pytest.param(kind, group, id=f"{name}-{group['InstanceGroupName']}")
    for name, request in REQUESTS.items()
    for kind in KINDS
    for group in request.get(kind, ())
]


@pytest.mark.parametrize(("kind", "group"), GROUPS)
def test_nothing_of_a_group_is_lost(kind: str, group: Mapping[str, Any]) -> None:
    answer = {kind: [described(group, DESCRIBE.members[kind].member)]}

    assert group_request(answer, group["InstanceGroupName"], UPDATE) == (kind, group)


def test_members_that_only_describe_are_left_out() -> None:
    shape: Any = UPDATE.input_shape
    answer = {"InstanceGroupName": "gpu", "TargetCount": 3, "Status": "InService", "New": 1}

    found = requested(answer, shape.members["InstanceGroups"].member)

    assert found == {"InstanceGroupName": "gpu", "InstanceCount": 3}
