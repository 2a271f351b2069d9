"""Where scripts are uploaded, and where else nodes may read them."""

import json

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.synth import resources_of

OWN_SCRIPTS = hp.LifeCycleConfig.on_creation(source_s3_uri="s3://sagemaker-own/slurm/v1")
CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
WORKER = hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu")


def test_roles_may_read_the_scripts_that_a_group_has_elsewhere(stack: cdk.Stack) -> None:
    controller = hp.InstanceGroup.controller(
        instance_type="ml.m5.xlarge", life_cycle_config=OWN_SCRIPTS
    )
    hp.HyperPodCluster(stack, "Cluster", instance_groups=[controller, WORKER])

    policies = map(json.dumps, resources_of(stack, "AWS::IAM::Policy").values())
    (policy,) = (each for each in policies if "sagemaker-own" in each)
    assert ":s3:::sagemaker-own/slurm/v1/*" in policy
    assert "s3:ListBucket" in policy
    assert "ExecutionRolesController" in policy
    assert "ExecutionRolesWorker" not in policy
    Annotations.from_stack(stack).has_warning(
        "*", Match.string_like_regexp("the prefix of lifecycle_scripts.*ScriptPrefixes")
    )


def without_assets(app: cdk.App) -> cdk.Stack:
    app.node.set_context("@aws-cdk/aws-ec2:restrictDefaultSecurityGroup", False)
    return cdk.Stack(app, "Bare", synthesizer=cdk.BootstraplessSynthesizer())


def test_a_stack_without_assets_cannot_upload(app: cdk.App) -> None:
    stack = without_assets(app)

    with pytest.raises(hp.ValidationError, match=r"^lifecycle_scripts: .*StackWithoutAssets"):
        hp.HyperPodCluster(stack, "Cluster", instance_groups=[CONTROLLER, WORKER])


def test_a_stack_without_assets_is_sufficient_if_nothing_is_uploaded(app: cdk.App) -> None:
    stack = without_assets(app)
    hp.HyperPodCluster(
        stack, "Cluster", orchestrator=hp.ApiDrivenSlurm(), instance_groups=[CONTROLLER, WORKER]
    )

    assert resources_of(stack, "AWS::SageMaker::Cluster")


def test_a_stack_without_assets_cannot_restrict_the_default_security_group(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Bare", synthesizer=cdk.BootstraplessSynthesizer())

    with pytest.raises(hp.ValidationError, match=r"^scope: .*StackWithoutAssets"):
        hp.ClusterNetwork(stack, "Network")


def test_removal_policies_do_not_empty_a_bucket_that_is_kept(stack: cdk.Stack) -> None:
    hp.HyperPodCluster(stack, "Cluster", instance_groups=[CONTROLLER, WORKER])
    cdk.RemovalPolicies.of(stack).destroy(exclude_resource_types=["AWS::S3::Bucket"])

    (function,) = resources_of(stack, "Custom::HyperPodNewBucket").values()
    assert function["DeletionPolicy"] == "RetainExceptOnCreate"
    assert function["UpdateReplacePolicy"] == "Retain"
