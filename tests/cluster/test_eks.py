"""Nodes of an EKS cluster: what is rendered, and what is made around it."""

import json
from contextlib import nullcontext

import aws_cdk as cdk
import pytest
from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2
from aws_cdk import aws_iam as iam
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters import every_mode
from tests.clusters.requests import ROLE_ARN
from tests.clusters.stacks import GPU, make_eks
from tests.clusters.templates import actions_of, groups_of, properties
from tests.synth import make_stack, resources_of, template


def test_minimal_eks(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    make_eks(stack)

    assert template(stack) == snapshot


def test_everything_eks(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    every_mode.on_eks(stack)

    assert template(stack) == snapshot


def test_an_eks_cluster_gives_its_vpc_and_is_opened_both_ways(stack: cdk.Stack) -> None:
    cluster = every_mode.on_eks(stack)

    assert cluster.vpc is stack.node.find_child("Vpc")
    rules = [
        (rule["Properties"]["GroupId"], rule["Properties"]["SourceSecurityGroupId"])
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
    ]
    nodes = {"Fn::GetAtt": ["ClusterSecurityGroup0921994B", "GroupId"]}
    assert (nodes, "sg-0123456789abcdef0") in rules
    assert ("sg-0123456789abcdef0", nodes) in rules


def test_the_security_group_of_a_later_group_is_opened_to_eks_as_well(stack: cdk.Stack) -> None:
    cluster = every_mode.on_eks(stack)
    own = hp.EfaSecurityGroup(stack, "Own", vpc=cluster.vpc)
    cluster.add_instance_group(
        hp.InstanceGroup("later", instance_type="ml.c5.xlarge", security_groups=[own])
    )

    nodes = stack.resolve(own.security_group_id)
    rules = [
        (rule["Properties"]["GroupId"], rule["Properties"]["SourceSecurityGroupId"])
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
    ]
    assert (nodes, "sg-0123456789abcdef0") in rules
    assert ("sg-0123456789abcdef0", nodes) in rules


def test_the_cluster_waits_for_an_eks_cluster_of_this_app(stack: cdk.Stack) -> None:
    control_plane = eks.CfnCluster(
        stack,
        "ControlPlane",
        role_arn="arn:aws:iam::111122223333:role/eks",
        resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(
            subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
        ),
        access_config=eks.CfnCluster.AccessConfigProperty(authentication_mode="API"),
    )
    make_eks(stack, orchestrator=hp.Eks(hp.EksClusterReference(control_plane.attr_arn)))

    assert properties(stack)["Orchestrator"] == {
        "Eks": {"ClusterArn": {"Fn::GetAtt": ["ControlPlane", "Arn"]}}
    }


def test_nodes_of_eks_have_one_role_for_pods_and_images(stack: cdk.Stack) -> None:
    cluster = make_eks(
        stack, instance_groups=[GPU, hp.InstanceGroup("cpu", instance_type="ml.c5.xlarge")]
    )

    assert list(cluster.execution_roles) == ["worker"]
    assert len({json.dumps(group["ExecutionRole"]) for group in groups_of(stack).values()}) == 1
    assert {
        "ec2:AssignPrivateIpAddresses",
        "ec2:DescribeInstances",
        "ecr:GetAuthorizationToken",
        "eks-auth:AssumeRoleForPodIdentity",
    } <= ClusterTemplate.from_stack(stack).role("gpu").actions()


def test_every_documented_action_of_eks_nodes_is_granted(stack: cdk.Stack) -> None:
    make_eks(stack)

    assert ClusterTemplate.from_stack(stack).role("gpu").actions() >= {
        *(f"ec2:{name}PrivateIpAddresses" for name in ("Assign", "Unassign")),
        *(f"ec2:{name}NetworkInterface" for name in ("Attach", "Create", "Delete", "Detach")),
        *(f"ec2:{name}NetworkInterfacePermission" for name in ("Create", "Delete")),
        *(
            f"ec2:Describe{name}"
            for name in ("Instances", "InstanceTypes", "NetworkInterfaces", "Tags", "Vpcs")
        ),
        *(f"ec2:Describe{name}" for name in ("DhcpOptions", "Subnets", "SecurityGroups")),
        "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:CreateTags",
        *(f"ecr:{name}" for name in ("BatchCheckLayerAvailability", "BatchGetImage")),
        *(f"ecr:{name}" for name in ("GetAuthorizationToken", "GetDownloadUrlForLayer")),
        "eks-auth:AssumeRoleForPodIdentity",
    }


def test_autoscaling_has_a_role_that_hyperpod_itself_assumes(stack: cdk.Stack) -> None:
    cluster = every_mode.on_eks(stack)

    assert cluster.cluster_role is not None
    role = next(
        resource["Properties"]
        for name, resource in resources_of(stack, "AWS::IAM::Role").items()
        if "ClusterRole" in name
    )
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "hyperpod.sagemaker.amazonaws.com"
    }
    assert role["Policies"][0]["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["sagemaker:BatchAddClusterNodes", "sagemaker:BatchDeleteClusterNodes"],
            "Resource": "arn:aws:sagemaker:us-west-2:111122223333:cluster/*",
        }
    ]
    assert {"kms:CreateGrant", "kms:DescribeKey"} <= actions_of(stack, "ClusterRole")


