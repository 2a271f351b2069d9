"""Values that CDK accepts and the deployment, or the nodes, do not."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

import hyperpod_constructs as hp
from hyperpod_constructs.model.groups.instance_types import instance_types
from tests.clusters.refusals import said, said_of
from tests.clusters.stacks import DNS_NAME, GROUPS, make_cluster
from tests.clusters.values import controller, worker
from tests.synth import make_stack


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (
            {"key_spec": kms.KeySpec.RSA_2048, "key_usage": kms.KeyUsage.SIGN_VERIFY},
            "'RSA_2048' is the key_spec of the key, and EBS volumes require SYMMETRIC_DEFAULT",
        ),
        (
            {"key_spec": kms.KeySpec.HMAC_256, "key_usage": kms.KeyUsage.GENERATE_VERIFY_MAC},
            "'HMAC_256' is the key_spec of the key, and EBS volumes require SYMMETRIC_DEFAULT",
        ),
        ({"enabled": False}, "<Key Stack/Key> is disabled, and cannot encrypt volumes; omit"),
    ],
)
def test_keys_that_cannot_encrypt_volumes(
    stack: cdk.Stack, settings: dict[str, Any], text: str
) -> None:
    key = kms.Key(stack, "Key", **settings)
    other = worker("other", volumes=[hp.EbsVolume.root(kms_key=key)])
    group = worker(volumes=[hp.EbsVolume.root(kms_key=key)])

    first, second = said_of(stack, instance_groups=[controller(), group, other])

    assert first.startswith(f"instance_groups[1].volumes[0].kms_key: {text}")
    assert second.startswith("instance_groups[2].volumes[0].kms_key: ")
    cluster = make_cluster(stack)
    assert said(lambda: cluster.add_instance_group(other)) == [second]


def test_keys_that_encrypt_volumes(stack: cdk.Stack) -> None:
    keys = [
        kms.Key(stack, "Key", key_spec=kms.KeySpec.SYMMETRIC_DEFAULT, enabled=True),
        kms.Key.from_key_arn(stack, "Other", "arn:aws:kms:us-west-2:111122223333:key/a"),
    ]
    groups = [
        worker(f"gpu{number}", volumes=[hp.EbsVolume.root(kms_key=key)])
        for number, key in enumerate(keys)
    ]

    make_cluster(stack, instance_groups=[controller(), *groups])


@pytest.mark.parametrize(
    "file_system",
    [
        hp.FileSystem.lustre(dns_name=DNS_NAME.replace(".fsx.", ".efs."), mount_name="a"),
        hp.FileSystem.openzfs(dns_name=DNS_NAME.replace(".fsx.", ".efs.")),
    ],
)
def test_file_systems_of_efs(stack: cdk.Stack, file_system: hp.FileSystem) -> None:
    texts = said_of(stack, file_systems=[file_system])

    assert any(
        "dns_name" in text and "is a file system of EFS, and nodes mount those of FSx" in text
        for text in texts
    )


def test_targets_that_do_not_exist(stack: cdk.Stack) -> None:
    cluster: Any = make_cluster(stack)

    assert said(lambda: cluster.ssm_target("nope", "ip-10-0-0-1")) == [
        "instance_group_name: 'nope' is not an instance group of the cluster; use one of "
        "'controller', 'gpu', or add the group first (InstanceGroupName)",
        "instance_id: 'ip-10-0-0-1' must be the ID of an instance; use a value such as "
        "'i-0123456789abcdef0' (InstanceId)",
    ]
    cluster.add_instance_group(worker("nope"))
    assert cluster.ssm_target("nope", "<instance-id>").endswith("_nope-<instance-id>")
    assert cluster.ssm_target("gpu", cdk.Aws.REGION)


def test_names_that_cdk_generates(stack: cdk.Stack) -> None:
    name = cdk.PhysicalName.GENERATE_IF_NEEDED
    arn = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
    text = (
        "'PhysicalName.GENERATE_IF_NEEDED' is not supported for clusters and instance groups; "
        "pass a name (GeneratedName)"
    )

    assert said_of(stack, cluster_name=name, instance_groups=[controller(), worker(name)]) == [
        f"cluster_name: {text}",
        f"instance_groups[1].name: {text}",
    ]
    assert said(lambda: hp.ExecutionRole(stack, "Role", cluster_name=name)) == [
        f"cluster_name: {text}"
    ]
    assert said(
        lambda: hp.HyperPodCluster.from_cluster_attributes(
            stack, "Imported", cluster_arn=arn, cluster_name=name
        )
    ) == [f"cluster_name: {text}"]


@pytest.mark.parametrize("description", ["x" * 1001, "роль"])
def test_descriptions_of_roles(stack: cdk.Stack, description: str) -> None:
    (text,) = said(lambda: hp.ExecutionRole(stack, "Role", description=description))

    assert "must be at most 1000 characters of Latin-1" in text
    hp.ExecutionRole(stack, "Role", description="x" * 1000)


CLASSES = [hp.InstanceGroup, hp.ClusterNetwork, hp.MetricsExporters, hp.IHyperPodCluster]


@pytest.mark.parametrize("kind", CLASSES)
def test_classes_in_place_of_objects(stack: cdk.Stack, kind: Any) -> None:
    group: Any = worker(volumes=[hp.EbsVolume])

    texts = said_of(
        stack, instance_groups=[kind, *GROUPS, group], restricted_instance_groups=[kind]
    )

    assert [text.partition(";")[0] for text in texts if " class," in text] == [
        f"instance_groups[0]: {kind!r} is a class, not an object",
        f"restricted_instance_groups[0]: {kind!r} is a class, not an object",
        f"instance_groups[3].volumes[0]: {hp.EbsVolume!r} is a class, not an object",
    ]


def test_a_class_in_place_of_a_rolling_update(stack: cdk.Stack) -> None:
    update: Any = hp.RollingUpdate
    patch = hp.AutoPatch(patching_strategy=hp.PatchingStrategy.WHEN_IDLE, rolling_update=update)

    (text,) = said_of(stack, instance_groups=[controller(), worker(auto_patch=patch)])

    assert text.startswith("instance_groups[1].auto_patch.rolling_update: <class")


def test_a_set_in_place_of_a_list(stack: cdk.Stack) -> None:
    groups: Any = {controller(), worker()}

    (text,) = said_of(stack, instance_groups=groups)

    assert text.endswith("is of type set; pass a list (ArgumentType)")


def test_a_reference_in_place_of_an_object(stack: cdk.Stack) -> None:
    group = worker(volumes=[hp.EbsVolume.root(kms_key=hp.KeyReference("alias/x"))])

    (text,) = said_of(stack, instance_groups=[controller(), group])

    assert text == (
        "instance_groups[1].volumes[0].kms_key: KeyReference(key_arn='alias/x') represents a "
        "resource in a ClusterModel, and constructs require the CDK object; pass a key, such as "
        "kms.Key.from_key_arn(...) (ArgumentType)"
    )


@pytest.mark.parametrize("argument", ["node_recovery", "orchestrator", "security_groups"])
def test_none_in_place_of_a_value(stack: cdk.Stack, argument: str) -> None:
    (text,) = said_of(stack, **{argument: None})

    assert text.startswith(f"{argument}: is None; pass ")


@pytest.mark.parametrize(
    ("argument", "fix"),
    [
        ("tags", "use cdk.Tags.of(construct).add('key', 'value') for the tags of a construct"),
        ("subnets", "use vpc_subnets=..."),
        ("security_group_ids", "use security_groups=..."),
    ],
)
def test_arguments_of_the_model(argument: str, fix: str) -> None:
    stack = make_stack(cdk.App(), "Stack")

    (text,) = said_of(stack, **{argument: []})

    assert text.endswith(f"is not an argument; {fix} (UnknownArgument)")


def test_the_suggestion_of_an_instance_type_is_one(stack: cdk.Stack) -> None:
    """Its p is Cyrillic."""
    (text,) = said_of(
        stack, instance_groups=[controller(), worker(instance_type="ml.\u0440\u0035.48xlarge")]
    )

    suggested = text.partition("; use '")[2].partition("'")[0]
    assert suggested in instance_types()
