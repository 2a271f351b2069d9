"""What a new user writes by mistake, and what the cluster says."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import constructs
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx

import hyperpod_constructs as hp
from tests.clusters.refusals import said, said_of
from tests.clusters.stacks import GROUPS, make_cluster, make_vpc
from tests.clusters.values import controller, group, worker
from tests.synth import CONTEXT, make_stack

CHECK: Any = hp.DeepHealthCheck.INSTANCE_STRESS


def updated_every(interval: cdk.Duration) -> hp.InstanceGroup:
    return worker(
        auto_patch=hp.AutoPatch(
            patching_strategy=hp.PatchingStrategy.WHEN_IDLE,
            rolling_update=hp.RollingUpdate(wait_interval=interval),
        )
    )


@pytest.mark.parametrize(
    ("group", "text"),
    [
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Size.mebibytes(500))]),
            "volumes[0].size: 500 MiB must be a whole number of GiB",
        ),
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Size.tebibytes(50))]),
            "volumes[0].size: 50 TiB must be between 1 and 16384 GB",
        ),
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Size.gibibytes(500), root_volume=True)]),
            "volumes[0].size: 500 GiB cannot be specified for a root volume",
        ),
        (
            worker(volumes=[hp.EbsVolume(size=cdk.Duration.hours(5))]),  # type: ignore[arg-type]
            "volumes[0].size: 5 hours is of type Duration; pass a cdk.Size",
        ),
        (
            updated_every(cdk.Duration.hours(5)),
            "auto_patch.rolling_update.wait_interval: 5 hours must be a whole number of seconds",
        ),
        (
            updated_every(cdk.Duration.millis(500)),
            "auto_patch.rolling_update.wait_interval: 500 millis must be a whole number of seconds",
        ),
        (
            updated_every(cdk.Size.gibibytes(5)),  # type: ignore[arg-type]
            "auto_patch.rolling_update.wait_interval: 5 GiB is of type Size; pass a cdk.Duration",
        ),
    ],
)
def test_amounts_have_their_unit(stack: cdk.Stack, group: hp.InstanceGroup, text: str) -> None:
    first, *_ = said_of(stack, instance_groups=[controller(), group])

    assert first.startswith(f"instance_groups[1].{text}")


def test_one_group_in_place_of_a_list(stack: cdk.Stack) -> None:
    (text,) = said_of(stack, instance_groups=controller())

    assert text.startswith("instance_groups: InstanceGroup(name='controller', ")
    assert text.endswith("... is of type InstanceGroup; pass a list (ArgumentType)")
    assert len(text) < 200


def test_something_else_in_the_list_of_groups(stack: cdk.Stack) -> None:
    assert said_of(stack, instance_groups=[controller(), 5]) == [
        "instance_groups[1]: 5 is of type int; pass an InstanceGroup (ArgumentType)"
    ]


SELECTIONS: list[tuple[ec2.SubnetSelection, str]] = [
    (
        ec2.SubnetSelection(subnet_group_name="Nodez"),
        ".subnet_group_name: 'Nodez' selects no subnet of the VPC; use one of 'Public', 'Private'",
    ),
    (
        ec2.SubnetSelection(availability_zones=["us-west-2z"]),
        ".availability_zones: ['us-west-2z'] selects no subnet of the VPC; use one of "
        "'us-west-2a', 'us-west-2b'",
    ),
    (
        ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        ".subnet_type: SubnetType.PRIVATE_ISOLATED selects no subnet of the VPC; use one of "
        "SubnetType.PUBLIC, SubnetType.PRIVATE_WITH_EGRESS",
    ),
    (
        ec2.SubnetSelection(subnets=[]),
        ".subnets: [] selects no subnet of the VPC; verify the selection against the subnets of "
        "the VPC",
    ),
    (
        ec2.SubnetSelection(subnet_group_name="Public", subnet_type=ec2.SubnetType.PUBLIC),
        ".subnet_type: SubnetType.PUBLIC cannot be specified together with subnet_group_name; omit "
        "one of them",
    ),
]


@pytest.mark.parametrize(("selection", "text"), SELECTIONS)
def test_a_selection_without_subnets(
    stack: cdk.Stack, selection: ec2.SubnetSelection, text: str
) -> None:
    vpc = make_vpc(stack)

    assert said_of(stack, vpc=vpc, vpc_subnets=selection) == [f"vpc_subnets{text} (NoSubnets)"]
    orchestrator = hp.Slurm(multi_head=hp.MultiHead(database_subnets=selection))
    assert f"orchestrator.multi_head.database_subnets{text} (NoSubnets)" in said_of(
        stack, vpc=vpc, orchestrator=orchestrator
    )


def make_file_system(stack: cdk.Stack) -> fsx.LustreFileSystem:
    vpc = make_vpc(stack)
    return fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=vpc,
        vpc_subnet=vpc.private_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
    )


def test_a_file_system_of_cdk_must_be_wrapped(stack: cdk.Stack) -> None:
    lustre = make_file_system(stack)
    openzfs = fsx.CfnFileSystem(stack, "Home", file_system_type="OPENZFS", subnet_ids=["subnet-0"])
    group: Any = worker(file_systems=[openzfs])

    assert said_of(stack, file_systems=[lustre], instance_groups=[controller(), group]) == [
        "file_systems[0]: <LustreFileSystem Stack/Scratch> is of type LustreFileSystem; wrap it: "
        "hp.FileSystem.lustre(...) (ArgumentType)",
        "instance_groups[1].file_systems[0]: <CfnFileSystem Stack/Home> is of type CfnFileSystem; "
        "wrap it: hp.FileSystem.openzfs(...) (ArgumentType)",
    ]


def test_the_name_of_a_new_file_system_is_no_token(stack: cdk.Stack) -> None:
    file_system = hp.FileSystem.lustre(make_file_system(stack))

    (text,) = said_of(stack, file_systems=[file_system])

    assert text.startswith("file_systems: ['file_systems[0]'] require a VPC;")


def test_an_empty_name_of_the_cluster(stack: cdk.Stack) -> None:
    assert said_of(stack, cluster_name="") == [
        "cluster_name: '' must be 1 to 63 letters, digits and inner hyphens; omit cluster_name "
        "(ClusterName)"
    ]


def make_role(scope: Any, id: Any) -> object:
    return hp.ExecutionRole(scope, id)


def make_network(scope: Any, id: Any) -> object:
    return hp.ClusterNetwork(scope, id)


def make_hyperpod_cluster(scope: Any, id: Any) -> object:
    return hp.HyperPodCluster(scope, id, instance_groups=GROUPS)


def make_security_group(scope: Any, id: Any) -> object:
    vpc = make_vpc(make_stack(cdk.App(context=CONTEXT), "Other"))
    return hp.EfaSecurityGroup(scope, id, vpc=vpc)


def import_cluster(scope: Any, id: Any) -> object:
    arn = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
    return hp.HyperPodCluster.from_cluster_arn(scope, id, arn)


@pytest.mark.parametrize(
    "make",
    [make_role, make_network, make_hyperpod_cluster, make_security_group, import_cluster],
)
def test_scope_and_id(stack: cdk.Stack, make: Callable[[Any, Any], object]) -> None:
    constructs.Construct(stack, "Taken")
    needed = "pass a stack, or a construct in a stack (ArgumentType)"

    assert said(lambda: make(None, "A")) == [f"scope: is None; {needed}"]
    assert said(lambda: make("Stack", "A")) == [f"scope: 'Stack' is of type str; {needed}"]
    assert said(lambda: make(cdk.App(), "A")) == [f"scope: <App> is of type App; {needed}"]
    assert said(lambda: make(None, 5)) == [
        f"scope: is None; {needed}",
        "id: 5 is of type int; pass a string such as 'Cluster' (ArgumentType)",
    ]
    assert said(lambda: make(stack, "")) == [
        "id: '' must be a text known at synthesis; use an ID such as 'Cluster' (ConstructId)"
    ]
    assert said(lambda: make(stack, cdk.Aws.REGION)) == [
        "id: '<AWS.Region>' must be a text known at synthesis; use an ID such as 'Cluster' "
        "(ConstructId)"
    ]
    assert said(lambda: make(stack, "Taken")) == [
        "id: 'Taken' is already the ID of a construct in Stack; use another (ConstructId)"
    ]


def test_the_scope_is_one_problem_of_several() -> None:
    def make() -> object:
        return hp.HyperPodCluster(None, "A", instance_groups=None)  # type: ignore[arg-type]

    assert [text.partition(":")[0] for text in said(make)] == ["scope", "instance_groups"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"cluster_name": ""},
            "cluster_name: '' must be 1 to 63 letters, digits and inner hyphens; omit",
        ),
        ({"cluster_name": 5}, "cluster_name: 5 is of type int; pass a string"),
        ({"lifecycle_prefix": "s3://b/pre"}, "lifecycle_prefix: 's3://b/pre' must be a path"),
        ({"source_account_condition": "yes"}, "source_account_condition: 'yes' is of type str"),
        ({"slurm_configurations": {}}, "slurm_configurations: {} is of type dict"),
        (
            {"vpc_owner_account": "a b"},
            "vpc_owner_account: 'a b' must be the ID of an account, 12 digits; use a value such as",
        ),
        ({"description": 5}, "description: 5 is of type int; pass a string"),
    ],
)
def test_arguments_of_the_role(stack: cdk.Stack, arguments: dict[str, Any], text: str) -> None:
    (said_text,) = said(lambda: hp.ExecutionRole(stack, "Role", **arguments))

    assert said_text.startswith(text)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"lifecycle_scripts": hp.LifecycleScripts(on_create="x.sh")},
            "lifecycle_scripts: 'x.sh' is not in a folder or bucket; use LifecycleScripts.default",
        ),
        (
            {"instance_groups": [controller(), worker(labels=["a"])]},
            "instance_groups[1].labels: ['a'] is of type list; pass a dict of strings",
        ),
        (
            {"instance_groups": [controller(), worker(deep_health_checks=CHECK)]},
            "instance_groups[1].deep_health_checks: DeepHealthCheck.INSTANCE_STRESS is of type",
        ),
        (
            {"instance_groups": [controller(), hp.InstanceGroup("gpu", node_type="Worker")]},  # type: ignore[arg-type]
            "instance_groups[1].node_type: 'Worker' is not a valid node type; use one of "
            "'controller', 'login', 'worker'; did you mean 'worker'?",
        ),
    ],
)
def test_other_slips(stack: cdk.Stack, arguments: dict[str, Any], text: str) -> None:
    assert any(each.startswith(text) for each in said_of(stack, **arguments))


def test_a_cluster_of_another_service_is_no_eks_cluster(stack: cdk.Stack) -> None:
    cluster: Any = make_cluster(stack)

    def make() -> object:
        return make_cluster(
            stack, "Second", orchestrator=hp.Eks(cluster), instance_groups=[group()]
        )

    assert said(make) == [
        "orchestrator.cluster: <HyperPodCluster Stack/Cluster> is of type HyperPodCluster; pass an "
        "EKS cluster, such as eks.Cluster.from_cluster_attributes(...) (ArgumentType)"
    ]


def test_the_name_of_a_group_and_the_id_of_an_instance(stack: cdk.Stack) -> None:
    cluster: Any = make_cluster(stack)

    assert said(lambda: cluster.ssm_target("i-0123456789abcdef0", None)) == [
        "instance_group_name: 'i-0123456789abcdef0' is the ID of an instance; pass the name of the "
        "instance group first, then the ID (InstanceGroupName)",
        "instance_id: is None; pass a string such as 'i-0123456789abcdef0' (ArgumentType)",
    ]
    assert said(lambda: cluster.ssm_target("gpu", "")) == [
        "instance_id: '' must be the ID of an instance; use a value such as 'i-0123456789abcdef0' "
        "(InstanceId)"
    ]
