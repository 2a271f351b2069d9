"""Apps with EKS clusters, deployed, changed and destroyed; each test of the sample goes on from the last.

CloudFormation has the role of the deployment policy.

`make thorough` does it with the CDK CLI, and deploys all programs of the documentation.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sagemaker as sagemaker

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import Statement
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from sample_app.eks_stack import EksTrainingStack
from tests.aws.cloudformation.stack import Stack
from tests.aws.eks.control_planes import ControlPlane, existing
from tests.aws.emulator import REGION, Emulator
from tests.eks.charts import make_chart
from tests.thorough import EVERY_FAULT, WITH_CLI_IF_THOROUGH

from .deployment_role import Requests, denials, recorded, role_with
from .eks_programs import PROGRAMS
from .eks_sample import CLUSTER, STACK, synthesize_eks
from .inventory import inventory
from .tools import (
    Cli,
    counts,
    create,
    delete,
    empty,
    failures,
    prepare,
    publish,
    settled,
    synthesize,
    update,
)

pytestmark = WITH_CLI_IF_THOROUGH
HERE = Environment("aws", "123456789012", REGION)
OPTIONS = PolicyOptions(eks_resources=True, observability=True)
STATEMENTS = tuple(POLICIES["deployment"](HERE, OPTIONS))
OF_EKS = (
    *("eks:CreateCluster", "eks:CreateAddon", "eks:CreateAccessEntry", "eks:DeleteCluster"),
    *("eks:CreatePodIdentityAssociation", "eks:DeletePodIdentityAssociation"),
    *("eks:AssociateAccessPolicy", "eks:DescribeAddon", "eks:DeleteAddon"),
    *("eks:DeleteAccessEntry", "kms:CreateKey", "kms:DescribeKey"),
    *("sagemaker:CreateComputeQuota", "sagemaker:DescribeComputeQuota", "ssm:PutParameter"),
    *("sagemaker:UpdateComputeQuota", "sagemaker:DeleteComputeQuota", "ssm:DeleteParameter"),
)
"""The actions that the emulator calls for EKS; a test without it covers the others."""
OF_THE_APP = Statement("OwnTopics", ["sns:CreateTopic", "sns:DeleteTopic"], ["*"])
"""A program has a topic of its own."""
LOG_GROUPS = 4
"""Those of the flow logs and of functions, which the CDK retains."""
Version = Callable[[str], Path]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Writes a version of the app: `first`, or `changed`, with more nodes and another quota."""

    def change(stack: EksTrainingStack) -> None:
        for construct in stack.node.find_all():
            if isinstance(construct, sagemaker.CfnCluster):
                construct.add_property_override("InstanceGroups.1.InstanceCount", 6)
            if isinstance(construct, cdk.CfnResource) and "Team-research" in construct.node.path:
                resources = "ComputeQuotaConfig.ComputeQuotaResources.0.Count"
                construct.add_property_override(resources, 4)

    def write(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        return synthesize_eks(folder, REGION, change if name == "changed" else lambda _: None)

    return write


@pytest.fixture(scope="module", autouse=True)
def role(cloud: Emulator) -> str:
    """The role of CloudFormation."""
    prepare(cloud)
    return role_with(cloud, [*STATEMENTS, OF_THE_APP])


@pytest.fixture(scope="module", autouse=True)
def requests(cloud: Emulator, role: str) -> Iterator[Requests]:  # noqa: ARG001
    """The requests of the role so far."""
    with recorded(cloud) as found:
        yield found


@pytest.fixture(scope="module")
def leftovers(cloud: Emulator) -> dict[str, list[str]]:
    """What was there before the stack."""
    return inventory(cloud)


def deploy(cloud: Emulator, assembly: Path, role: str, name: str = STACK) -> Stack:
    """Deploys a stack, with the CLI or without."""
    if EVERY_FAULT:
        Cli(cloud, assembly.parent).deploy(assembly, name, "--role-arn", role)
        return settled(cloud, name)
    publish(cloud, assembly)
    template = json.loads((assembly / f"{name}.template.json").read_text())
    if name in {stack.name for stack in cloud.cloudformation.stacks}:
        return update(cloud, name, template)
    return create(cloud, name, template, role=role)


def control_plane(cloud: Emulator) -> ControlPlane:
    """The only EKS cluster."""
    (name,) = cloud.cloud.client("eks").list_clusters()["clusters"]
    return existing(name)


def quotas(cloud: Emulator) -> dict[str, Any]:
    """The quotas by team."""
    sagemaker_ = cloud.cloud.client("sagemaker")
    found = [
        sagemaker_.describe_compute_quota(ComputeQuotaId=each["ComputeQuotaId"])
        for each in sagemaker_.list_compute_quotas()["ComputeQuotaSummaries"]
    ]
    return {each["ComputeQuotaTarget"]["TeamName"]: each for each in found}


def test_is_deployed(
    cloud: Emulator, leftovers: dict[str, list[str]], version: Version, role: str
) -> None:
    assert leftovers["clusters"] == []
    stack = deploy(cloud, version("first"), role)
    assert stack.status == "CREATE_COMPLETE", failures(stack)

    found = control_plane(cloud)
    assert {each["status"] for each in found.add_ons.values()} == {"ACTIVE"}
    assert list(found.kubernetes.releases) == ["hyperpod-dependencies"]
    types = sorted(each["type"] for each in found.entries.values())
    assert types == ["HYPERPOD_LINUX", "STANDARD"]
    assert counts(cloud, CLUSTER) == {"system": 2, "gpu": 4}
    assert found.role_for("aws-hyperpod", "hp-training-operator-controller-manager") is not None
    for team in ("research", "product"):
        assert found.kubernetes.is_bound(f"hyperpod-ns-{team}", "fsx")


def test_grows_and_changes_a_quota(cloud: Emulator, version: Version, role: str) -> None:
    before = quotas(cloud)
    stack = deploy(cloud, version("changed"), role)
    assert stack.status == "UPDATE_COMPLETE", failures(stack)

    after = quotas(cloud)
    assert counts(cloud, CLUSTER) == {"system": 2, "gpu": 6}
    assert {team: each["ComputeQuotaVersion"] for team, each in after.items()} == {
        "research": 2,
        "product": 1,
    }
    (resource,) = after["research"]["ComputeQuotaConfig"]["ComputeQuotaResources"]
    assert resource == {"InstanceType": "ml.g5.8xlarge", "Count": 4}
    assert {each["ComputeQuotaId"] for each in before.values()} == {
        each["ComputeQuotaId"] for each in after.values()
    }


def test_leaves_nothing_but_what_is_retained(
    cloud: Emulator, leftovers: dict[str, list[str]], version: Version
) -> None:
    if EVERY_FAULT:
        assembly = version("changed")
        Cli(cloud, assembly.parent).destroy(assembly)
    else:
        stack = delete(cloud, settled(cloud, STACK))
        assert stack.status == "DELETE_COMPLETE", failures(stack)
    after = inventory(cloud)

    assert len(after.pop("buckets")) == len(leftovers.pop("buckets")) + 1
    assert len(after.pop("log groups")) - len(leftovers.pop("log groups")) == LOG_GROUPS
    assert after == leftovers
    assert cloud.cloud.client("eks").list_clusters()["clusters"] == []
    assert quotas(cloud) == {}
    empty(cloud)


@pytest.mark.parametrize("program", PROGRAMS if EVERY_FAULT else ["closed"])
def test_program_is_deployed_and_destroyed(
    cloud: Emulator, tmp_path: Path, program: str, role: str
) -> None:
    chart = make_chart(tmp_path)

    def fill(app: cdk.App) -> None:
        stack = cdk.Stack(app, program, env=cdk.Environment(region=REGION))
        PROGRAMS[program](stack, chart)

    stack = deploy(cloud, synthesize(tmp_path / "cdk.out", fill), role, program)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    assert {each["status"] for each in control_plane(cloud).add_ons.values()} == {"ACTIVE"}

    stack = delete(cloud, stack)
    assert stack.status == "DELETE_COMPLETE", failures(stack)
    empty(cloud)


def test_each_permission_is_needed(cloud: Emulator, requests: Requests) -> None:
    denied = denials(cloud, [*STATEMENTS, OF_THE_APP], requests, OF_EKS)

    assert denied == {left_out: {left_out} for left_out in OF_EKS}
