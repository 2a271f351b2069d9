"""`diff` resolves the references of a template through its stack."""

import json
from typing import Any

from hyperpod_constructs.operations.partial_equality import with_pseudo_parameters

from .live import NAME, Live, group, make_stack

ARN = "arn:aws:sagemaker:us-west-2:123456789012:cluster/abcdefghijkl"
REFERENCE = {"Fn::GetAtt": ["Role", "Arn"]}


def write_app(live: Live, template: dict[str, Any]) -> None:
    """Writes an app with the stack `Roles`, which has the cluster as well."""
    groups = [
        {**group("controller", 1, "Controller"), "ExecutionRole": REFERENCE},
        {
            **group("gpu", 4, ThreadsPerCore=1),
            "InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}],
            "ExecutionRole": REFERENCE,
        },
    ]
    properties = {
        "InstanceGroups": groups,
        "Orchestrator": {"Slurm": {}},
        "NodeProvisioningMode": "Continuous",
    }
    cluster = {"Type": "AWS::SageMaker::Cluster", "Properties": properties}
    resources = {**template["Resources"], "Cluster": cluster}
    folder = live.folder / "cdk.out"
    folder.mkdir()
    (folder / "Roles.template.json").write_text(json.dumps({"Resources": resources}))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Roles.template.json"},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Roles": stack}}))


def test_a_reference_to_another_role_is_a_change(live: Live) -> None:
    write_app(live, make_stack(live.emulator, "Roles"))

    done = live.run("diff", "cdk.out", "--cluster", NAME, "--json", status=1)

    changes = {each["path"]: each for each in done.json["Changes"]}
    assert changes["InstanceGroups[gpu].ExecutionRole"]["after"].endswith(":role/other")
    assert (
        changes["InstanceGroups[gpu].ExecutionRole"]["effect"] == "rejected: group must be renamed"
    )


def test_a_reference_to_the_same_role_is_none(live: Live) -> None:
    iam = live.emulator.cloud.client("iam")
    iam.delete_role_policy(RoleName="nodes", PolicyName="p")
    iam.delete_role(RoleName="nodes")
    write_app(live, make_stack(live.emulator, "Roles", "nodes"))

    done = live.run("diff", "cdk.out", "--cluster", NAME)

    assert "adds nodes" in done.out
    assert done.err == "1 change; not known before deployment: 0 values\n"


def test_without_a_stack_references_are_unknown(live: Live) -> None:
    write_app(live, {"Resources": {}})

    done = live.run("diff", "cdk.out", "--cluster", NAME)

    assert "References are not resolved, since the stack Roles cannot be read" in done.err
    assert "not known before deployment: 2 values" in done.err
    named = live.run("diff", "cdk.out", "--cluster", NAME, "--stack", "None", status=2)
    assert "ValidationError" in named.err


def test_references_in_texts_are_resolved() -> None:
    known = {"Bucket": "scripts", "Role.Arn": "arn:aws:iam::123456789012:role/nodes"}
    value = [
        {"Ref": "Bucket"},
        {"Fn::GetAtt": "Role.Arn"},
        {"Fn::Sub": "s3://${Bucket}/x"},
        {"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}]]},
        {"Ref": "Other"},
        {"Fn::GetAtt": ["Role", "RoleId"]},
    ]

    assert with_pseudo_parameters(value, ARN, known) == [
        "scripts",
        "arn:aws:iam::123456789012:role/nodes",
        {"Fn::Sub": "s3://scripts/x"},
        {"Fn::Join": ["", ["s3://", "scripts"]]},
        {"Ref": "Other"},
        {"Fn::GetAtt": ["Role", "RoleId"]},
    ]
