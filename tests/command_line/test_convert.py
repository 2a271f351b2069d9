"""From a request to a CDK app that runs: `python -m hyperpod_constructs convert`."""

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.__main__ import main
from tests.clusters.documented import (
    FORM_WITH_LOGIN,
    GROUPS_WITHOUT_LOGIN,
    MIGRATED_REQUEST,
    MULTI_HEAD_FORM,
    MULTI_HEAD_REQUEST,
)
from tests.clusters.requests import EKS_ARN, FORM, SLURM_REQUEST, scripted_group

from .commands import assert_formatted, cluster_of, convert, run_app, write


def refused(capsys: pytest.CaptureFixture[str], status: int, *arguments: str) -> str:
    assert main(["convert", *arguments]) == status
    output = capsys.readouterr()
    assert output.out == ""
    return output.err


def test_a_cluster_with_several_controllers(capsys: pytest.CaptureFixture[str]) -> None:
    request = write("request.json", MULTI_HEAD_REQUEST)
    form = write("form.json", MULTI_HEAD_FORM)

    source, report = convert(capsys, "--cluster", request, "--form", form)

    assert_formatted(source)
    resources = run_app(source)
    given = MULTI_HEAD_REQUEST
    cluster = cluster_of(resources)
    assert cluster["InstanceGroups"] == given["InstanceGroups"]
    assert cluster["VpcConfig"] == given["VpcConfig"]
    assert cluster["ClusterName"] == given["ClusterName"]
    assert json.loads(form_of(resources)) == MULTI_HEAD_FORM
    assert not [each for each in resources.values() if each["Type"].startswith("AWS::EC2")]
    assert report == (
        "# Cluster research\n\n## To do\n\n- `vpc-unknown`: is the placeholder for the VPC in "
        "the app, and unknown for its zone; nothing in the template depends on them. They are "
        "VpcId and AvailabilityZone of aws ec2 describe-subnets --subnet-ids "
        "subnet-0123456789abcdef0; --vpc-id sets the first\n- `research`: is created by the "
        "app; a cluster of that name must not exist at deployment\n"
    )


def form_of(resources: dict[str, dict[str, Any]]) -> str:
    """The form that the app uploads."""
    (upload,) = (
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "Custom::CDKBucketDeployment"
    )
    texts = []
    for key, markers in zip(upload["SourceObjectKeys"], upload["SourceMarkers"], strict=True):
        for file in Path("cdk.out", f"asset.{key.removesuffix('.zip')}").iterdir():
            text = file.read_text()
            for marker, value in markers.items():
                text = text.replace(marker, value)
            texts.append(text)
    assert len(texts) == 2
    assert len(set(texts)) == 1
    return texts[0]


def test_groups_without_vpc_make_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    form = {key: value for key, value in FORM_WITH_LOGIN.items() if key != "login_group"}

    source, report = convert(
        capsys,
        "--cluster",
        write("groups.json", GROUPS_WITHOUT_LOGIN),
        "--form",
        write("form.json", form),
    )

    assert_formatted(source)
    assert "network = hp.ClusterNetwork(stack, " in source
    groups = cluster_of(run_app(source))["InstanceGroups"]
    for written, given in zip(groups, copy.deepcopy(GROUPS_WITHOUT_LOGIN), strict=True):
        uri = given["LifeCycleConfig"].pop("SourceS3Uri")
        assert written["LifeCycleConfig"].pop("SourceS3Uri") == uri.rstrip("/")
        assert written == given
    assert "`VpcConfig`: is not in the request; the app creates a ClusterNetwork." in report
    assert (
        "`instance group head`: has SourceS3Uri "
        "s3://sagemaker-research-nodes/base-config/ without the trailing "
        "slash"
    ) in report


def test_a_form_that_does_not_match_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(
        capsys,
        1,
        "--cluster",
        write("groups.json", GROUPS_WITHOUT_LOGIN),
        "--form",
        write("form.json", FORM_WITH_LOGIN),
    )

    assert error.startswith(
        "provisioning_params.login_group: 'entry' is not an instance group of the cluster"
    )
    assert error.count("\n") == 1


