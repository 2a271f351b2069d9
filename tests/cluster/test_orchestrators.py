"""The cluster in each of its modes: what is rendered, what is made around it, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_eks as eks
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters import every_mode
from tests.clusters.requests import EKS_ARN, ROLE_ARN
from tests.clusters.stacks import (
    CONTROLLER,
    DNS_NAME,
    GPU,
    PAIR,
    make_api_driven,
    make_vpc,
)
from tests.clusters.templates import cluster_resource, groups_of
from tests.clusters.values import SECRET_ARN
from tests.synth import make_stack, resources_of, template


def secret_of(stack: cdk.Stack) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", SECRET_ARN)


def test_without_scripts_there_is_no_bucket_no_upload_and_nothing_to_read(
    stack: cdk.Stack,
) -> None:
    make_api_driven(stack)

    assert not resources_of(stack, "AWS::S3::Bucket")
    assert not resources_of(stack, "Custom::CDKBucketDeployment")
    assert "s3:GetObject" not in ClusterTemplate.from_stack(stack).role("worker").actions()
    assert not [group for group in groups_of(stack).values() if "LifeCycleConfig" in group]


@pytest.mark.parametrize(
    ("make", "kinds"),
    [
        (
            every_mode.continuous,
            {"AWS::RDS::DBInstance", "AWS::SecretsManager::SecretTargetAttachment"},
        ),
        (
            every_mode.multi_head,
            {
                "AWS::RDS::DBInstance",
                "AWS::SecretsManager::SecretTargetAttachment",
                "AWS::SNS::TopicPolicy",
            },
        ),
        (every_mode.on_eks, {"AWS::IAM::Policy", "AWS::EC2::SecurityGroupIngress"}),
    ],
)
def test_the_cluster_waits_for_what_it_needs_and_goes_before_it(
    stack: cdk.Stack, make: Callable[[cdk.Stack], Any], kinds: set[str]
) -> None:
    make(stack)

    resources = template(stack)["Resources"]
    waited = cluster_resource(stack)["DependsOn"]
    assert kinds <= {resources[name]["Type"] for name in waited}
    for name, resource in resources.items():
        kind = resource["Type"]
        if "Policy" in name and kind == "AWS::IAM::Policy" and name.startswith("Cluster"):
            assert name in waited
        if kind == "AWS::EC2::SecurityGroupIngress":
            assert name in waited


def test_the_alarms_of_an_update_may_be_seen_by_the_nodes_of_the_group(
    stack: cdk.Stack, scripts: Path
) -> None:
    every_mode.api_driven(stack, scripts)

    assert "cloudwatch:DescribeAlarms" in ClusterTemplate.from_stack(stack).role("worker").actions()
    assert (
        "cloudwatch:DescribeAlarms"
        not in ClusterTemplate.from_stack(stack).role("controller").actions()
    )


def test_the_role_and_not_the_policy_of_a_key_allows_its_use(stack: cdk.Stack) -> None:
    every_mode.continuous(stack)

    (key,) = resources_of(stack, "AWS::KMS::Key").values()
    (delegation,) = key["Properties"]["KeyPolicy"]["Statement"]
    assert delegation["Action"] == "kms:*"
    assert ":root" in json.dumps(delegation["Principal"])
    assert {"kms:CreateGrant", "kms:DescribeKey"} <= (
        ClusterTemplate.from_stack(stack).role("worker").actions()
    )
    policies = json.dumps(resources_of(stack, "AWS::IAM::Policy"))
    assert "kms:ViaService" in policies
    assert "kms:GrantIsForAWSResource" in policies


def test_a_key_of_another_stack_is_left_alone(app: cdk.App) -> None:
    keys, stack = make_stack(app, "Keys"), make_stack(app, "Stack")
    key = kms.Key(keys, "Key")
    make_api_driven(
        stack,
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        instance_groups=[
            CONTROLLER,
            hp.InstanceGroup.worker(
                "gpu",
                instance_type="ml.g5.8xlarge",
                partition="gpu",
                volumes=[hp.EbsVolume.root(kms_key=key)],
            ),
        ],
    )

    assert "kms:CreateGrant" in ClusterTemplate.from_stack(stack).role("worker").actions()
    assert "kms:CreateGrant" not in json.dumps(
        resources_of(keys, "AWS::KMS::Key")["Key961B73FD"]["Properties"]["KeyPolicy"]["Statement"][
            1:
        ]
    )


def test_a_database_of_another_stack_is_used(app: cdk.App) -> None:
    shared, stack = make_stack(app, "Shared"), make_stack(app, "Stack")
    vpc = make_vpc(shared)
    database = rds.DatabaseInstance(
        shared,
        "Database",
        engine=rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_11_4_10),
        vpc=vpc,
        storage_encrypted=True,
    )
    assert database.secret is not None
    accounting = hp.AccountingDatabase(
        endpoint=database.db_instance_endpoint_address,
        secret=database.secret,
        connectable=database,
    )
    make_api_driven(
        stack,
        vpc=vpc,
        orchestrator=hp.ApiDrivenSlurm(accounting_database=accounting),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
    )
    hp.HyperPodCluster(
        stack,
        "MultiHead",
        vpc=vpc,
        orchestrator=hp.Slurm(multi_head=hp.MultiHead(database=database)),
        instance_groups=PAIR,
        file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="a")],
    )

    app.synth()
    assert [dependency.node.path for dependency in stack.dependencies] == ["Shared"]
    assert not shared.dependencies


WRONG: Any = "x"
BAD_ARGUMENTS: list[tuple[Callable[[cdk.Stack], dict[str, Any]], str]] = [
    (
        lambda _: {
            "lifecycle_scripts": hp.LifecycleScripts.default(),
            "orchestrator": hp.Eks(
                hp.EksClusterReference("arn:aws:eks:us-west-2:111122223333:cluster/a")
            ),
        },
        r"lifecycle_scripts: 'Eks' has no provisioning_params.json.*\(DefaultScripts\)",
    ),
    (
        lambda _: {"orchestrator": hp.Eks(WRONG)},
        r"orchestrator.cluster: 'x' is of type str; pass an EKS cluster",
    ),
    (
        lambda _: {
            "orchestrator": hp.Eks(hp.EksClusterReference(EKS_ARN)),
            "instance_groups": [GPU],
        },
        r"vpc: 'vpc' is required, since the VPC of the EKS cluster is unknown.*\(VpcMissing\)",
    ),
    (
        lambda stack: {
            "orchestrator": hp.Eks(
                eks.Cluster.from_cluster_attributes(stack, "Eks", cluster_name="training")
            ),
            "instance_groups": [GPU],
        },
        r"\(VpcMissing\)",
    ),
    (
        lambda _: {
            "orchestrator": hp.ApiDrivenSlurm(
                accounting_database=hp.AccountingDatabase(
                    endpoint="db", secret=hp.SecretReference(SECRET_ARN)
                )
            ),
            "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
        },
        r"orchestrator.accounting_database.secret: SecretReference.* represents a resource.*; pass a secret",
    ),
    (
        lambda stack: {
            "orchestrator": hp.ApiDrivenSlurm(
                accounting_database=hp.AccountingDatabase(
                    endpoint="db", secret=secret_of(stack), connectable=WRONG
                )
            ),
            "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
        },
        r"orchestrator.accounting_database.connectable: 'x' is of type str",
    ),
    (
        lambda _: {"execution_role": hp.RoleReference(ROLE_ARN)},
        r"execution_role: RoleReference.* represents a resource.*; pass a role, such as iam.Role.from_role_arn",
    ),
    (
        lambda _: {"cluster_role": hp.RoleReference(ROLE_ARN)},
        r"cluster_role: RoleReference.* represents a resource.*; pass a role",
    ),
    (
        lambda _: {
            "instance_groups": [
                CONTROLLER,
                hp.InstanceGroup.worker(
                    "gpu",
                    instance_type="ml.g5.8xlarge",
                    partition="gpu",
                    subnets=[hp.SubnetReference("subnet-1")],
                    file_systems=[WRONG],
                    life_cycle_config=WRONG,
                    scheduled_update=hp.ScheduledUpdate.weekly(
                        hp.DayOfWeek.SUNDAY,
                        hour=3,
                        rolling_update=hp.RollingUpdate(
                            rollback_alarms=[hp.AlarmReference("failed")]
                        ),
                    ),
                ),
            ]
        },
        r"(?s)instance_groups\[1\].subnets\[0\]: SubnetReference.*; pass a subnet.*"
        r"life_cycle_config: 'x' is of type str; pass a LifeCycleConfig.*"
        r"file_systems\[0\]: 'x' is of type str; pass a FileSystem.*"
        r"scheduled_update.rolling_update.rollback_alarms\[0\]: AlarmReference.*; pass an alarm",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "orchestrator": hp.Eks(hp.EksClusterReference(EKS_ARN)),
            "instance_groups": [GPU],
            "restricted_instance_groups": [
                WRONG,
                hp.RestrictedInstanceGroup(
                    "nova", instance_type="ml.p5.48xlarge", security_groups=[WRONG]
                ),
            ],
        },
        r"(?s)restricted_instance_groups\[0\]: 'x' is of type str.*"
        r"restricted_instance_groups\[1\].security_groups\[0\]: 'x' is of type str",
    ),
    (
        lambda _: {"orchestrator": hp.Slurm(multi_head=WRONG)},
        r"orchestrator.multi_head: 'x' is of type str; pass a MultiHead",
    ),
    (
        lambda _: {
            "orchestrator": hp.Slurm(
                multi_head=hp.MultiHead(database=WRONG, secret=WRONG, topic=WRONG)
            )
        },
        r"(?s)multi_head.database: 'x' .*multi_head.secret: '...' .*multi_head.topic: 'x' ",
    ),
    (
        lambda stack: {
            "orchestrator": hp.Slurm(multi_head=hp.MultiHead()),
            "instance_groups": PAIR,
            "vpc": hp.ClusterNetwork(stack, "Network").vpc,
        },
        r"multi_head.database_subnets: \['\S+/Network/Vpc/NodesSubnet1'\] are all database subnets, in "
        r"one Availability Zone, .*\(DatabaseSubnets\)",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS)
def test_fails_on_bad_arguments(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], message: str
) -> None:
    settings = arguments(stack)

    with pytest.raises(hp.ValidationError, match=message):
        make_api_driven(stack, **settings)


def test_fails_on_two_entry_points(scripts: Path) -> None:
    with pytest.raises(hp.ValidationError, match=r"on_create='a.sh'.*\(LifecycleEntryPoint\)"):
        hp.LifecycleScripts.from_asset(scripts, on_create="a.sh", on_init_complete="b.sh")
