"""What a change of a template does to a cluster."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate, ClusterUpdate
from tests.clusters.neighbours import GOOD
from tests.clusters.stacks import CONTROLLER, WORKER, make_cluster
from tests.synth import CONTEXT, make_stack

CLUSTER: dict[str, Any] = GOOD["Cluster"]["Properties"]
GROUP: dict[str, Any] = CLUSTER["InstanceGroups"][0]
OTHER = hp.InstanceGroup.worker("other", instance_type="ml.c5.xlarge", count=1, partition="cpu")


def update_to(group: dict[str, Any] | None = None, **properties: Any) -> ClusterUpdate:
    """The update of a cluster to other properties, and its group to others."""
    after = deepcopy(CLUSTER) | properties
    if group is not None:
        after["InstanceGroups"] = [deepcopy(GROUP) | group]
    return ClusterUpdate(of(CLUSTER), of(after))


def of(properties: dict[str, Any]) -> ClusterTemplate:
    cluster = {"Type": "AWS::SageMaker::Cluster", "Properties": properties}
    return ClusterTemplate.from_json({"Resources": {"Cluster": cluster}})


@pytest.mark.parametrize(
    "group",
    [
        {"InstanceCount": 8},
        {"LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-b/new", "OnCreate": "on_create.sh"}},
        {"KubernetesConfig": {"Labels": {"a": "b"}}},
        {"InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeSizeInGB": 1}}]},
        {
            "InstanceStorageConfigs": [
                {"EbsVolumeConfig": {"VolumeSizeInGB": size}} for size in (1, 2)
            ]
        },
    ],
)
def test_changes_in_place(group: dict[str, Any]) -> None:
    update = update_to(group)

    update.assert_replaces_nothing()
    assert update.changed_groups == {"gpu"}


@pytest.mark.parametrize(
    ("group", "property_"),
    [
        ({"InstanceType": "ml.g5.8xlarge"}, "InstanceType"),
        ({"ExecutionRole": "arn:aws:iam::111122223333:role/other"}, "ExecutionRole"),
        ({"ThreadsPerCore": 1}, "ThreadsPerCore"),
        ({"CapacityRequirements": {"Spot": {}}}, "CapacityRequirements"),
        ({"OverrideVpcConfig": {"SecurityGroupIds": ["a"], "Subnets": ["b"]}}, "OverrideVpcConfig"),
        (
            {"InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeKmsKeyId": "key"}}]},
            "InstanceStorageConfigs.EbsVolumeConfig.VolumeKmsKeyId",
        ),
    ],
)
def test_changes_that_need_another_group(group: dict[str, Any], property_: str) -> None:
    update = update_to(group)

    assert update.replaced_groups == {"gpu": {property_}}
    update.assert_replaces_groups("gpu")
    with pytest.raises(
        AssertionError,
        match=rf"^{property_}.* of group 'gpu' cannot be changed from .* to .*: HyperPod rejects the "
        "update; add another group$",
    ):
        update.assert_replaces_nothing()


def test_another_name_is_another_group() -> None:
    update = update_to({"InstanceGroupName": "h100"})

    assert update.removed_groups == {"gpu"}
    assert update.added_groups == {"h100"}
    update.assert_replaces_groups("gpu")
    with pytest.raises(AssertionError, match="group 'gpu' is removed, and its nodes are deleted"):
        update.assert_replaces_nothing()


@pytest.mark.parametrize(
    ("properties", "property_"),
    [
        ({"ClusterName": "other"}, "ClusterName"),
        ({"VpcConfig": CLUSTER["VpcConfig"] | {"Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"Orchestrator": {"Eks": {"ClusterArn": "other"}}}, "Orchestrator.Eks.ClusterArn"),
    ],
)
def test_changes_that_replace_the_cluster(properties: dict[str, Any], property_: str) -> None:
    update = update_to(**properties)

    assert update.replaced_for == {property_}
    with pytest.raises(AssertionError, match=f"changing {property_}.* replaces the cluster"):
        update.assert_replaces_nothing()


def test_another_logical_id_replaces_the_cluster() -> None:
    resource = {"Type": "AWS::SageMaker::Cluster", "Properties": CLUSTER}
    after = ClusterTemplate.from_json({"Resources": {"Other": resource}})

    with pytest.raises(AssertionError, match='changing logical ID from "Cluster" to "Other" repl'):
        ClusterUpdate(of(CLUSTER), after).assert_replaces_nothing()


def test_a_group_that_was_to_be_replaced() -> None:
    with pytest.raises(AssertionError, match=r"groups \['gpu'\] are neither replaced"):
        update_to({"InstanceCount": 8}).assert_replaces_groups("gpu")


def test_what_cannot_be_changed_back() -> None:
    update = update_to(NodeProvisioningMode="Continuous")

    update.assert_replaces_nothing()
    assert update.cannot_be_changed_back == {"NodeProvisioningMode"}


def test_all_problems_with_their_values() -> None:
    update = update_to(
        {"InstanceType": "ml.g5.8xlarge", "ThreadsPerCore": 1},
        VpcConfig=CLUSTER["VpcConfig"] | {"Subnets": [{"Ref": "Other"}]},
        ClusterName="training",
    )

    with pytest.raises(AssertionError) as raised:
        update.assert_replaces_nothing()

    before = GROUP["InstanceType"]
    assert 'changing ClusterName from no value to "training" replaces the cluster; ' in str(
        raised.value
    )
    assert "changing VpcConfig.Subnets from [" in str(raised.value)
    assert '] to [{"Ref": "Other"}] replaces the cluster; ' in str(raised.value)
    assert f'InstanceType of group \'gpu\' cannot be changed from "{before}" to "ml.g5.8xl' in str(
        raised.value
    )
    assert "ThreadsPerCore of group 'gpu' cannot be changed from no value to 1: " in str(
        raised.value
    )


def test_long_values_are_shortened() -> None:
    with pytest.raises(AssertionError) as raised:
        update_to(ClusterName="a" * 5000).assert_replaces_nothing()

    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("subnet", ["p-12345", "s-67890"])
def test_placeholders_of_lookups_are_named(subnet: str) -> None:
    update = update_to(VpcConfig=CLUSTER["VpcConfig"] | {"Subnets": [subnet]})

    with pytest.raises(
        AssertionError,
        match=rf'\("{subnet}" is a placeholder of a lookup, since the app does not have the context',
    ):
        update.assert_replaces_nothing()


def test_a_lookup_without_its_context(tmp_path: Path) -> None:
    flags = {"@aws-cdk/core:validateAgainstDefaultRules": False}
    stack = make_stack(cdk.App(context=CONTEXT | flags, outdir=str(tmp_path)), "Stack")
    make_cluster(stack, vpc=ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0123456789abcdef0"))
    template = ClusterTemplate.from_stack(stack)

    with pytest.raises(AssertionError, match="is a placeholder of a lookup"):
        ClusterUpdate(of(CLUSTER), template).assert_replaces_nothing()


def cluster_with(
    orchestrator: hp.Slurm | hp.ApiDrivenSlurm, *groups: hp.InstanceGroup
) -> ClusterTemplate:
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    make_cluster(stack, orchestrator=orchestrator, instance_groups=groups)
    return ClusterTemplate.from_stack(stack)


def test_from_the_form_to_the_request() -> None:
    before = cluster_with(hp.Slurm(), CONTROLLER, WORKER)
    after = cluster_with(hp.ApiDrivenSlurm(), CONTROLLER, WORKER)
    update = ClusterUpdate(before, after)

    update.assert_replaces_nothing()
    assert update.changed_groups == {CONTROLLER.name, WORKER.name}
    assert ClusterUpdate(after, before).replaced_groups[WORKER.name] == {"SlurmConfig.NodeType"}


def test_another_node_type_than_that_of_the_form() -> None:
    login = hp.InstanceGroup.login(WORKER.name, instance_type="ml.g5.8xlarge")
    before = cluster_with(hp.Slurm(), CONTROLLER, WORKER)
    update = ClusterUpdate(before, cluster_with(hp.ApiDrivenSlurm(), CONTROLLER, login, OTHER))

    assert update.replaced_groups[WORKER.name] >= {"SlurmConfig.NodeType"}


def test_a_node_type_of_a_form_that_is_unknown() -> None:
    before = {key: value for key, value in CLUSTER.items() if key != "Orchestrator"}
    group = GROUP | {"SlurmConfig": {"NodeType": "Compute", "PartitionNames": ["gpu"]}}
    after = before | {"InstanceGroups": [group], "Orchestrator": {"Slurm": {}}}

    ClusterUpdate(of(before), of(after)).assert_replaces_nothing()


@pytest.mark.parametrize("wrong", ["cdk.out/Training.template.json", {"Resources": {}}, None])
def test_only_templates_are_compared(wrong: Any) -> None:
    fix = r"pass a ClusterTemplate, such as ClusterTemplate.from_stack\(stack\) \(ArgumentType\)"

    with pytest.raises(AssertionError, match=f"^before: .*; {fix}"):
        ClusterUpdate(wrong, of(CLUSTER))
    with pytest.raises(AssertionError, match=f"^after: .*; {fix}"):
        ClusterUpdate(of(CLUSTER), wrong)


def test_its_text_is_short() -> None:
    template = cluster_with(hp.Slurm(), CONTROLLER, WORKER)

    assert len(repr(ClusterUpdate(template, template))) < 600
