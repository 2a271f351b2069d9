"""Slurm by the request: what is rendered, and what is made around it."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters import every_mode
from tests.clusters.stacks import (
    CONTROLLER,
    DNS_NAME,
    HOME_DNS_NAME,
    LOGIN,
    WORKER,
    make_api_driven,
    make_vpc,
)
from tests.clusters.templates import (
    cluster_resource,
    groups_of,
    prefix_of,
    properties,
    upload,
)
from tests.synth import resources_of, template


def test_minimal_api_driven(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    make_api_driven(stack)

    assert template(stack) == snapshot


def test_everything_api_driven(
    stack: cdk.Stack, scripts: Path, snapshot: SnapshotAssertion
) -> None:
    every_mode.api_driven(stack, scripts)

    assert template(stack) == snapshot


def test_everything_continuous(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    every_mode.continuous(stack)

    assert template(stack) == snapshot


def test_no_form_is_written_beside_scripts_of_an_api_driven_cluster(
    stack: cdk.Stack, scripts: Path
) -> None:
    make_api_driven(
        stack,
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, on_init_complete="on_create.sh"),
    )

    assert len(upload(stack)["SourceObjectKeys"]) == 1
    assert "SourceMarkers" not in upload(stack)
    config = groups_of(stack)["gpu"]["LifeCycleConfig"]
    assert config["OnInitComplete"] == "on_create.sh"
    assert "OnCreate" not in config


def test_scripts_in_a_bucket_need_no_upload_without_a_form(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Own", "sagemaker-own")
    make_api_driven(
        stack,
        lifecycle_scripts=hp.LifecycleScripts.from_bucket(
            bucket, "scripts", on_init_complete="extra.sh"
        ),
    )

    assert not resources_of(stack, "Custom::CDKBucketDeployment")
    assert groups_of(stack)["controller"]["LifeCycleConfig"] == {
        "OnInitComplete": "extra.sh",
        "SourceS3Uri": "s3://sagemaker-own/scripts",
    }
    assert "s3:GetObject" in ClusterTemplate.from_stack(stack).role("controller").actions()


def test_the_digest_of_scripts_without_a_form_is_that_of_the_scripts(
    tmp_path: Path, scripts: Path
) -> None:
    def prefix(*workers: hp.InstanceGroup) -> str:
        return prefix_of(
            tmp_path,
            lambda stack: make_api_driven(
                stack,
                instance_groups=[CONTROLLER, *workers],
                lifecycle_scripts=hp.LifecycleScripts.from_asset(
                    scripts, on_init_complete="on_create.sh"
                ),
            ),
        )

    other = hp.InstanceGroup.worker("cpu", instance_type="ml.c5.xlarge", partition="cpu")
    assert prefix(WORKER) == prefix(WORKER, other)


@pytest.mark.parametrize("attribute", ["lifecycle_bucket", "lifecycle_prefix"])
def test_fails_on_what_a_cluster_without_scripts_lacks(stack: cdk.Stack, attribute: str) -> None:
    cluster = make_api_driven(stack)

    with pytest.raises(hp.ValidationError, match=r"lifecycle_scripts: .*\(NoLifecycleScripts\)"):
        getattr(cluster, attribute)


def test_fails_on_the_form_of_a_cluster_without_one(stack: cdk.Stack) -> None:
    cluster = make_api_driven(stack)

    with pytest.raises(hp.ValidationError, match=r"'ApiDrivenSlurm' does .*NoProvisioningParams"):
        _ = cluster.provisioning_params


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"Slurm": {"SlurmConfigStrategy": "Merge"}}),
        (
            {"orchestrator": hp.ApiDrivenSlurm(strategy=hp.SlurmConfigStrategy.MANAGED)},
            {"Slurm": {"SlurmConfigStrategy": "Managed"}},
        ),
        ({"node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS}, {"Slurm": {}}),
    ],
)
def test_the_strategy_is_written_unless_provisioning_is_continuous(
    stack: cdk.Stack, settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    make_api_driven(stack, **settings)

    assert properties(stack)["Orchestrator"] == expected


def test_every_group_says_what_it_is_in_slurm(stack: cdk.Stack) -> None:
    make_api_driven(
        stack,
        instance_groups=[CONTROLLER, LOGIN, WORKER],
    )

    assert {name: group["SlurmConfig"] for name, group in groups_of(stack).items()} == {
        "controller": {"NodeType": "Controller"},
        "login": {"NodeType": "Login"},
        "gpu": {"NodeType": "Compute", "PartitionNames": ["gpu"]},
    }


def test_the_form_stays_where_the_topology_was(stack: cdk.Stack) -> None:
    make_api_driven(stack, orchestrator=hp.Slurm())

    assert "Orchestrator" not in properties(stack)
    assert not [group for group in groups_of(stack).values() if "SlurmConfig" in group]


def test_file_systems_of_the_cluster_are_mounted_by_every_group(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    lustre = hp.FileSystem.lustre(
        dns_name=DNS_NAME,
        mount_name="abcdefgh",
        mount_path="/scratch",
        security_groups=[ec2.SecurityGroup(stack, "Fsx", vpc=vpc)],
    )
    home = hp.FileSystem.openzfs(
        dns_name=HOME_DNS_NAME,
        security_groups=[ec2.SecurityGroup(stack, "Home", vpc=vpc)],
    )
    mounts: Any = [home]
    cluster = make_api_driven(stack, vpc=vpc, file_systems=[lustre])
    cluster.add_instance_group(
        hp.InstanceGroup.worker(
            "cpu", instance_type="ml.c5.xlarge", partition="cpu", file_systems=mounts
        )
    )

    configs = {
        name: [
            next(iter(config.values()))["MountPath"]
            for config in group["InstanceStorageConfigs"]
            if "EbsVolumeConfig" not in config
        ]
        for name, group in groups_of(stack).items()
    }
    assert configs == {
        "controller": ["/scratch"],
        "gpu": ["/scratch"],
        "cpu": ["/scratch", "/home"],
    }
    opened = [
        rule["Properties"]["FromPort"]
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if "FromPort" in rule["Properties"]
    ]
    assert sorted(opened) == [111, 988, 1018, 2049, 20001]


def test_the_controller_reads_the_secret_and_all_nodes_reach_the_database(
    stack: cdk.Stack,
) -> None:
    every_mode.continuous(stack)

    assert (
        "secretsmanager:GetSecretValue"
        in ClusterTemplate.from_stack(stack).role("controller").actions()
    )
    assert (
        "secretsmanager:GetSecretValue"
        not in ClusterTemplate.from_stack(stack).role("worker").actions()
    )
    (rule,) = (
        rule["Properties"]
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"].get("FromPort") == 3306
    )
    assert rule["SourceSecurityGroupId"] == {
        "Fn::GetAtt": ["ClusterSecurityGroup0921994B", "GroupId"]
    }


def test_continuous_waits_for_the_rule_of_the_database(stack: cdk.Stack) -> None:
    every_mode.continuous(stack)

    waited = cluster_resource(stack)["DependsOn"]
    rules = resources_of(stack, "AWS::EC2::SecurityGroupIngress")
    assert [name for name in waited if rules.get(name, {}).get("Properties", {}).get("FromPort")]


def test_a_group_added_later_opens_the_database_too(stack: cdk.Stack) -> None:
    cluster = every_mode.continuous(stack)
    own = hp.EfaSecurityGroup(stack, "Own", vpc=cluster.vpc)
    cluster.add_instance_group(
        hp.InstanceGroup.worker(
            "cpu", instance_type="ml.c5.xlarge", partition="cpu", security_groups=[own]
        )
    )

    sources = [
        json.dumps(rule["Properties"]["SourceSecurityGroupId"])
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"].get("FromPort") == 3306
    ]
    assert len(sources) == 2
    assert any("Own" in source for source in sources)
    assert groups_of(stack)["cpu"]["SlurmConfig"]["PartitionNames"] == ["cpu"]