def test_an_api_driven_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    source, report = convert(capsys, "--cluster", write("request.json", MIGRATED_REQUEST))

    assert_formatted(source)
    assert "orchestrator=hp.ApiDrivenSlurm()," in source
    cluster = cluster_of(run_app(source))
    for written in cluster["InstanceGroups"]:
        assert written.pop("ThreadsPerCore") == 2
    assert cluster["InstanceGroups"] == MIGRATED_REQUEST["InstanceGroups"]
    assert cluster["Orchestrator"] == MIGRATED_REQUEST["Orchestrator"]
    assert "`instance group vision`: has ThreadsPerCore 2 in the app, and none in" in report


def test_everything_of_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    """A role, key, subnet and script of a group alone, and what differs from the defaults."""
    key = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    alone = scripted_group(
        "gpu",
        InstanceCount=3,
        ThreadsPerCore=1,
        ExecutionRole="arn:aws:iam::111122223333:role/gpu-nodes",
        InstanceStorageConfigs=[
            {"EbsVolumeConfig": {"VolumeKmsKeyId": key, "RootVolume": True}},
            {"EbsVolumeConfig": {"VolumeSizeInGB": 750}},
        ],
        LifeCycleConfig={"SourceS3Uri": "s3://sagemaker-other/src", "OnCreate": "gpu.sh"},
        OverrideVpcConfig={
            "Subnets": ["subnet-00000001"],
            "SecurityGroupIds": ["sg-00000001", "sg-00000002"],
        },
        InstanceType="ml.g5.8xlarge",
        OnStartDeepHealthChecks=["InstanceStress"],
    )
    request = {
        "ClusterName": "1st",
        "InstanceGroups": [
            scripted_group("controller", ThreadsPerCore=2),
            scripted_group("login", ThreadsPerCore=2),
            alone,
        ],
        "VpcConfig": {
            "Subnets": ["subnet-00000001", "subnet-00000002"],
            "SecurityGroupIds": ["sg-00000001"],
        },
        "NodeRecovery": "None",
        "Tags": [{"Key": "team", "Value": "vision"}],
    }
    form = FORM | {"login_group": "login"}

    source, report = convert(
        capsys,
        "--cluster",
        write("request.json", request),
        "--form",
        write("form.json", form),
        "--vpc-id",
        "vpc-1",
    )

    assert_formatted(source)
    assert 'vpc_id="vpc-1"' in source
    assert "vpc-unknown" not in report
    cluster = cluster_of(run_app(source))
    assert cluster["InstanceGroups"] == request["InstanceGroups"]
    assert cluster["VpcConfig"] == request["VpcConfig"]
    assert cluster["NodeRecovery"] == "None"
    assert cluster["Tags"] == request["Tags"]


def test_what_describe_cluster_returns(capsys: pytest.CaptureFixture[str]) -> None:
    described = {
        key: value for key, value in scripted_group("controller").items() if key[-5:] != "Count"
    }
    counts = {"CurrentCount": 1, "TargetCount": 1, "Status": "InService"}
    description = {
        "ClusterArn": "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcde01234yz",
        "ClusterName": "training",
        "ClusterStatus": "InService",
        "CreationTime": "2026-01-02T03:04:05+00:00",
        "InstanceGroups": [described | counts, described | counts | {"InstanceGroupName": "gpu"}],
        "VpcConfig": {"Subnets": ["subnet-00000001"], "SecurityGroupIds": ["sg-00000001"]},
        "NodeRecovery": "Automatic",
    }

    source, _ = convert(
        capsys, "--cluster", write("cluster.json", description), "--form", write("f.json", FORM)
    )

    counted = [each["InstanceCount"] for each in cluster_of(run_app(source))["InstanceGroups"]]
    assert counted == [1, 1]


