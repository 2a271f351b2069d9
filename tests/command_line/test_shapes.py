"""Shapes of files that AWS and its tools write: read, or named with what to run instead."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.__main__ import main
from tests.clusters.everything import EKS_CLUSTER, REQUESTS
from tests.clusters.requests import DESCRIPTION, EKS_ARN, ROLE_ARN, SCRIPTS

from .commands import codes, found, write

GROUP = {
    "InstanceGroupName": "gpu",
    "InstanceType": "m5.xlarge",
    "InstanceCount": 1,
    "ExecutionRole": ROLE_ARN,
    "LifeCycleConfig": SCRIPTS,
}
CLUSTER = {"Type": "AWS::SageMaker::Cluster", "Properties": {"InstanceGroups": [GROUP]}}
TEMPLATE = {"Resources": {"Cluster": CLUSTER}}
PLACE = "Resources.Cluster.Properties.InstanceGroups[0].InstanceType"


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"StagesAvailable": ["Original"], "TemplateBody": TEMPLATE}, f"TemplateBody.{PLACE}"),
        ({"TemplateBody": json.dumps(TEMPLATE)}, f"TemplateBody.{PLACE}"),
        (
            {"TemplateBody": "Resources:\n  Cluster: " + json.dumps(CLUSTER)},
            f"TemplateBody.{PLACE}",
        ),
        (CLUSTER, "Properties.InstanceGroups[0].InstanceType"),
    ],
)
def test_templates(content: Any, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(capsys, write("a.json", content)) == [("error", "InstanceType", path)]


def test_cloud_control(capsys: pytest.CaptureFixture[str]) -> None:
    read_only = {"ClusterArn": DESCRIPTION["ClusterArn"], "ClusterStatus": "InService"}
    properties = json.dumps({**CLUSTER["Properties"], **read_only})  # type: ignore[dict-item]
    resource = {"Identifier": DESCRIPTION["ClusterArn"], "Properties": properties}
    kind = {"TypeName": "AWS::SageMaker::Cluster"}

    for content in ({"ResourceDescription": resource}, {"ResourceDescriptions": [resource]}):
        (problem,) = found(capsys, write("a.json", kind | content))
        assert problem["code"] == "InstanceType"
        assert problem["path"].endswith("Properties.InstanceGroups[0].InstanceType")


def snake(name: str) -> str:
    special = {"VolumeSizeInGB": "volume_size_in_gb", "FSxLustreConfig": "f_sx_lustre_config"}
    special |= {"FSxLustreDeletionPolicy": "f_sx_lustre_deletion_policy"}
    special |= {"SizeInGiB": "size_in_gi_b", "SourceS3Uri": "source_s3_uri"}
    return special.get(name) or "".join(
        f"_{letter.lower()}" if letter.isupper() else letter for letter in name
    ).removeprefix("_")


def as_terraform(value: Any) -> Any:
    """A request in the arguments of the provider, except for keys of the user."""
    if isinstance(value, dict):
        return {
            snake(key): each if key == "Labels" else as_terraform(each)
            for key, each in value.items()
        } | {"absent": None}
    return [as_terraform(each) for each in value] if isinstance(value, list) else value


def plan(values: Any, unknown: Any = None) -> dict[str, Any]:
    address = "module.gpu.awscc_sagemaker_cluster.this"
    resource = {"address": address, "type": "awscc_sagemaker_cluster", "values": values}
    modules = {"root_module": {"child_modules": [{"resources": [resource]}]}}
    change = {"address": address, "change": {"after_unknown": unknown or {}}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.13.0",
        "planned_values": modules,
        "resource_changes": [change],
    }


def test_a_plan_of_terraform(capsys: pytest.CaptureFixture[str]) -> None:
    values = as_terraform({"InstanceGroups": [GROUP]})

    assert codes(capsys, write("a.json", plan(values))) == [
        (
            "error",
            "InstanceType",
            "module.gpu.awscc_sagemaker_cluster.this.InstanceGroups[0].InstanceType",
        )
    ]


@pytest.mark.parametrize("mode", REQUESTS)
def test_terraform_has_every_property(mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    template = {"Resources": {"A": {**CLUSTER, "Properties": REQUESTS[mode]}}}
    as_template = found(capsys, write("b.json", template))

    found_by_plan = found(capsys, write("a.json", plan(as_terraform(REQUESTS[mode]))))

    assert [each["code"] for each in found_by_plan] == [each["code"] for each in as_template]


def test_terraform_knows_some_values_after_apply(capsys: pytest.CaptureFixture[str]) -> None:
    groups = [{key: GROUP[key] for key in ("InstanceGroupName", "InstanceCount")}]
    unknown = {
        "cluster_arn": True,
        "instance_groups": [{"instance_type": True, "execution_role": True}],
    }
    values = as_terraform(
        {"InstanceGroups": groups, "Orchestrator": {"Eks": {"ClusterArn": EKS_ARN}}}
    )

    problems = codes(capsys, write("a.json", plan(values, unknown)))

    assert {code for _, code, _ in problems} == {"LifeCycleConfigMissing", "EksVpcMissing"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", [{"ParameterKey": "A", "ParameterValue": "b"}], "a parameter file of CloudForm"),
        ("a.json", {"Parameters": {"A": "b"}}, "contains parameters and no resources"),
        (
            "config.yaml",
            "template: cluster-stack\ninstance_group_settings: []\nhyperpod_cluster_name: a\n",
            "is a configuration of the HyperPod CLI; after hyp create, run aws sagemaker describe-",
        ),
        (
            "job.yaml",
            "apiVersion: sagemaker.amazonaws.com/v1\nkind: HyperPodPyTorchJob\n",
            "is a Kubernetes manifest",
        ),
        ("a.json", {"ClusterSummaries": []}, "is a list of clusters or nodes; run aws sagemaker"),
        ("a.json", {"Stacks": []}, "is the description of a stack; run aws cloudformation get-t"),
        ("main.tf", 'resource "awscc_sagemaker_cluster" "a" {}', "run terraform show -json"),
        ("a.json", plan({}) | {"planned_values": {}}, "without a resource of type awscc_sagemaker"),
        ("a.json", {"app": "python app.py"}, "is a cdk.json; run cdk synth"),
        ("a.json", {"ResourceDescription": {"Properties": "{}"}}, "has no properties of AWS::Sage"),
        ("a.json", {"TemplateBody": 1}, "TemplateBody is not a CloudFormation template"),
        ("a.json", {"TemplateBody": "{"}, "TemplateBody: is not valid JSON"),
    ],
)
def test_other_shapes_are_named(
    name: str, content: Any, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", write(name, content)]) == 2

    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


FOR_EACH = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Clusters:
    - Id
    - [a, b]
    - Cluster${Id}:
        Type: AWS::SageMaker::Cluster
        Properties:
          ClusterName: training-${Id}
          InstanceGroups:
            - InstanceGroupName: gpu
              InstanceType: m5.xlarge
              InstanceCount: 1
              ExecutionRole: arn:aws:iam::111122223333:role/nodes
              LifeCycleConfig: {SourceS3Uri: "s3://sagemaker-${Id}/x", OnCreate: on_create.sh}
"""


