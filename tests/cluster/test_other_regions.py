"""Clusters with resources of another Region, in stacks with `cross_region_references`."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.clusters.stacks import DNS_NAME
from tests.synth import CONTEXT, resources_of, template

KIND_OF_REFERENCES = "@aws-cdk/core:defaultCrossStackReferences"

Make = Callable[[cdk.Stack, cdk.Stack], Any]

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")


def worker(**arguments: Any) -> hp.InstanceGroup:
    return hp.InstanceGroup.worker(
        "gpu", instance_type="ml.g5.8xlarge", partition="gpu", **arguments
    )


def cluster(stack: cdk.Stack, *groups: hp.InstanceGroup, **arguments: Any) -> hp.HyperPodCluster:
    return hp.HyperPodCluster(
        stack, "Cluster", instance_groups=groups or (CONTROLLER, worker()), **arguments
    )


def mounted_bucket(there: cdk.Stack, here: cdk.Stack) -> None:
    mount = hp.S3Mount(bucket=s3.Bucket(there, "Datasets"), path="/datasets")
    cluster(here, lifecycle_scripts=hp.LifecycleScripts.default(s3_mounts=[mount]))


def encrypted_bucket(there: cdk.Stack, here: cdk.Stack) -> None:
    key = kms.Key(there, "Key")
    s3.Bucket(there, "Results", encryption_key=key).grant_read_write(cluster(here))


def topic_of_failovers(there: cdk.Stack, here: cdk.Stack) -> None:
    cluster(
        here,
        hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", count=2),
        worker(),
        orchestrator=hp.Slurm(multi_head=hp.MultiHead(topic=sns.Topic(there, "Failovers"))),
        vpc=ec2.Vpc(here, "Vpc", max_azs=2),
        file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh")],
    )


def bucket_of_scripts(there: cdk.Stack, here: cdk.Stack) -> None:
    cluster(here, lifecycle_scripts=hp.LifecycleScripts.default(bucket=s3.Bucket(there, "Scripts")))


def role_and_bucket_of_scripts(there: cdk.Stack, here: cdk.Stack) -> None:
    scripts = hp.LifecycleScripts.default(bucket=s3.Bucket(there, "Scripts"))
    role = hp.ExecutionRole(there, "Role")
    cluster(here, CONTROLLER, worker(execution_role=role), lifecycle_scripts=scripts)


def role_without_scripts(there: cdk.Stack, here: cdk.Stack) -> None:
    role = hp.ExecutionRole(there, "Role")
    cluster(
        here,
        hp.InstanceGroup("head", instance_type="ml.m5.xlarge", node_type=hp.NodeType.CONTROLLER),
        worker(execution_role=role),
        orchestrator=hp.ApiDrivenSlurm(),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
    )


def network(there: cdk.Stack, here: cdk.Stack) -> None:
    cluster(here, vpc=hp.ClusterNetwork(there, "Network").vpc)


def key_of_volume(there: cdk.Stack, here: cdk.Stack) -> None:
    volume = hp.EbsVolume(size=cdk.Size.gibibytes(500), kms_key=kms.Key(there, "Key"))
    cluster(here, CONTROLLER, worker(volumes=[volume]))


def secret_of_database(there: cdk.Stack, here: cdk.Stack) -> None:
    database = hp.AccountingDatabase(
        endpoint="accounting.abcdefgh.us-west-2.rds.amazonaws.com",
        secret=secretsmanager.Secret(there, "Secret"),
    )
    cluster(
        here,
        orchestrator=hp.ApiDrivenSlurm(accounting_database=database),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
    )


def role_alone(there: cdk.Stack, here: cdk.Stack) -> None:
    cluster(here, CONTROLLER, worker(execution_role=hp.ExecutionRole(there, "Role")))


def role_of_all_groups(there: cdk.Stack, here: cdk.Stack) -> None:
    principal = iam.ServicePrincipal("sagemaker.amazonaws.com")
    cluster(here, execution_role=iam.Role(there, "Role", assumed_by=principal))


def stacks(region: str, references: str = "weak") -> tuple[cdk.App, cdk.Stack, cdk.Stack]:
    app = cdk.App(context={**CONTEXT, KIND_OF_REFERENCES: references})
    there, here = (
        cdk.Stack(
            app,
            name,
            env=cdk.Environment(account="111122223333", region=each),
            cross_region_references=True,
        )
        for name, each in (("Shared", region), ("Training", "us-west-2"))
    )
    return app, there, here


@pytest.mark.parametrize(
    "make",
    [
        mounted_bucket,
        encrypted_bucket,
        topic_of_failovers,
        bucket_of_scripts,
        role_and_bucket_of_scripts,
        role_without_scripts,
    ],
)
@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ("weak", '"Fn::GetStackOutput": {"StackName": "Shared", "Region": "us-east-1"'),
        ("strong", '"Fn::GetAtt": ["ExportsReader'),
    ],
    ids=["weak", "strong"],
)
def test_cluster_refers_to_another_region(make: Make, references: str, expected: str) -> None:
    app, there, here = stacks("us-east-1", references)
    make(there, here)
    app.synth()

    assert expected in json.dumps(template(here))
    assert there in here.dependencies
    assert here not in there.dependencies


def test_mount_has_the_region_of_its_bucket() -> None:
    app, there, here = stacks("us-east-1")
    mounted_bucket(there, here)
    app.synth()

    (upload,) = resources_of(here, "Custom::CDKBucketDeployment").values()
    assert "us-east-1" in json.dumps(upload["Properties"]["SourceMarkers"])


def test_bucket_of_scripts_is_reported() -> None:
    _, there, here = stacks("us-east-1")
    bucket_of_scripts(there, here)

    Annotations.from_stack(here).has_warning(
        "*", Match.string_like_regexp("lifecycle_scripts.bucket: 'us-east-1' is the Region")
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (network, r"^vpc: 'us-east-1' is the Region of the vpc, and the cluster is in us-west-2"),
        (
            key_of_volume,
            r"^instance_groups\[1\].volumes\[0\].kms_key: 'us-east-1' is the Region of the key, and "
            r"the cluster is in us-west-2; use a key of Region us-west-2 \(OtherRegion\)",
        ),
        (
            secret_of_database,
            r"^orchestrator.accounting_database.secret: .* is the Region of the secret",
        ),
    ],
)
def test_refuses_what_cannot_work_in_another_region(make: Make, message: str) -> None:
    _, there, here = stacks("us-east-1")

    with pytest.raises(hp.ValidationError, match=message):
        make(there, here)


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
@pytest.mark.parametrize(
    ("make", "path"),
    [
        (role_alone, r"instance_groups\[1\].execution_role"),
        (role_of_all_groups, "execution_role"),
    ],
)
def test_refuses_a_role_whose_policy_would_depend_on_the_cluster(
    make: Make, path: str, region: str
) -> None:
    _, there, here = stacks(region)

    with pytest.raises(
        hp.ValidationError,
        match=rf"(?m)^{path}: 'Shared/Role' is a role of stack Shared, .* \(RoleStack\)$",
    ):
        make(there, here)


def test_refuses_a_role_of_the_parent_of_a_nested_stack() -> None:
    _, _, here = stacks("us-east-1")
    role = hp.ExecutionRole(here, "Role")

    with pytest.raises(hp.ValidationError, match="RoleStack"):
        cluster(cdk.NestedStack(here, "Nested"), CONTROLLER, worker(execution_role=role))


def test_key_of_the_same_region_works() -> None:
    app, there, here = stacks("us-west-2")
    key_of_volume(there, here)

    app.synth()