def test_a_cluster_role_of_ones_own_is_used(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Role", ROLE_ARN)
    cluster = make_eks(
        stack,
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        auto_scaling=hp.AutoScaling(),
        cluster_role=role,
    )

    assert cluster.cluster_role is role
    assert properties(stack)["ClusterRole"] == ROLE_ARN


def test_autoscaling_that_is_off_needs_no_role(stack: cdk.Stack) -> None:
    make_eks(stack, auto_scaling=hp.AutoScaling(enabled=False))

    assert properties(stack)["AutoScaling"] == {"Mode": "Disable", "AutoScalerType": "Karpenter"}
    assert "ClusterRole" not in properties(stack)


def test_a_cluster_of_restricted_groups_alone_has_no_instance_groups(stack: cdk.Stack) -> None:
    make_eks(
        stack,
        instance_groups=[],
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        restricted_instance_groups=[
            hp.RestrictedInstanceGroup("nova", instance_type="ml.p5.48xlarge", count=2)
        ],
        shared_environment=hp.SharedEnvironment(
            lustre=hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=125)
        ),
    )

    assert "InstanceGroups" not in properties(stack)
    (group,) = properties(stack)["RestrictedInstanceGroups"]
    assert group["ThreadsPerCore"] == 2
    assert "LifeCycleConfig" not in group


def test_an_eks_cluster_of_another_stack_is_used(app: cdk.App) -> None:
    shared, stack = make_stack(app, "Shared"), make_stack(app, "Stack")
    control_plane = eks_v2.Cluster(
        shared,
        "ControlPlane",
        version=eks_v2.KubernetesVersion.V1_34,
        default_capacity_type=eks_v2.DefaultCapacityType.NODEGROUP,
        default_capacity=0,
    )
    cluster = make_eks(stack, orchestrator=hp.Eks(control_plane), vpc=None)

    assert cluster.vpc.node.path == "Shared/ControlPlane/DefaultVpc"
    app.synth()
    assert [dependency.node.path for dependency in stack.dependencies] == ["Shared"]
    assert not shared.dependencies


@pytest.mark.parametrize(("version", "is_supported"), [("1.29", False), ("1.30", True)])
def test_the_version_of_an_eks_cluster_of_this_app_is_known(
    stack: cdk.Stack, version: str, *, is_supported: bool
) -> None:
    control_plane = eks_v2.Cluster(
        stack,
        "ControlPlane",
        version=eks_v2.KubernetesVersion.of(version),
        default_capacity_type=eks_v2.DefaultCapacityType.NODEGROUP,
        default_capacity=0,
    )
    text = r"orchestrator\.cluster: '1\.29' is not supported"
    with nullcontext() if is_supported else pytest.raises(hp.ValidationError, match=text):
        make_eks(stack, orchestrator=hp.Eks(control_plane), vpc=None)