def test_a_loop_over_resources(capsys: pytest.CaptureFixture[str]) -> None:
    (problem,) = found(capsys, write("a.yaml", FOR_EACH))

    assert (problem["code"], problem["line"]) == ("InstanceType", 12)


@pytest.mark.parametrize(
    "change",
    [
        {"Transform": "MyMacro"},
        {"Transform": [{"Name": "AWS::Include", "Parameters": {"Location": "s3://a/b"}}]},
        {"Resources": {"Fn::Transform": {"Name": "AWS::Include"}}},
        {"Resources": {"Fn::ForEach::Odd": {"Ref": "Clusters"}}},
        {"Resources": {"Module": {"Type": "Our::SageMaker::Cluster::MODULE"}}},
        {"Resources": {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {}}}},
        {"Resources": {"Cluster": {**CLUSTER, "Properties": {"Fn::Transform": {"Name": "Mine"}}}}},
    ],
)
def test_what_is_not_read_is_named(change: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = write("a.json", {"Resources": {}} | change)

    assert [code for _, code, _ in codes(capsys, file)] == ["TemplateNotRead"]
    assert main(["check", "--strict", file]) == 1


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (json.dumps(EKS_CLUSTER | {"InstanceGroups": [GROUP]}), FOR_EACH):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        assert "InstanceType" in {code for _, code, _ in codes(capsys, "-")}


def test_several_security_groups_without_rules_are_one_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    group: dict[str, Any] = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"SecurityGroupEgress": [{"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"}]},
    }
    network = {"SecurityGroupIds": [{"Ref": "A"}, {"Ref": "B"}], "Subnets": ["subnet-01234567"]}
    cluster = {**CLUSTER, "Properties": {**EKS_CLUSTER, "VpcConfig": network}}
    template = {"Resources": {"One": cluster, "Two": cluster, "A": group, "B": group}}

    problems = found(capsys, write("a.json", template))

    traffic = [each for each in problems if each["code"] == "SecurityGroupTraffic"]
    assert [each["value"] for each in traffic] == [["A", "B"]]


