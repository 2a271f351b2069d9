"""Resources that are known to be elsewhere than the cluster."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp

PLAN = "arn:aws:sagemaker:{}:{}:training-plan/my-plan"
CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")


def worker(**arguments: Any) -> hp.InstanceGroup:
    return hp.InstanceGroup.worker(
        "gpu", instance_type="ml.p5.48xlarge", partition="gpu", **arguments
    )


def cluster(stack: cdk.Stack, group: hp.InstanceGroup | None = None, **arguments: Any) -> None:
    arguments.setdefault("instance_groups", [CONTROLLER, group or worker()])
    hp.HyperPodCluster(stack, "Cluster", **arguments)


def key(stack: cdk.Stack, region: str) -> hp.InstanceGroup:
    arn = f"arn:aws:kms:{region}:111122223333:key/11111111-2222-3333-4444-555555555555"
    size = cdk.Size.gibibytes(500)
    return worker(volumes=[hp.EbsVolume(size=size, kms_key=kms.Key.from_key_arn(stack, "K", arn))])


def role(stack: cdk.Stack, arn: str) -> hp.InstanceGroup:
    return worker(execution_role=iam.Role.from_role_arn(stack, "R", arn))


def on_eks(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    arn = "arn:aws:eks:us-east-1:111122223333:cluster/other"
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=network.vpc,
        orchestrator=hp.Eks(hp.EksClusterReference(arn)),
        instance_groups=[hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge")],
    )


def other_vpc(stack: cdk.Stack) -> None:
    network, other = hp.ClusterNetwork(stack, "Network"), hp.ClusterNetwork(stack, "Other")
    cluster(
        stack,
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[other.subnet]),
        security_groups=[other.security_group],
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda stack: cluster(
                stack,
                worker(
                    capacity=hp.Capacity.training_plan(PLAN.format("us-east-1", "111122223333"))
                ),
            ),
            r"instance_groups\[1\].capacity: 'us-east-1' is the Region of the training plan, and "
            r"the cluster is in us-west-2; use a training plan of Region us-west-2 \(OtherRegion\)",
        ),
        (
            lambda stack: cluster(
                stack,
                worker(
                    capacity=hp.Capacity.training_plan(PLAN.format("us-west-2", "444455556666"))
                ),
            ),
            r"instance_groups\[1\].capacity: '444455556666' is the account .*\(OtherAccount\)",
        ),
        (
            lambda stack: cluster(stack, key(stack, "eu-west-1")),
            r"volumes\[0\].kms_key: 'eu-west-1' is the Region of the key",
        ),
        (
            lambda stack: cluster(stack, role(stack, "arn:aws:iam::444455556666:role/nodes")),
            r"instance_groups\[1\].execution_role: '444455556666' is the account of the role",
        ),
        (
            lambda stack: cluster(stack, role(stack, "arn:aws-cn:iam::111122223333:role/nodes")),
            r"'aws-cn' is the partition of the role.*\(OtherPartition\)",
        ),
        (on_eks, r"orchestrator.cluster: 'us-east-1' is the Region of the EKS cluster"),
        (other_vpc, r"security_groups\[0\]: 'Stack/Other/SecurityGroup' is in another VPC"),
        (other_vpc, r"vpc_subnets\[0\]: 'Stack/Other/Vpc/NodesSubnet1' is in .*\(OtherVpc\)"),
    ],
)
def test_refuses_what_cannot_work(stack: cdk.Stack, make: Any, message: str) -> None:
    with pytest.raises(hp.ValidationError, match=message):
        make(stack)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            lambda stack: {
                "vpc": hp.ClusterNetwork(stack, "Network").vpc,
                "file_systems": [
                    hp.FileSystem.lustre(
                        dns_name="fs-0abc123def4567890.fsx.eu-west-1.amazonaws.com",
                        mount_name="abcdefgh",
                    )
                ],
            },
            "file_systems: 'eu-west-1' is the Region of the file system",
        ),
        (
            lambda stack: {
                "lifecycle_scripts": hp.LifecycleScripts.default(
                    bucket=s3.Bucket.from_bucket_attributes(
                        stack, "Bucket", bucket_name="sagemaker-scripts", region="eu-west-1"
                    )
                )
            },
            "lifecycle_scripts.bucket: 'eu-west-1' is the Region of the bucket",
        ),
    ],
)
def test_warns_of_what_might_work(stack: cdk.Stack, arguments: Any, text: str) -> None:
    cluster(stack, **arguments(stack))

    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp(text))


def test_says_nothing_of_a_stack_without_an_environment(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")

    cluster(
        stack,
        worker(capacity=hp.Capacity.training_plan(PLAN.format("us-east-1", "444455556666"))),
    )


def test_an_eks_cluster_serves_one(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    control_plane = eks.Cluster.from_cluster_attributes(
        stack, "ControlPlane", cluster_name="training", vpc=vpc
    )
    arguments: Any = {
        "orchestrator": hp.Eks(control_plane),
        "instance_groups": [hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge")],
    }
    hp.HyperPodCluster(stack, "First", **arguments)

    with pytest.raises(hp.ValidationError, match=r"EKS cluster of Stack/First too.*EksClusterTw"):
        hp.HyperPodCluster(stack, "Second", **arguments)


def test_a_name_is_for_one_cluster(app: cdk.App) -> None:
    west = cdk.Environment(account="111122223333", region="us-west-2")
    east = cdk.Environment(account="111122223333", region="us-east-1")
    cluster(cdk.Stack(app, "One", env=west), cluster_name="training")
    cluster(cdk.Stack(app, "East", env=east), cluster_name="training")

    with pytest.raises(hp.ValidationError, match=r"'training' is the name of One/Cluster too"):
        cluster(cdk.Stack(app, "Two", env=west), cluster_name="training")


def test_a_form_is_for_one_cluster(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    scripts = hp.LifecycleScripts.from_bucket(bucket, "same")
    hp.HyperPodCluster(
        stack, "First", instance_groups=[CONTROLLER, worker()], lifecycle_scripts=scripts
    )

    with pytest.raises(hp.ValidationError, match=r"'same' is the prefix of Stack/First too"):
        hp.HyperPodCluster(
            stack, "Second", instance_groups=[CONTROLLER, worker()], lifecycle_scripts=scripts
        )


def test_a_role_of_another_account_for_all_nodes_is_an_error(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Fixed", env=cdk.Environment(account="111122223333", region="us-west-2"))
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::999999999999:role/nodes")

    with pytest.raises(hp.ValidationError, match=r"^execution_role: .*OtherAccount"):
        cluster(stack, execution_role=role)
