"""The optional parts of the deployment policy, against what the handlers of the resource types call."""

from collections.abc import Mapping
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_options import PolicyOptions

HERE = Environment("aws", "111122223333", "us-west-2")
EKS = (
    *("AWS::EKS::AccessEntry", "AWS::EKS::Addon", "AWS::EKS::Cluster"),
    *("AWS::EKS::PodIdentityAssociation", "AWS::IAM::OIDCProvider", "AWS::KMS::Key"),
    *("AWS::SSM::Parameter", "AWS::SageMaker::ClusterSchedulerConfig"),
    "AWS::SageMaker::ComputeQuota",
)
OBSERVABILITY = (
    *("AWS::APS::RuleGroupsNamespace", "AWS::APS::Workspace", "AWS::CloudWatch::Alarm"),
    *("AWS::CloudWatch::Dashboard", "AWS::Events::Rule", "AWS::Logs::MetricFilter"),
    *("AWS::Logs::QueryDefinition", "AWS::SNS::TopicPolicy", "AWS::Scheduler::Schedule"),
)
NOT_SET: Mapping[str, set[str]] = {
    "EKS Auto Mode and certificate authorities": {
        *("iam:CreateInstanceProfile", "iam:TagInstanceProfile", "iam:AddRoleToInstanceProfile"),
        *("iam:GetInstanceProfile", "iam:DeleteInstanceProfile"),
        *("iam:RemoveRoleFromInstanceProfile", "eks:ActivateCertificateAuthority"),
    },
    "properties of providers that changes replace": {
        "iam:UpdateOpenIDConnectProviderThumbprint",
        *("iam:AddClientIDToOpenIDConnectProvider", "iam:ListOpenIDConnectProviderTags"),
        "iam:RemoveClientIDFromOpenIDConnectProvider",
    },
    "keys that are disabled": {"kms:DisableKey", "kms:EnableKey"},
    "logs, keys and the retention of workspaces": {
        *(f"aps:{verb}LoggingConfiguration" for verb in ("Create", "Update", "Delete")),
        *(f"aps:{verb}QueryLoggingConfiguration" for verb in ("Create", "Update", "Delete")),
        *("aps:UpdateWorkspaceConfiguration", "logs:GetLogDelivery", "logs:ListLogDeliveries"),
        *("logs:PutResourcePolicy", "kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"),
        "logs:UpdateLogDelivery",
    },
    "tags of dashboards": {"cloudwatch:TagResource", "cloudwatch:UntagResource"},
    "tags of parameters": {"ssm:RemoveTagsFromResource", "ssm:ListTagsForResource"},
}
"""Actions for properties that the constructs do not set."""


def actions(**parts: Any) -> set[str]:
    statements = POLICIES["deployment"](HERE, PolicyOptions(**parts))
    return {action for each in statements for action in each.actions}


def called(kind: str) -> set[str]:
    """What the handlers call, but for lists, which CloudFormation does not call for a stack."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return {
        action
        for verb, handler in schema["handlers"].items()
        if verb != "list"
        for action in handler["permissions"]
    }


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        *(("eks_resources", kind) for kind in EKS),
        *(("observability", kind) for kind in OBSERVABILITY),
    ],
)
def test_covers_the_handlers_of_a_type(part: str, kind: str) -> None:
    not_set = set().union(*NOT_SET.values())

    assert called(kind) - not_set - actions(**{part: True}) == set()
    assert called(kind) - not_set - actions()


def test_has_no_actions_that_no_handler_calls() -> None:
    of_tags = {"iam:UntagOpenIDConnectProvider", "events:ListTagsForResource"}
    parts = {"eks_resources": EKS, "observability": OBSERVABILITY}
    for part, kinds in parts.items():
        of_clusters = actions(eks=True)
        added = actions(**{part: True}) - of_clusters - of_tags
        assert added - set().union(*map(called, kinds)) == set()


def test_what_is_not_set_is_what_handlers_call() -> None:
    every = set().union(*map(called, (*EKS, *OBSERVABILITY)))

    assert set().union(*NOT_SET.values()) <= every
