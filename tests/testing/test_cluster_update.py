"""What a change of a template does to a cluster."""

from copy import deepcopy
from typing import Any

import pytest

from hyperpod_constructs.testing import ClusterTemplate, ClusterUpdate
from tests.clusters.neighbours import GOOD

CLUSTER: dict[str, Any] = GOOD["Cluster"]["Properties"]
GROUP: dict[str, Any] = CLUSTER["InstanceGroups"][0]


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
    with pytest.raises(AssertionError, match=f"group 'gpu' is replaced for {property_}"):
        update.assert_replaces_nothing()


def test_another_name_is_another_group() -> None:
    update = update_to({"InstanceGroupName": "h100"})

    assert update.removed_groups == {"gpu"}
    assert update.added_groups == {"h100"}
    update.assert_replaces_groups("gpu")
    with pytest.raises(AssertionError, match="group 'gpu' is deleted"):
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
    with pytest.raises(AssertionError, match=f"changing {property_} replaces the cluster"):
        update.assert_replaces_nothing()


def test_another_logical_id_replaces_the_cluster() -> None:
    resource = {"Type": "AWS::SageMaker::Cluster", "Properties": CLUSTER}
    after = ClusterTemplate.from_json({"Resources": {"Other": resource}})

    with pytest.raises(AssertionError, match="changing logical ID replaces the cluster"):
        ClusterUpdate(of(CLUSTER), after).assert_replaces_nothing()


def test_a_group_that_was_to_be_replaced() -> None:
    with pytest.raises(AssertionError, match=r"groups \['gpu'\] are not replaced"):
        update_to({"InstanceCount": 8}).assert_replaces_groups("gpu")


def test_what_cannot_be_changed_back() -> None:
    update = update_to(NodeProvisioningMode="Continuous")

    update.assert_replaces_nothing()
    assert update.cannot_be_changed_back == {"NodeProvisioningMode"}