@pytest.mark.parametrize(
    "function",
    [
        {"Fn::GetAtt": 5},
        {"Fn::Join": ["", 5]},
        {"Fn::Join": []},
        {"Fn::Sub": []},
        {"Fn::Sub": ["${A}", 5]},
        {"Fn::Sub": ["${A}", ["A"]]},
        {"Ref": ["A"]},
    ],
)
def test_a_function_with_an_odd_argument_is_read(
    function: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = {"SourceS3Uri": function, "OnCreate": "on_create.sh"}
    trust = {"Statement": [{"Principal": {"Service": function}, "Action": function}]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    groups = [{**GROUP, "LifeCycleConfig": scripts, "ExecutionRole": {"Ref": "Role"}}]
    upload = {"Type": "Custom::CDKBucketDeployment", "Properties": {"SourceObjectKeys": [function]}}
    cluster = {**CLUSTER, "Properties": {"InstanceGroups": groups}}
    template = {"Resources": {"Cluster": cluster, "Role": role, "Upload": upload}}

    assert ("error", "InstanceType", PLACE) in codes(capsys, write("a.json", template))


def test_a_plan_with_an_odd_address_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    content = plan(as_terraform({"InstanceGroups": [GROUP]}))
    (module,) = content["planned_values"]["root_module"]["child_modules"]
    module["resources"][0]["address"] = ["a"]
    content["resource_changes"] = [{"address": {}, "change": {}}]

    assert "InstanceType" in {code for _, code, _ in codes(capsys, write("a.json", content))}


def test_the_path_of_a_key_has_the_key_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    lines = {
        "Instance-Count": "InstanceGroups[0].Instance-Count",
        "a.b[1]": "InstanceGroups[0].a.b[1]",
        "a\nb": "InstanceGroups[0]['a\\nb']",
    }
    for key, path in lines.items():
        content = json.dumps({"InstanceGroups": [{**GROUP, key: 1}]}, indent=1)
        (line,) = (
            number
            for number, text in enumerate(content.splitlines(), 1)
            if text.strip().startswith(json.dumps(key))
        )

        problems = found(capsys, write("a.json", content))

        at = {each["code"]: (each["path"], each["line"]) for each in problems}
        assert at["RequestKey"] == (path, line)


OUTPUTS_ONLY = {"Outputs": {"A": {"Value": "b"}}, "Parameters": {"BootstrapVersion": {}}}


def test_a_stack_without_resources_is_skipped(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    contents = {"Cluster": TEMPLATE, "Empty": {}, "Outputs": OUTPUTS_ONLY}
    (folder / "cdk.out").mkdir()
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": write(f"cdk.out/{name}.json", content)[8:]},
        }
        for name, content in contents.items()
    }
    write("cdk.out/manifest.json", {"artifacts": artifacts})

    assert main(["check", "cdk.out"]) == 1
    output = capsys.readouterr()
    assert "1 cluster" in output.out
    assert output.err == (
        "cdk.out/Empty.json: contains no resources; skipped\n"
        "cdk.out/Outputs.json: contains no resources; skipped\n"
    )
    assert main(["describe", "cdk.out"]) == 1
    assert "Outputs.json: contains no resources; skipped" in capsys.readouterr().err
    assert main(["check", write("outputs.json", OUTPUTS_ONLY)]) == 0
    skipped, nothing = capsys.readouterr().err.splitlines()[:2]
    assert skipped == "outputs.json: contains no resources; skipped"
    assert nothing == "no cluster found in outputs.json"


REPEATED = """\
{
  "ClusterName": "a",
  "InstanceGroups": [
    {"InstanceGroupName": "a", "LifeCycleConfig": {}, "LifeCycleConfig": {}},
    {"InstanceGroupName": "b"}
  ],
  "ClusterName": "b"
}
"""


def test_a_key_that_is_specified_twice(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [
        (each["line"], each["path"])
        for each in found(capsys, write("a.json", REPEATED))
        if each["code"] == "RequestKeyTwice"
    ]

    assert problems == [(4, "InstanceGroups[0].LifeCycleConfig"), (7, "ClusterName")]
    assert main(["convert", "--cluster", "a.json"]) == 1
    assert "ClusterName: 'ClusterName' is specified twice in one object" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_the_encodings_of_windows(encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    Path("a.json").write_text(mark + json.dumps({"InstanceGroups": []}), encoding=encoding)

    assert codes(capsys, "a.json")[0][1] == "NoInstanceGroups"


MANIFEST = "apiVersion: v1\nkind: Namespace\n---\napiVersion: v1\nkind: Pod\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", MANIFEST, "a.yaml: is a Kubernetes manifest; for the cluster of its nodes, run"),
        ("a.yaml", "a: 1\n---\nb: 1\n", "a.yaml: contains several YAML documents; specify a file"),
        ("app.py", "import aws_cdk\n", "app.py: is source code; for a CDK app, run cdk synth, and"),
        ("app.ts", "import * as cdk;\n", "app.ts: is source code; for a CDK app, run cdk synth"),
    ],
)
def test_files_of_another_kind(
    name: str, content: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", write(name, content)]) == 2
    assert capsys.readouterr().err.startswith(f"hyperpod-constructs: {message}")


def test_empty_documents_of_yaml_are_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(capsys, write("a.yaml", "---\nInstanceGroups: []\n---\n"))
