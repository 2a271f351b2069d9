"""Without any one of the dependencies of an app, some seed of the clock has its deployment fail."""

from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest

from sample_app.training_stack import TrainingStack
from tests.aws.cloudformation.order import Order
from tests.aws.cloudformation.stack import Stack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.clusters.layouts import LAYOUTS
from tests.thorough import thorough

from .dependencies import (
    Dependency,
    dependencies,
    halves,
    path,
    seed_against,
    stacks,
    unnested,
)
from .tools import abandon, create, delete, empty, failures, prepare, synthesize, update

APPS = (
    "sample",
    "two_stacks",
    "three_stacks",
    "shared_by_two_clusters",
    "shared_with_own_groups",
    "two_clusters_in_one_stack",
    "nested_stack",
)
NOT_NEEDED = {
    ("Custom::CDKBucketDeployment", "Lifecycle/NewBucket/Resource"): (
        "the bucket is emptied after the upload is rolled back: "
        "test_bucket_of_failed_deployments.py"
    ),
    ("AWS::EC2::NatGateway", "PublicSubnet1/RouteTableAssociation"): (
        "dependency of the CDK; a NAT gateway is created without the route, and nodes wait for it"
    ),
    ("AWS::SageMaker::Cluster", "SecurityGroup/from twostacksTrainingOwnAE60C4BE:3306"): (
        "the library opens the database to all nodes; controllers alone connect to it"
    ),
    ("AWS::SageMaker::Cluster", "Lifecycle/Users/CustomResource/Default"): (
        "nodes have users in their steps; it keeps new nodes from applying those of an earlier "
        "deployment"
    ),
    ("AWS::SageMaker::Cluster", "MultiHead/Topic/Policy/Resource"): (
        "the policy denies requests without TLS, which nobody sends"
    ),
}
"""By type and end of the path, dependencies without which the deployment of a stack succeeds."""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def fill(app: cdk.App) -> None:
        for name in APPS:
            stage = cdk.Stage(app, name.replace("_", "-"))
            if name in LAYOUTS:
                LAYOUTS[name](stage, cdk.Stack)
            else:
                TrainingStack(stage, "HyperPodSample")

    return synthesize(tmp_path_factory.mktemp("edges") / "cdk.out", fill)


@pytest.fixture(autouse=True)
def account(cloud: Emulator, assembly: Path) -> Iterator[None]:
    cloud.forget()
    prepare(cloud, assembly)
    yield
    abandon(cloud)


def reason(template: Json, dependency: Dependency) -> str | None:
    """Why a dependency is not needed, if it is not."""
    name, needed = dependency
    kind, place = template["Resources"][name]["Type"], path(template, needed)
    return next(
        (why for (other, end), why in NOT_NEEDED.items() if kind == other and place.endswith(end)),
        None,
    )


@thorough
@pytest.mark.parametrize("app", APPS)
def test_every_dependency_is_needed(cloud: Emulator, assembly: Path, app: str) -> None:
    folder = assembly / f"assembly-{app.replace('_', '-')}"
    for name, template in (
        part for whole in stacks(folder) for part in unnested(folder, whole[1]) or [whole]
    ):
        stack, resource = None, ""
        found = [each for each in dependencies(template) if reason(template, each) is None]
        for dependency in sorted(found, key=lambda each: (each[0], "Upload" not in each[1])):
            before, after = halves(template, dependency)
            seed = seed_against(after, dependency)
            assert seed is not None, dependency
            cloud.cloudformation.order = Order(seed)
            if stack is not None and dependency[0] == resource:
                update(cloud, name, before)
            else:
                start_again(cloud, stack)
                stack, resource = create(cloud, name, before), dependency[0]
            known = len(failures(stack))
            assert stack.status.endswith("E_COMPLETE"), failures(stack)
            stack = update(cloud, name, after)
            assert stack.status == "UPDATE_ROLLBACK_COMPLETE", dependency
            assert failures(stack)[known:], dependency
        start_again(cloud, stack)
        cloud.cloudformation.order = Order()
        stack = create(cloud, name, template)
        assert stack.status == "CREATE_COMPLETE", failures(stack)


def start_again(cloud: Emulator, stack: Stack | None) -> None:
    """Deletes a stack with what it retains."""
    if stack is not None:
        assert delete(cloud, stack).status == "DELETE_COMPLETE", failures(stack)
        empty(cloud)
