"""The emulator refuses what a mode does not allow, and what its surroundings lack."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from tests.aws.cloudformation.order import Order
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.aws.front.errors import ServiceError
from tests.aws.hyperpod.mode_rules import check_modes
from tests.thorough import thorough

from .modes import EKS_CLUSTER, MODES
from .tools import abandon, create, failures, of_type, prepare, synthesize

CLUSTER = "AWS::SageMaker::Cluster"
SLURM = {"Slurm": {"SlurmConfigStrategy": "Merge"}}
EKS = {"Eks": {"ClusterArn": "arn:aws:eks:us-west-2:123456789012:cluster/a"}}
VPC: Json = {"VpcConfig": {"Subnets": [], "SecurityGroupIds": []}}
CONTINUOUS = {"NodeProvisioningMode": "Continuous"}


def group(**more: Any) -> Json:
    return {"InstanceGroupName": "gpu", "InstanceCount": 1, **more}


def worker(**more: Any) -> Json:
    return group(SlurmConfig={"NodeType": "Compute"}, **more)


@pytest.mark.parametrize(
    ("groups", "request_", "message"),
    [
        ([group()], {"Orchestrator": {}}, "exactly one of Eks and Slurm"),
        ([group()], {"Orchestrator": SLURM}, "SlurmConfig is required for instance group gpu"),
        ([worker()], {"Orchestrator": {"Slurm": {}}}, "SlurmConfigStrategy is required"),
        ([worker()], {"Orchestrator": SLURM, **CONTINUOUS}, "SlurmConfigStrategy is not"),
        (
            [worker()],
            {"Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge", "AccountingDatabase": {}}}},
            "AccountingDatabase requires",
        ),
        ([group()], CONTINUOUS, "Continuous is not supported without Orchestrator"),
        ([worker(MinInstanceCount=1)], {"Orchestrator": SLURM}, "MinInstanceCount requires"),
        (
            [worker(InstanceRequirements={})],
            {"Orchestrator": SLURM},
            "InstanceRequirements requires",
        ),
        ([group(CapacityRequirements={})], {"Orchestrator": EKS, **VPC}, "CapacityRequirements"),
        ([worker(KubernetesConfig={})], {"Orchestrator": SLURM}, "KubernetesConfig is only"),
        ([worker(ImageReleaseVersion="1")], {"Orchestrator": SLURM}, "ImageReleaseVersion is"),
        (
            [group(SlurmConfig={"NodeType": "Controller"}, InstanceCount=2)],
            {"Orchestrator": SLURM},
            "must have an InstanceCount of 1",
        ),
        ([group()], {"Orchestrator": EKS}, "VpcConfig is required"),
        ([worker()], {"Orchestrator": EKS, **VPC}, "SlurmConfig is not supported"),
        (
            [group(InstanceStorageConfigs=[{"FsxLustreConfig": {}}])],
            {"Orchestrator": EKS, **VPC},
            "only supported for Slurm",
        ),
        ([worker()], {"Orchestrator": SLURM, "TieredStorageConfig": {}}, "TieredStorageConfig is"),
        ([worker()], {"Orchestrator": SLURM, "AutoScaling": {}}, "AutoScaling is only"),
        (
            [group()],
            {"Orchestrator": EKS, **VPC, "AutoScaling": {"Mode": "Enable"}},
            "AutoScaling requires",
        ),
    ],
)
def test_refuses(groups: list[Json], request_: Json, message: str) -> None:
    with pytest.raises(ServiceError, match=message):
        check_modes(groups, request_)


@pytest.fixture(scope="module")
def templates(cloud: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Json]:
    """The template of a mode, its assets in place."""
    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "on_create.sh").write_bytes(b"#!/bin/bash\nexit 0\n")

    def fill(app: cdk.App) -> None:
        for name, (make, _) in MODES.items():
            make(cdk.Stack(app, name), 1, scripts)

    assembly: Path = synthesize(tmp_path_factory.mktemp("modes") / "cdk.out", fill)
    prepare(cloud, assembly)
    cloud.cloud.client("eks").create_cluster(
        name=EKS_CLUSTER,
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": []},
    )

    def read(name: str) -> Json:
        template: Json = json.loads((assembly / f"{name}.template.json").read_text())
        return template

    return read


@pytest.fixture(autouse=True)
def hasty(cloud: Emulator) -> Iterator[None]:
    cloud.cloudformation.order = Order()
    yield
    abandon(cloud)


@pytest.mark.parametrize(
    ("name", "dependency", "message"),
    [
        pytest.param(
            "multi-head",
            "DatabaseSecurityGroupfrom",
            "Can't connect to MySQL server",
            marks=thorough,
        ),
        ("continuous", "DatabaseSecurityGroupfrom", "Can't connect to MySQL server"),
        pytest.param(
            "continuous",
            "RolesControllerDefaultPolicy",
            "secretsmanager:GetSecretValue",
            marks=thorough,
        ),
        ("api-driven", "Upload", "on_create.sh does not exist"),
        pytest.param(
            "api-driven", "ScratchFsxLustreSecurityGroupfrom", "TCP (988, 988)", marks=thorough
        ),
        pytest.param("on-eks", "Upload", "on_create.sh does not exist", marks=thorough),
    ],
)
def test_cluster_does_not_start_without(
    cloud: Emulator, templates: Callable[[str], Json], name: str, dependency: str, message: str
) -> None:
    template = templates(name)
    cluster = template["Resources"][of_type(template, CLUSTER)]
    kept = [item for item in cluster["DependsOn"] if dependency not in item]
    assert len(kept) < len(cluster["DependsOn"])
    cluster["DependsOn"] = kept

    told = failures(create(cloud, name, template))
    assert message in told[0]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "on-eks",
            lambda text: text.replace("hyperpod.sagemaker.amazonaws.com", "ec2.amazonaws.com"),
            "cannot assume the cluster role",
        ),
        (
            "on-eks",
            lambda text: text.replace("sagemaker:BatchDeleteClusterNodes", "sagemaker:Nothing"),
            "is not authorized to perform sagemaker:BatchDeleteClusterNodes",
        ),
        (
            "on-eks",
            lambda text: text.replace("ecr:BatchGetImage", "ecr:ListImages"),
            "is not authorized to perform ecr:BatchGetImage",
        ),
        ("on-eks", lambda text: text.replace("cluster/control-plane", "cluster/b"), "not exist"),
        ("multi-head", lambda text: text.replace("sns:Publish", "sns:List"), "sns:Publish"),
        (
            "multi-head",
            lambda text: text.replace('"InstanceCount": 2', '"InstanceCount": 1'),
            "for two controllers and more",
        ),
        (
            "multi-head",
            lambda text: re.sub(r'1(,\s+\{\s+"Fn::GetAZs")', r"0\1", text),
            "Add subnets to cover at least 2 AZs",
        ),
    ],
)
def test_cluster_is_refused(
    cloud: Emulator,
    templates: Callable[[str], Json],
    name: str,
    change: Callable[[str], str],
    message: str,
) -> None:
    text = json.dumps(templates(name), indent=1)
    assert change(text) != text

    told = failures(create(cloud, name, json.loads(change(text))))
    assert message in told[0]
