"""Clusters that real users and AWS's own tools describe, built with the library."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

import hyperpod_constructs as hp
from tests.clusters.templates import upload


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def make_vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )


def written_form(stack: cdk.Stack) -> Any:
    markers = [marker for marker in upload(stack)["SourceMarkers"] if marker]
    texts = {text for marker in markers for text in marker.values()}
    (text,) = texts
    return json.loads(text)


def test_the_cluster_of_the_migration_page(stack: cdk.Stack, fixtures: Path) -> None:
    form = read(fixtures, "provisioning_params/aws-docs-migration-legacy.json")
    request = read(fixtures, "cluster_config/aws-docs-migration-api-driven.update-cluster.json")
    types = {
        group["InstanceGroupName"]: {
            "instance_type": group["InstanceType"],
            "count": group["InstanceCount"],
        }
        for group in request["InstanceGroups"]
    }
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name=request["ClusterName"],
        vpc=make_vpc(stack),
        instance_groups=[
            hp.InstanceGroup.controller("controller-machine", **types["controller-machine"]),
            hp.InstanceGroup.login("login-group", **types["login-group"]),
            hp.InstanceGroup.worker(
                "gpu-compute", partition="gpu-training", **types["gpu-compute"]
            ),
            hp.InstanceGroup.worker("cpu-compute", partition="cpu-batch", **types["cpu-compute"]),
        ],
        file_systems=[
            hp.FileSystem.lustre(dns_name=form["fsx_dns_name"], mount_name=form["fsx_mountname"])
        ],
    )

    assert written_form(stack) == form


def test_the_example_of_the_validator_whose_partition_has_dots(
    stack: cdk.Stack, fixtures: Path
) -> None:
    form = read(fixtures, "provisioning_params/validate-config-example.json")
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=make_vpc(stack),
        instance_groups=[
            hp.InstanceGroup.controller("controller-machine", instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker(
                "worker-group-1", instance_type="ml.p5.48xlarge", partition="ml.p5.48xlarge"
            ),
        ],
        file_systems=[
            hp.FileSystem.lustre(dns_name=form["fsx_dns_name"], mount_name=form["fsx_mountname"])
        ],
    )

    assert written_form(stack) == form


def test_several_controllers_and_openzfs(stack: cdk.Stack, fixtures: Path, scripts: Path) -> None:
    form = read(fixtures, "provisioning_params/awsome-multihead-openzfs.rendered.json")
    request = read(fixtures, "cluster_config/awsome-automate-script.create-cluster.json")
    login, controller, worker = (
        {
            "instance_type": group["InstanceType"],
            "count": group["InstanceCount"],
            "threads_per_core": group["ThreadsPerCore"],
        }
        for group in request["InstanceGroups"]
    )
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name=request["ClusterName"],
        vpc=make_vpc(stack),
        orchestrator=hp.Slurm(
            slurm_configurations=hp.SlurmConfigurations(**form["slurm_configurations"])
        ),
        instance_groups=[
            hp.InstanceGroup.login("login-group", **login),
            hp.InstanceGroup.controller("controller-machine", **controller),
            hp.InstanceGroup.worker(
                "worker-group-1",
                partition="ml.p5.48xlarge",
                capacity=hp.Capacity.training_plan(request["InstanceGroups"][2]["TrainingPlanArn"]),
                **worker,
            ),
        ],
        file_systems=[
            hp.FileSystem.lustre(dns_name=form["fsx_dns_name"], mount_name=form["fsx_mountname"]),
            hp.FileSystem.openzfs(dns_name=form["fsx_openzfs_dns_name"]),
        ],
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts),
    )

    assert written_form(stack) == form


@pytest.mark.parametrize(
    "name",
    [
        "aws-docs-migration-legacy.json",
        "awsome-multihead-openzfs.rendered.json",
        "awsome-readme.json",
        "validate-config-example.json",
    ],
)
def test_real_forms_come_back_as_they_were(fixtures: Path, name: str) -> None:
    text = (fixtures / "provisioning_params" / name).read_text()

    form = hp.ProvisioningParams.from_json(text)

    assert form.to_dict() == json.loads(text)
    assert form.extra == {}


def test_refuses_a_form_that_names_a_login_group_the_cluster_lacks(fixtures: Path) -> None:
    form = (fixtures / "provisioning_params/awsome-readme.json").read_text()
    groups = read(fixtures, "cluster_config/awsome-readme.instance-groups.json")
    model = hp.ClusterModel(
        instance_groups=[
            hp.InstanceGroup(
                group["InstanceGroupName"],
                instance_type=group["InstanceType"],
                count=group["InstanceCount"],
                threads_per_core=group["ThreadsPerCore"],
                life_cycle_config=hp.LifeCycleConfig.on_creation(
                    group["LifeCycleConfig"]["OnCreate"], source_s3_uri="s3://sagemaker-scripts/a"
                ),
            )
            for group in groups
        ],
        provisioning_params=hp.ProvisioningParams.from_json(form),
    )

    with pytest.raises(hp.ValidationError) as caught:
        model.check()

    (problem,) = caught.value.problems
    assert problem.code == "FormGroupUnknown"
    assert str(problem).startswith(
        "provisioning_params.login_group: 'my-login-group' is not an instance group of the cluster"
    )
    assert "The instance group names provided by the request do not match" in str(problem)


def test_refuses_a_form_in_which_the_login_group_runs_jobs(fixtures: Path) -> None:
    form = (fixtures / "provisioning_params/tf-slurm-generated.rendered.json").read_text()

    with pytest.raises(hp.ValidationError) as caught:
        hp.ProvisioningParams.from_json(form)

    (problem,) = caught.value.problems
    assert problem.code == "FormGroupRoles"
    assert problem.value == "login-nodes"
    assert "'login-nodes' is specified in login_group and worker_groups[0]" in str(problem)


def test_refuses_a_form_without_a_group_of_the_cluster(fixtures: Path) -> None:
    form = (fixtures / "provisioning_params/validate-config-example.json").read_text()
    model = hp.ClusterModel(
        instance_groups=[
            hp.InstanceGroup("controller-machine", instance_type="ml.m5.xlarge"),
            hp.InstanceGroup("worker-group-1", instance_type="ml.p5.48xlarge"),
            hp.InstanceGroup("worker-group-2", instance_type="ml.p5.48xlarge"),
        ],
        provisioning_params=hp.ProvisioningParams.from_json(form),
    )

    with pytest.raises(hp.ValidationError, match=r"'worker-group-2' .*\(FormGroupMissing\)"):
        model.check()
