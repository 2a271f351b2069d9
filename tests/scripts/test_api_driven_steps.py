"""The default scripts on clusters with API-driven Slurm: they extend what HyperPod configures."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.node_steps import make_with_login
from tests.clusters.stacks import CONTROLLER, LOGIN, WORKER
from tests.clusters.templates import groups_of, prefix_of

USERS = hp.Users(users=[hp.User("anna", uid=2001)])


def make(stack: cdk.Stack, id: str = "Cluster", **settings: Any) -> hp.HyperPodCluster:
    return make_with_login(
        stack,
        id,
        orchestrator=hp.ApiDrivenSlurm(),
        lifecycle_scripts=hp.LifecycleScripts.default(users=USERS),
        **settings,
    )


def test_scripts_run_after_hyperpod_has_configured_a_node(stack: cdk.Stack) -> None:
    make(stack)

    for group in groups_of(stack).values():
        config = group["LifeCycleConfig"]
        assert config["OnInitComplete"] == "on_init_complete.sh"
        assert "OnCreate" not in config


def test_nodes_read_the_types_of_groups_and_no_form(stack: cdk.Stack) -> None:
    make(stack)

    files = ClusterTemplate.from_stack(stack)
    assert json.loads(files.file("node_types.json")) == {
        "controller_group": CONTROLLER.name,
        "login_groups": [LOGIN.name],
        "worker_groups": [WORKER.name],
    }
    assert json.loads(files.file("steps.json"))["users"]["users"][0]["name"] == "anna"


def test_group_that_is_added_later_is_known(stack: cdk.Stack) -> None:
    cluster = make(stack)
    cluster.add_instance_group(
        hp.InstanceGroup.worker("more", instance_type="ml.c5.4xlarge", partition="more")
    )

    types = json.loads(ClusterTemplate.from_stack(stack).file("node_types.json"))
    assert types["worker_groups"] == [WORKER.name, "more"]


def test_prefix_depends_on_the_types_of_groups(tmp_path: Path) -> None:
    more = hp.InstanceGroup.worker("more", instance_type="ml.c5.4xlarge", partition="more")
    groups = [CONTROLLER, LOGIN, WORKER]

    assert prefix_of(tmp_path / "a", make) != prefix_of(
        tmp_path / "b", lambda stack: make(stack, instance_groups=[*groups, more])
    )


def test_without_scripts_nothing_is_uploaded(stack: cdk.Stack) -> None:
    make_with_login(stack, orchestrator=hp.ApiDrivenSlurm())

    assert all("LifeCycleConfig" not in group for group in groups_of(stack).values())
