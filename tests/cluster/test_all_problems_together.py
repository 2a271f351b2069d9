"""A wrong argument leaves only what depends on it unjudged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.clusters.stacks import make_cluster, make_vpc
from tests.clusters.values import controller, group, worker

ROLE_ARN = "arn:aws:iam::999922223333:role/nodes"
LUSTRE = hp.FileSystem.lustre(
    dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com", mount_name="fsx"
)


TOKEN_LIST = cdk.Token.as_list({"Ref": "Parameter"})


def folder_without_path() -> hp.LifecycleScripts:
    scripts = hp.LifecycleScripts.default()
    assert scripts.folder is not None
    wrong: Any = None
    return replace(scripts, folder=replace(scripts.folder, path=wrong))


def scripts_of_user(uid: Any) -> hp.LifecycleScripts:
    return hp.LifecycleScripts.default(users=hp.Users(users=[hp.User("anna", uid=uid)]))


def codes(make: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(hp.ValidationError) as caught:
        make()
    return [(problem.path, problem.code) for problem in caught.value.problems]


def codes_of(stack: cdk.Stack, **arguments: Any) -> list[tuple[str, str]]:
    return codes(lambda: make_cluster(stack, **arguments))


def test_every_kind_of_problem_in_one_error(stack: cdk.Stack) -> None:
    make_cluster(stack, "First", cluster_name="training")
    foreign = iam.Role.from_role_arn(stack, "Foreign", ROLE_ARN)

    assert codes_of(
        stack,
        cluster_name="training",
        instance_groups=[controller(), worker(count=-1, execution_role=foreign), "gpu"],
        vpc="vpc-01234567",
        node_recovery="Maybe",
        execution_role="role",
    ) == [
        ("vpc", "ArgumentType"),
        ("execution_role", "ArgumentType"),
        ("instance_groups[2]", "ArgumentType"),
        ("instance_groups[1].count", "InstanceCount"),
        ("node_recovery", "ArgumentType"),
        ("instance_groups[1].execution_role", "OtherAccount"),
        ("cluster_name", "ClusterNameTwice"),
    ]


def test_a_wrong_scope_does_not_hide_other_problems() -> None:
    scope: Any = None

    assert codes(lambda: make_cluster(scope, cluster_name="bad name")) == [
        ("scope", "ArgumentType"),
        ("cluster_name", "ClusterName"),
    ]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        pytest.param(
            {"vpc": "vpc-01234567", "file_systems": [LUSTRE]}, ["vpc"], id="file systems and VPC"
        ),
        pytest.param({"file_systems": "fsx"}, ["file_systems"], id="no file systems"),
        pytest.param({"file_systems": [LUSTRE, "fsx"]}, ["file_systems[1]"], id="one file system"),
        pytest.param({"instance_groups": "gpu"}, ["instance_groups"], id="no groups"),
        pytest.param({"instance_groups": None}, ["instance_groups"], id="None as groups"),
        pytest.param({"instance_groups": ["gpu"]}, ["instance_groups[0]"], id="no group"),
        pytest.param({"lifecycle_scripts": "scripts"}, ["lifecycle_scripts"], id="scripts"),
        pytest.param(
            {"orchestrator": hp.Eks("training"), "instance_groups": [group()]},  # type: ignore[arg-type]
            ["orchestrator.cluster"],
            id="EKS cluster and its VPC",
        ),
        pytest.param({"orchestrator": "slurm"}, ["orchestrator"], id="orchestrator"),
        pytest.param(
            {"orchestrator": hp.Slurm(multi_head="yes")},  # type: ignore[arg-type]
            ["orchestrator.multi_head"],
            id="multi-head",
        ),
        pytest.param(
            {"lifecycle_scripts": hp.LifecycleScripts(on_create="a.sh", bucket="scripts")},  # type: ignore[arg-type]
            ["lifecycle_scripts.bucket"],
            id="bucket of scripts",
        ),
        pytest.param(
            {"lifecycle_scripts": hp.LifecycleScripts(on_create="a.sh", folder="scripts")},  # type: ignore[arg-type]
            ["lifecycle_scripts.folder"],
            id="folder of scripts",
        ),
        pytest.param(
            {"lifecycle_scripts": replace(hp.LifecycleScripts.default(), prefix=5)},  # type: ignore[arg-type]
            ["lifecycle_scripts.prefix"],
            id="prefix of scripts",
        ),
        pytest.param(
            {"lifecycle_scripts": folder_without_path()},
            ["scripts.path"],
            id="path of a folder",
        ),
        pytest.param(
            {"file_systems": [replace(LUSTRE, security_groups=["sg-1"])]},  # type: ignore[list-item]
            ["file_systems[0].security_groups[0]"],
            id="security group of a file system",
        ),
        pytest.param(
            {"file_systems": [replace(LUSTRE, security_group_ids=None)]},  # type: ignore[arg-type]
            ["file_systems[0].security_group_ids"],
            id="IDs of security groups of a file system",
        ),
        pytest.param(
            {"instance_groups": [controller(), worker(volumes=TOKEN_LIST)]},
            ["instance_groups[1].volumes[0]"],
            id="token as volumes",
        ),
        pytest.param(
            {"lifecycle_scripts": scripts_of_user(TOKEN_LIST)},
            ["lifecycle_scripts.users.users[0].uid"],
            id="token as ID of a user",
        ),
        pytest.param(
            {"execution_role": 5, "source_account_condition": 1},
            ["execution_role", "source_account_condition"],
            id="role",
        ),
        pytest.param({"cluster_name": ["a"]}, ["cluster_name"], id="name"),
        pytest.param(
            {"instance_groups": [controller(), worker(capacity="spot")]},
            ["instance_groups[1].capacity"],
            id="capacity",
        ),
        pytest.param(
            {"instance_groups": [controller(), worker(volumes="a")]},
            ["instance_groups[1].volumes"],
            id="volumes",
        ),
        pytest.param(
            {"instance_groups": [controller(), worker(volumes=[None])]},
            ["instance_groups[1].volumes[0]"],
            id="volume",
        ),
        pytest.param(
            {"instance_groups": [controller(), worker(subnets=["subnet-1"])]},
            ["instance_groups[1].subnets[0]"],
            id="subnet of a group",
        ),
    ],
)
def test_what_depends_on_a_wrong_argument_is_not_judged(
    stack: cdk.Stack, arguments: dict[str, Any], paths: list[str]
) -> None:
    assert [path for path, _ in codes_of(stack, **arguments)] == paths


def test_a_selection_is_judged_with_the_groups(stack: cdk.Stack) -> None:
    selection: Any = "private"

    assert codes_of(
        stack,
        vpc=make_vpc(stack),
        vpc_subnets=selection,
        instance_groups=[controller(), worker(count=-1)],
    ) == [("vpc_subnets", "ArgumentType"), ("instance_groups[1].count", "InstanceCount")]


def test_an_added_group_is_judged_with_what_is_around_it(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    foreign = iam.Role.from_role_arn(stack, "Foreign", ROLE_ARN)
    added = worker("more", count=-1, execution_role=foreign)

    assert codes(lambda: cluster.add_instance_group(added)) == [
        ("instance_groups[2].count", "InstanceCount"),
        ("instance_groups[2].execution_role", "OtherAccount"),
    ]


def test_an_added_group_keeps_the_warnings_of_what_is_around_the_cluster(
    stack: cdk.Stack,
) -> None:
    root: Any = stack.node.root
    environment = cdk.Environment(account="111122223333", region="eu-west-1")
    bucket = s3.Bucket(cdk.Stack(root, "Other", env=environment), "Bucket", bucket_name="scripts")
    cluster = make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(bucket=bucket))
    cluster.add_instance_group(worker("more"))

    warnings = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("lifecycle_scripts.bucket: 'eu-west-1' is the Region of")
    )
    assert len(warnings) == 1