def test_writes_only_what_differs_from_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    storage = [{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}]
    groups = [
        scripted_group(name, ThreadsPerCore=2, InstanceStorageConfigs=storage)
        for name in ("controller", "gpu")
    ]
    request = {
        "ClusterName": "training",
        "InstanceGroups": groups,
        "VpcConfig": {"Subnets": ["subnet-00000001"], "SecurityGroupIds": ["sg-00000001"]},
        "NodeRecovery": "Automatic",
    }

    source, _ = convert(
        capsys, "--cluster", write("request.json", request), "--form", write("form.json", FORM)
    )

    (call,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hp.HyperPodCluster"
    )
    assert {each.arg: ast.unparse(each.value) for each in call.keywords} == {
        "cluster_name": "'training'",
        "vpc": "vpc",
        "security_groups": "[security_group]",
        "execution_role": "execution_role",
        "lifecycle_scripts": "hp.LifecycleScripts.from_bucket(lifecycle_bucket, 'src')",
        "instance_groups": "[hp.InstanceGroup.controller(instance_type='ml.m5.xlarge'), "
        "hp.InstanceGroup.worker('gpu', instance_type='ml.m5.xlarge', partition='gpu')]",
    }


def test_a_form_keeps_what_the_library_cannot_write(capsys: pytest.CaptureFixture[str]) -> None:
    _, report = convert(
        capsys,
        "--cluster",
        write("request.json", SLURM_REQUEST),
        "--form",
        write("form.json", FORM | {"efs_id": "fs-1"}),
    )

    assert (
        "## Without an equivalent\n\n- `provisioning_params.efs_id`: 'fs-1' is not a fi" in report
    )


def test_writes_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--cluster",
        write("request.json", SLURM_REQUEST),
        "--form",
        write("form.json", FORM),
    ]

    source, report = convert(capsys, *arguments, "--output", "app")

    assert source == ""
    assert {path.name for path in Path("app").iterdir()} == {"app.py", "cdk.json", "MIGRATION.md"}
    assert json.loads(Path("app/cdk.json").read_text())["app"] == "python app.py"
    assert Path("app/MIGRATION.md").read_text() == report
    assert_formatted(Path("app/app.py").read_text())
    assert refused(capsys, 2, *arguments, "--output", "app") == (
        f"hyperpod-constructs: {Path('app/app.py')}: already exists; specify another directory "
        "(FileUnwritable)\n"
    )


def test_does_not_write_through_a_link(capsys: pytest.CaptureFixture[str]) -> None:
    Path("app").mkdir()
    Path("app/app.py").symlink_to("../target")
    arguments = ["--cluster", write("request.json", SLURM_REQUEST)]
    arguments += ["--form", write("form.json", FORM), "--output", "app"]

    error = refused(capsys, 2, *arguments)

    assert "already exists; specify another directory" in error
    assert not Path("target").exists()


def test_refuses_what_it_cannot_convert(capsys: pytest.CaptureFixture[str]) -> None:
    request, form = write("request.json", SLURM_REQUEST), write("form.json", FORM)
    template = write(
        "template.json",
        {
            "Resources": {
                "Cluster": {"Type": "AWS::SageMaker::Cluster", "Properties": SLURM_REQUEST}
            }
        },
    )
    eks = {"Eks": {"ClusterArn": EKS_ARN}}
    function = write("function.json", SLURM_REQUEST | {"ClusterName": {"Ref": "Name"}})
    on_eks = write("eks.json", SLURM_REQUEST | {"Orchestrator": eks})

    assert "is a provisioning form; specify it with --form" in refused(capsys, 2, "--cluster", form)
    assert "is a template; specify a CreateCluster request" in refused(
        capsys, 2, "--cluster", template
    )
    assert "requires provisioning_params.json for its topology; specify it with --form" in refused(
        capsys, 2, "--cluster", request
    )
    assert "function.json: ClusterName: is known only at deployment; specify its value" in refused(
        capsys, 2, "--cluster", function, "--form", form
    )
    assert "it is API-driven or for EKS; omit --api-driven" in refused(
        capsys, 2, "--cluster", on_eks, "--api-driven"
    )
