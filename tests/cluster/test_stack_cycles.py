"""Constructs of a stack that depends on the stack of the cluster."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.clusters import layouts
from tests.synth import make_stack, resources_of

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


def database_of_scripts(stack: cdk.Stack, network: hp.ClusterNetwork) -> dict[str, Any]:
    return {"lifecycle_scripts": layouts.accounting(layouts.database(stack, network))}


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
    "database of the scripts": (database_of_scripts, "lifecycle_scripts.accounting.connectable"),
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


@pytest.mark.parametrize("nested", [False, True])
def test_refuses_clusters_whose_stacks_depend_on_one_another(app: cdk.App, nested: bool) -> None:
    root = make_stack(app, "Root")
    create = cdk.NestedStack if nested else lambda _, name: make_stack(app, name)
    shared, first, second = (create(root, name) for name in ("Shared", "First", "Second"))
    network = hp.ClusterNetwork(shared, "Network", database_subnets=True)
    group = hp.EfaSecurityGroup(first, "Nodes", vpc=network.vpc)
    layouts.cluster(first, network, security_groups=[group], **database(second, network))

    with pytest.raises(hp.ValidationError) as refused:
        layouts.cluster(second, network, security_groups=[group])

    (problem,) = refused.value.problems
    assert str(problem) == (
        f"security_groups[0]: '{group.node.path}' is in stack '{first.node.path}', which depends on "
        f"'{second.node.path}', the stack of the cluster, for another cluster; create what clusters "
        "of several stacks require in a stack of its own (StackCycle)"
    )


def test_file_systems_can_be_in_a_stack_nested_in_that_of_the_cluster(
    app: cdk.App, stack: cdk.Stack
) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    file_system = layouts.lustre(cdk.NestedStack(stack, "Storage"), network)

    layouts.cluster(stack, network, file_systems=[hp.FileSystem.lustre(file_system)])

    app.synth()


@pytest.mark.parametrize("has_own_group", [False, True])
def test_opens_a_database_of_another_stack(app: cdk.App, has_own_group: bool) -> None:
    shared, own = make_stack(app, "Shared"), make_stack(app, "Training")
    network = hp.ClusterNetwork(shared, "Network", database_subnets=True)
    database = layouts.database(shared, network)
    groups = () if has_own_group else (network.security_group,)

    layouts.cluster(
        own, network, security_groups=groups, lifecycle_scripts=layouts.accounting(database)
    )

    app.synth()
    owner = own if has_own_group else shared
    rules = [
        rule["Properties"]
        for rule in resources_of(owner, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"].get("FromPort") == 3306
    ]
    assert [rule["ToPort"] for rule in rules] == [3306]
    assert own.dependencies == [shared]
