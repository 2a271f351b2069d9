"""Constructs of a stack that depends on the stack of the cluster."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.clusters import layouts
from tests.synth import make_stack

Make = Callable[[cdk.Stack, hp.ClusterNetwork], dict[str, Any]]


def own_group(stack: cdk.Stack, network: hp.ClusterNetwork) -> dict[str, Any]:
    controller, worker = layouts.GROUPS
    group = hp.EfaSecurityGroup(stack, "Own", vpc=network.vpc)
    return {"instance_groups": [controller, replace(worker, security_groups=[group])]}


def database(stack: cdk.Stack, network: hp.ClusterNetwork) -> dict[str, Any]:
    accounting = layouts.database(stack, network)
    assert accounting.secret is not None
    return {
        "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
        "orchestrator": hp.ApiDrivenSlurm(
            accounting_database=hp.AccountingDatabase(
                endpoint=accounting.db_instance_endpoint_address,
                secret=accounting.secret,
                connectable=accounting,
            )
        ),
    }


def lustre_of_group(stack: cdk.Stack, network: hp.ClusterNetwork) -> dict[str, Any]:
    controller, worker = layouts.GROUPS
    mounts: Any = [hp.FileSystem.lustre(layouts.lustre(stack, network))]
    return {
        "orchestrator": hp.ApiDrivenSlurm(),
        "instance_groups": [replace(controller, file_systems=mounts), worker],
    }


CASES: dict[str, tuple[Make, str]] = {
    "security group": (
        lambda stack, network: {
            "security_groups": [hp.EfaSecurityGroup(stack, "Nodes", vpc=network.vpc)]
        },
        "security_groups[0]",
    ),
    "own group": (own_group, "instance_groups[1].security_groups[0]"),
    "lustre": (
        lambda stack, network: {
            "file_systems": [hp.FileSystem.lustre(layouts.lustre(stack, network))]
        },
        "file_systems[0]",
    ),
    "lustre of a group": (lustre_of_group, "instance_groups[0].file_systems[0]"),
    "openzfs": (
        lambda stack, network: {
            "file_systems": [hp.FileSystem.openzfs(layouts.openzfs(stack, network))]
        },
        "file_systems[0]",
    ),
    "database": (database, "orchestrator.accounting_database.connectable"),
}


@pytest.mark.parametrize(("make", "path"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("nested", [False, True])
def test_refuses_what_depends_on_the_stack_of_the_cluster(
    app: cdk.App, make: Make, path: str, nested: bool
) -> None:
    root = make_stack(app, "Root")
    create = cdk.NestedStack if nested else lambda _, name: make_stack(app, name)
    own, other = create(root, "Training"), create(root, "Storage")
    network = hp.ClusterNetwork(own, "Network", database_subnets=True)

    with pytest.raises(hp.ValidationError) as refused:
        layouts.cluster(own, network, **make(other, network))

    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("StackCycle", path)
    assert f"stack '{other.node.path}', which depends on '{own.node.path}'" in str(problem)


def test_file_systems_can_be_in_a_stack_nested_in_that_of_the_cluster(
    app: cdk.App, stack: cdk.Stack
) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    file_system = layouts.lustre(cdk.NestedStack(stack, "Storage"), network)

    layouts.cluster(stack, network, file_systems=[hp.FileSystem.lustre(file_system)])

    app.synth()
