"""CDK objects of another app, stage, stack or VPC."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

import hyperpod_constructs as hp
from tests.clusters.stacks import make_cluster, make_vpc
from tests.clusters.values import controller, group, restricted, worker
from tests.synth import CONTEXT, make_stack

ROLE_ARN = "arn:aws:iam::111122223333:role/nodes"
APP = "is in another app than the cluster; create or import it in the app and the stage of the"


def said(stack: cdk.Stack, **arguments: Any) -> list[str]:
    with pytest.raises(hp.ValidationError) as caught:
        make_cluster(stack, **arguments)
    return str(caught.value).splitlines()


def elsewhere(stack: cdk.Stack) -> cdk.Stack:
    """A stack of the same path in another app."""
    return make_stack(cdk.App(context=CONTEXT), stack.node.id)


def next_to(stack: cdk.Stack) -> cdk.Stack:
    """Another stack of the app."""
    root: Any = stack.node.root
    return make_stack(root, "Other")


def in_a_stage(stack: cdk.Stack) -> cdk.Stack:
    root: Any = stack.node.root
    return make_stack(cdk.Stage(root, "Stage"), "Other")


def vpc(stack: cdk.Stack) -> dict[str, Any]:
    return {"vpc": make_vpc(elsewhere(stack))}


def vpc_of_a_stage(stack: cdk.Stack) -> dict[str, Any]:
    return {"vpc": make_vpc(in_a_stage(stack))}


def created_role(stack: cdk.Stack) -> dict[str, Any]:
    return {"execution_role": hp.ExecutionRole(elsewhere(stack), "Role")}


def imported_role(stack: cdk.Stack) -> dict[str, Any]:
    return {"execution_role": iam.Role.from_role_arn(elsewhere(stack), "Role", ROLE_ARN)}


def imported_role_of_a_stage(stack: cdk.Stack) -> dict[str, Any]:
    return {"execution_role": iam.Role.from_role_arn(in_a_stage(stack), "Role", ROLE_ARN)}


def bucket(stack: cdk.Stack) -> dict[str, Any]:
    scripts = hp.LifecycleScripts.default(bucket=s3.Bucket(elsewhere(stack), "Bucket"))
    return {"lifecycle_scripts": scripts}


def bucket_to_mount(stack: cdk.Stack) -> dict[str, Any]:
    mount = hp.S3Mount(bucket=s3.Bucket(elsewhere(stack), "Bucket"), path="/mnt/data")
    return {"lifecycle_scripts": hp.LifecycleScripts.default(s3_mounts=[mount])}


def key(stack: cdk.Stack) -> dict[str, Any]:
    volume = hp.EbsVolume(size=cdk.Size.gibibytes(500), kms_key=kms.Key(elsewhere(stack), "Key"))
    return {"instance_groups": [controller(), worker(volumes=[volume])]}


def subnets(stack: cdk.Stack) -> dict[str, Any]:
    other = make_vpc(elsewhere(stack))
    selection = ec2.SubnetSelection(subnets=[other.private_subnets[0]])
    return {"vpc": make_vpc(stack), "vpc_subnets": selection}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (vpc, f"vpc: <Vpc Stack/Vpc> {APP}"),
        (vpc_of_a_stage, "vpc: <Vpc Stage/Other/Vpc> is in another stage than the cluster;"),
        (created_role, f"execution_role: <ExecutionRole Stack/Role> {APP}"),
        (imported_role, f"execution_role: <Stack/Role> {APP}"),
        (imported_role_of_a_stage, "execution_role: <Stage/Other/Role> is in another stage than"),
        (bucket, f"lifecycle_scripts.bucket: <Bucket Stack/Bucket> {APP}"),
        (bucket_to_mount, f"lifecycle_scripts.s3_mounts[0].bucket: <Bucket Stack/Bucket> {APP}"),
        (key, f"instance_groups[1].volumes[0].kms_key: <Key Stack/Key> {APP}"),
        (subnets, f"vpc_subnets.subnets[0]: <PrivateSubnet Stack/Vpc/PrivateSubnet1> {APP}"),
    ],
)
def test_another_app(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], text: str
) -> None:
    problems = said(stack, **arguments(stack))

    assert [each for each in problems if each.startswith(text)]
    assert all(each.endswith(("(OtherApp)", "(OtherVpc)")) for each in problems)


def test_an_imported_key_of_another_stage_is_used_by_name(stack: cdk.Stack) -> None:
    arn = "arn:aws:kms:us-west-2:111122223333:key/12345678-1234-1234-1234-123456789012"
    other = in_a_stage(stack)
    s3.Bucket(other, "Bucket")
    volume = hp.EbsVolume(
        size=cdk.Size.gibibytes(500), kms_key=kms.Key.from_key_arn(other, "Key", arn)
    )
    make_cluster(stack, instance_groups=[controller(), worker(volumes=[volume])])

    Template.from_stack(stack)


STACK = (
    "'Other/Role' is a role of stack Other, whose policy would depend on {} in stack Stack, which"
)


def secret_of_a_database(stack: cdk.Stack) -> dict[str, Any]:
    database = hp.AccountingDatabase(
        endpoint="db.example.com", secret=secretsmanager.Secret(stack, "Secret")
    )
    return {
        "orchestrator": hp.ApiDrivenSlurm(accounting_database=database),
        "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
        "instance_groups": [controller(), worker()],
    }


@pytest.mark.parametrize(
    ("arguments", "granted"),
    [
        (lambda _: {}, "the bucket of the scripts"),
        (
            lambda stack: {
                "lifecycle_scripts": hp.LifecycleScripts.default(bucket=s3.Bucket(stack, "Own"))
            },
            "the bucket of the scripts",
        ),
        (secret_of_a_database, "the secret of the database"),
    ],
)
def test_a_role_of_another_stack(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], granted: str
) -> None:
    role = hp.ExecutionRole(next_to(stack), "Role")

    (problem,) = said(stack, execution_role=role, **arguments(stack))

    assert problem.startswith(f"execution_role: {STACK.format(granted)}")
    assert problem.endswith("(RoleStack)")


def test_the_role_of_a_group_of_another_stack(stack: cdk.Stack) -> None:
    worker_group = worker(execution_role=hp.ExecutionRole(next_to(stack), "Role"))

    (problem,) = said(stack, instance_groups=[controller(), worker_group])

    text = STACK.format("the bucket of the scripts")
    assert problem.startswith(f"instance_groups[1].execution_role: {text}")


@pytest.mark.parametrize(
    "bucket_of",
    [
        lambda _, other: s3.Bucket(other, "Scripts"),
        lambda stack, _: s3.Bucket.from_bucket_name(stack, "Scripts", "sagemaker-scripts"),
    ],
)
def test_a_role_of_another_stack_with_a_bucket_that_it_can_depend_on(
    stack: cdk.Stack, bucket_of: Callable[[cdk.Stack, cdk.Stack], s3.IBucket]
) -> None:
    other = next_to(stack)
    scripts = hp.LifecycleScripts.default(bucket=bucket_of(stack, other))
    make_cluster(stack, execution_role=hp.ExecutionRole(other, "Role"), lifecycle_scripts=scripts)

    Template.from_stack(stack)


def test_subnets_and_security_groups_of_a_restricted_group_in_another_vpc(
    stack: cdk.Stack,
) -> None:
    other = ec2.Vpc(stack, "Other")
    nova = restricted(
        subnets=[other.private_subnets[0]],
        security_groups=[hp.EfaSecurityGroup(stack, "Efa", vpc=other)],
    )
    problems = said(
        stack,
        vpc=make_vpc(stack),
        orchestrator=hp.Eks(
            hp.EksClusterReference("arn:aws:eks:us-west-2:111122223333:cluster/training")
        ),
        instance_groups=[group()],
        restricted_instance_groups=[nova],
    )

    assert [each.partition(":")[0] for each in problems if each.endswith("(OtherVpc)")] == [
        "restricted_instance_groups[0].security_groups[0]",
        "restricted_instance_groups[0].subnets[0]",
    ]


def test_an_added_group(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    role = hp.ExecutionRole(next_to(stack), "Role")
    other = make_vpc(stack)
    added = worker("more", execution_role=role, subnets=[other.private_subnets[0]])

    with pytest.raises(hp.ValidationError) as caught:
        cluster.add_instance_group(added)

    assert {(problem.path, problem.code) for problem in caught.value.problems} >= {
        ("instance_groups[2].execution_role", "RoleStack"),
        ("instance_groups[2].subnets[0]", "OtherVpc"),
    }
