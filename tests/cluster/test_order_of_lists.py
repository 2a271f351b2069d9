"""Lists that users reorder, extend and shorten: no id moves, and nodes are told only what is new."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp
from tests.clusters.layouts import lustre, openzfs
from tests.synth import CONTEXT, make_stack, template

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
WORKERS = [
    hp.InstanceGroup.worker(name, instance_type="ml.g5.8xlarge", partition=name)
    for name in ("beta", "alpha", "gamma")
]
USERS = [hp.User(name, uid=uid) for name, uid in (("zoe", 2001), ("ada", 2002), ("max", 2003))]
GROUPS = [hp.UserGroup(name, gid=gid) for name, gid in (("team", 3001), ("core", 3002))]


def resources(**changes: Any) -> dict[str, dict[str, Any]]:
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    network = hp.ClusterNetwork(stack, "Network")
    file_systems = [
        hp.FileSystem.lustre(lustre(stack, network)),
        hp.FileSystem.openzfs(openzfs(stack, network)),
    ]
    buckets = [s3.Bucket(stack, name) for name in ("Data", "Models")]
    mounts = [
        hp.S3Mount(path=f"/mnt/{index}", bucket=bucket) for index, bucket in enumerate(buckets)
    ]
    groups = [
        network.security_group,
        hp.EfaSecurityGroup(stack, "Second", vpc=network.vpc),
        hp.EfaSecurityGroup(stack, "Third", vpc=network.vpc),
    ]
    lists: dict[str, Any] = {
        "groups": WORKERS,
        "file_systems": file_systems,
        "users": USERS,
        "user_groups": GROUPS,
        "mounts": mounts,
        "security_groups": groups,
    }
    for name, change in changes.items():
        lists[name] = change(lists[name])
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[network.subnet]),
        security_groups=lists["security_groups"],
        instance_groups=[CONTROLLER, *lists["groups"]],
        file_systems=lists["file_systems"],
        lifecycle_scripts=hp.LifecycleScripts.default(
            users=hp.Users(users=lists["users"], groups=lists["user_groups"]),
            s3_mounts=lists["mounts"],
        ),
    )
    found: dict[str, dict[str, Any]] = template(stack)["Resources"]
    return found


def source_of(found: dict[str, dict[str, Any]]) -> Any:
    (cluster,) = [each for each in found.values() if each["Type"] == "AWS::SageMaker::Cluster"]
    return cluster["Properties"]["InstanceGroups"][0]["LifeCycleConfig"]["SourceS3Uri"]


LISTS = ("groups", "file_systems", "users", "user_groups", "mounts", "security_groups")


@pytest.fixture(scope="module")
def before() -> dict[str, dict[str, Any]]:
    return resources()


@pytest.mark.parametrize("name", LISTS)
def test_another_order_moves_nothing(name: str, before: dict[str, dict[str, Any]]) -> None:
    after = resources(**{name: lambda values: values[::-1]})

    assert after.keys() == before.keys()
    assert source_of(after) == source_of(before)
    for logical_id, resource in before.items():
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            assert after[logical_id]["Properties"] == resource["Properties"], logical_id


@pytest.mark.parametrize("name", LISTS)
def test_without_the_first_the_others_keep_their_ids(
    name: str, before: dict[str, dict[str, Any]]
) -> None:
    after = resources(**{name: lambda values: values[1:]})

    assert after.keys() <= before.keys()
    for logical_id, resource in after.items():
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress":
            assert before[logical_id]["Properties"] == resource["Properties"], logical_id


@pytest.mark.parametrize("name", ["groups", "users", "mounts"])
def test_nodes_are_told_of_what_is_gone(name: str, before: dict[str, dict[str, Any]]) -> None:
    after = resources(**{name: lambda values: values[1:]})

    assert source_of(after) != source_of(before)
