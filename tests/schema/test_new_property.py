"""A property that AWS adds to an instance group is one field and one row: it works everywhere then.

The package is copied, and a property that does not exist is written into two of its files.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clusters.requests import EKS_ARN, eks_request, group
from tests.synth import CONTEXT, ROOT

VALUES = """
import dataclasses
import inspect
import json
import sys

import hyperpod_constructs as hp
from hyperpod_constructs.schema.paths import dotted, property_path

request = json.load(sys.stdin)
model = hp.ClusterModel.from_request(request)
first = dataclasses.replace(model.instance_groups[0], boot_timeout="soon")
spoiled = dataclasses.replace(model, instance_groups=[first])
print(
    json.dumps(
        {
            "file": hp.__file__,
            "parameters": list(inspect.signature(hp.InstanceGroup).parameters),
            "problems": [str(problem) for problem in spoiled.problems()],
            "read": model.instance_groups[0].boot_timeout,
            "written": model.to_request(),
            "is_equal": hp.ClusterModel.from_request(model.to_request()) == model,
            "place": dotted(property_path("instance_groups[0].boot_timeout", {})),
        }
    )
)
"""
TEMPLATES = """
import json
import sys

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

import hyperpod_constructs as hp

given = json.load(sys.stdin)


def clusters(**new):
    stack = cdk.Stack(cdk.App(context=given["context"]), "Stack")
    hp.HyperPodCluster(
        stack,
        "Slurm",
        orchestrator=hp.ApiDrivenSlurm(),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker("new", instance_type="ml.c5.xlarge", partition="cpu", **new),
        ],
    )
    hp.HyperPodCluster(
        stack,
        "Eks",
        orchestrator=hp.Eks(hp.EksClusterReference(given["eks_arn"])),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        vpc=ec2.Vpc(stack, "Vpc"),
        instance_groups=[
            hp.InstanceGroup("new", instance_type="ml.g5.8xlarge", **new),
            hp.InstanceGroup("spot", instance_type="ml.g5.8xlarge", capacity=hp.Capacity.spot()),
        ],
    )
    resources = Template.from_stack(stack).to_json()["Resources"].values()
    return [each for each in resources if each["Type"] == "AWS::SageMaker::Cluster"]


print(json.dumps([clusters(boot_timeout=7), clusters()]))
"""


def insert(file: Path, pattern: str, text: str) -> None:
    """Puts a text behind the one place that a pattern matches."""
    content, number = re.subn(f"({pattern})", rf"\g<1>{text}", file.read_text(), flags=re.MULTILINE)
    assert number == 1, f"{file.name} has {number} places like {pattern}"
    file.write_text(content)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package that knows the property."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("hyperpod_constructs", "lifecycle_scripts"):
        shutil.copytree(ROOT / name, folder / name)
    value = folder / "hyperpod_constructs" / "model" / "groups" / "instance_group.py"
    insert(
        value,
        r"^class InstanceGroup:\n(?:.*\n)*?(?=    \"\"\"\n\n    name: )",
        "        boot_timeout: Minutes in which a node has to come up. No limit by default.\n",
    )
    insert(
        value, r"^    taints: Sequence\[Taint\] = \(\)\n", "    boot_timeout: int | None = None\n"
    )
    insert(
        folder / "hyperpod_constructs" / "schema" / "instance_group.py",
        r"^_INSTANCE_GROUP = Properties\(\n    \".*\",\n    \{\n",
        '        "BootTimeout": Property("boot_timeout", NUMBER),\n',
    )
    return folder


def run(package: Path, *arguments: str, given: Any = None) -> str:
    """What a Python process prints that imports the package from its folder."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=package,
        env=os.environ | {"PYTHONPATH": str(package), "CDK_VALIDATION": "false"},
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


REQUEST = eks_request(group(ThreadsPerCore=2, BootTimeout=7), NodeRecovery="Automatic")


@pytest.fixture(scope="module")
def values(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(package, "-c", VALUES, given=REQUEST))
    assert found["file"].startswith(str(package))
    return found


def test_the_constructor_takes_it(values: dict[str, Any]) -> None:
    assert "boot_timeout" in values["parameters"]


def test_a_wrong_type_is_a_problem(values: dict[str, Any]) -> None:
    assert values["problems"] == [
        "instance_groups[0].boot_timeout: 'soon' is of type str; pass a whole number (ArgumentType)"
    ]


def test_a_request_is_read_and_written(values: dict[str, Any]) -> None:
    assert values["read"] == 7
    assert values["written"] == REQUEST
    assert values["is_equal"]


def test_the_argument_has_its_place_in_a_request(values: dict[str, Any]) -> None:
    assert values["place"] == "InstanceGroups[0].BootTimeout"


def test_templates_have_it_although_cdk_does_not_know_it(package: Path) -> None:
    given = {"context": CONTEXT, "eks_arn": EKS_ARN}
    new, old = json.loads(run(package, "-c", TEMPLATES, given=given))

    slurm, on_eks = (each["Properties"] for each in new)
    assert slurm["InstanceGroups"][1]["BootTimeout"] == 7
    assert slurm["Orchestrator"] == {"Slurm": {}}
    assert on_eks["InstanceGroups"][0]["BootTimeout"] == 7
    assert on_eks["InstanceGroups"][1]["CapacityRequirements"] == {"Spot": {}}
    del slurm["InstanceGroups"][1]["BootTimeout"], on_eks["InstanceGroups"][0]["BootTimeout"]
    assert new == old


def test_convert_writes_it(package: Path) -> None:
    (package / "request.json").write_text(json.dumps(REQUEST))

    source = run(package, "-m", "hyperpod_constructs", "convert", "--cluster", "request.json")

    assert "boot_timeout=7" in source
