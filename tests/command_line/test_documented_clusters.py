"""Clusters of the documentation and of AWS's own tools, built with the library."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

import hyperpod_constructs as hp
from tests.clusters.documented import (
    DOTTED_FORM,
    FORM_TO_MIGRATE,
    FORM_WITH_LOGIN,
    FORMS,
    GENERATED_FORM,
    GROUPS_WITHOUT_LOGIN,
    MIGRATED_REQUEST,
    MULTI_HEAD_FORM,
    MULTI_HEAD_REQUEST,
)
from tests.clusters.templates import upload


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
    texts = {text for marker in markers for text in marker.values() if isinstance(text, str)}
    (text,) = texts
    return json.loads(text)


def lustre(form: dict[str, Any]) -> hp.FileSystem:
    return hp.FileSystem.lustre(dns_name=form["fsx_dns_name"], mount_name=form["fsx_mountname"])


def types_of(request: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        group["InstanceGroupName"]: {
            "instance_type": group["InstanceType"],
            "count": group["InstanceCount"],
            "threads_per_core": group.get("ThreadsPerCore"),
        }
        for group in request["InstanceGroups"]
    }


def test_the_cluster_of_the_migration_page(stack: cdk.Stack) -> None:
    types = types_of(MIGRATED_REQUEST)
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="research",
        vpc=make_vpc(stack),
        instance_groups=[
            hp.InstanceGroup.controller("head", **types["head"]),
            hp.InstanceGroup.login("entry", **types["entry"]),
            hp.InstanceGroup.worker("vision", partition="training", **types["vision"]),
            hp.InstanceGroup.worker("simulation", partition="batch", **types["simulation"]),
        ],
        file_systems=[lustre(FORM_TO_MIGRATE)],
    )

    assert written_form(stack) == FORM_TO_MIGRATE


def test_a_partition_with_dots(stack: cdk.Stack) -> None:
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=make_vpc(stack),
        instance_groups=[
            hp.InstanceGroup.controller("head", instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker(
                "training", instance_type="ml.p5.48xlarge", partition="ml.p5.48xlarge"
            ),
        ],
        file_systems=[lustre(DOTTED_FORM)],
    )

    assert written_form(stack) == DOTTED_FORM


def test_several_controllers_and_openzfs(stack: cdk.Stack, scripts: Path) -> None:
    form = MULTI_HEAD_FORM
    types = types_of(MULTI_HEAD_REQUEST)
    plan = MULTI_HEAD_REQUEST["InstanceGroups"][2]["TrainingPlanArn"]
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="research",
        vpc=make_vpc(stack),
        orchestrator=hp.Slurm(
            slurm_configurations=hp.SlurmConfigurations(**form["slurm_configurations"])
        ),
        instance_groups=[
            hp.InstanceGroup.login("entry", **types["entry"]),
            hp.InstanceGroup.controller("heads", **types["heads"]),
            hp.InstanceGroup.worker(
                "training",
                partition="ml.p5.48xlarge",
                capacity=hp.Capacity.training_plan(plan),
                **types["training"],
            ),
        ],
        file_systems=[
            lustre(form),
            hp.FileSystem.openzfs(dns_name=form["fsx_openzfs_dns_name"]),
        ],
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts),
    )

    assert written_form(stack) == form


@pytest.mark.parametrize("form", FORMS)
def test_forms_come_back_as_they_were(form: dict[str, Any]) -> None:
    read = hp.ProvisioningParams.from_json(json.dumps(form))

    assert read.to_dict() == form
    assert read.extra == {}


def test_refuses_a_form_that_names_a_login_group_the_cluster_lacks() -> None:
    model = hp.ClusterModel.from_request(
        {**MULTI_HEAD_REQUEST, "InstanceGroups": GROUPS_WITHOUT_LOGIN},
        provisioning_params=hp.ProvisioningParams.from_dict(FORM_WITH_LOGIN),
    )

    with pytest.raises(hp.ValidationError) as caught:
        model.check()

    (problem,) = caught.value.problems
    assert problem.code == "FormGroupUnknown"
    assert str(problem).startswith(
        "provisioning_params.login_group: 'entry' is not an instance group of the cluster"
    )
    assert "The instance group names provided by the request do not match" in str(problem)


def test_refuses_a_form_in_which_the_login_group_runs_jobs() -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.ProvisioningParams.from_dict(GENERATED_FORM)

    (problem,) = caught.value.problems
    assert problem.code == "FormGroupRoles"
    assert "'entry' is specified in login_group and worker_groups[0]" in str(problem)


def test_refuses_a_form_without_a_group_of_the_cluster() -> None:
    model = hp.ClusterModel(
        instance_groups=[
            hp.InstanceGroup("head", instance_type="ml.m5.xlarge"),
            hp.InstanceGroup("training", instance_type="ml.p5.48xlarge"),
            hp.InstanceGroup("more", instance_type="ml.p5.48xlarge"),
        ],
        provisioning_params=hp.ProvisioningParams.from_dict(DOTTED_FORM),
    )

    with pytest.raises(hp.ValidationError, match=r"'more' .*\(FormGroupMissing\)"):
        model.check()
