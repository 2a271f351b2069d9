"""Several controllers: what they share, and the scripts that set them up."""

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters import every_mode
from tests.clusters.node_steps import SHARED, database, steps_asset, written_steps
from tests.clusters.stacks import DNS_NAME, PAIR, make_cluster, make_vpc
from tests.documentation.pages import blocks
from tests.synth import ROOT, resources_of, template


def test_multi_head(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    every_mode.multi_head(stack)

    assert template(stack) == snapshot


def test_the_form_names_what_was_made_for_several_controllers(stack: cdk.Stack) -> None:
    cluster = every_mode.multi_head(stack)

    shared = cluster.provisioning_params.slurm_configurations
    assert shared is not None
    assert stack.resolve(shared.to_dict()) == {
        "slurm_database_secret_arn": {"Ref": "ClusterMultiHeadDatabaseSecretAttachment07FE14C5"},
        "slurm_database_endpoint": {
            "Fn::GetAtt": ["ClusterMultiHeadDatabase479783CA", "Endpoint.Address"]
        },
        "slurm_shared_directory": "/fsx",
        "slurm_database_user": "admin",
        "slurm_sns_arn": {"Ref": "ClusterMultiHeadTopicF216E9E9"},
    }
    assert {"secretsmanager:GetSecretValue", "sns:Publish"} <= ClusterTemplate.from_stack(
        stack
    ).role("controller").actions()
    assert "sns:Publish" not in ClusterTemplate.from_stack(stack).role("worker").actions()


def test_the_database_of_several_controllers_is_safe(stack: cdk.Stack) -> None:
    every_mode.multi_head(stack)

    (database,) = resources_of(stack, "AWS::RDS::DBInstance").values()
    wanted = {
        "Engine": "mariadb",
        "MultiAZ": True,
        "StorageEncrypted": True,
        "DeletionProtection": True,
        "DBInstanceClass": "db.m7g.large",
    }
    assert wanted.items() <= database["Properties"].items()
    (secret,) = resources_of(stack, "AWS::SecretsManager::Secret").values()
    assert '"username":"admin"' in json.dumps(secret).replace("\\", "")
    (subnets,) = resources_of(stack, "AWS::RDS::DBSubnetGroup").values()
    assert len(subnets["Properties"]["SubnetIds"]) == 2


def test_fails_on_several_controllers_without_a_vpc_for_their_file_system(
    stack: cdk.Stack,
) -> None:
    with pytest.raises(hp.ValidationError, match="FileSystemWithoutVpc"):
        make_cluster(
            stack,
            orchestrator=hp.Slurm(multi_head=hp.MultiHead()),
            instance_groups=PAIR,
            file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="a")],
        )


def test_several_controllers_with_everything_brought_along(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    database = rds.DatabaseInstance.from_database_instance_attributes(
        stack,
        "Database",
        instance_endpoint_address="db.abcdefghijkl.us-west-2.rds.amazonaws.com",
        instance_identifier="db",
        port=3306,
        security_groups=[
            ec2.SecurityGroup.from_security_group_id(stack, "DbGroup", "sg-0123456789abcdef9")
        ],
    )
    key = kms.Key(stack, "Key")
    cluster = make_cluster(
        stack,
        vpc=vpc,
        orchestrator=hp.Slurm(
            multi_head=hp.MultiHead(
                database=database,
                secret=secretsmanager.Secret(stack, "Secret", encryption_key=key),
                topic=sns.Topic(stack, "Topic", master_key=key),
                database_user="slurm",
            )
        ),
        instance_groups=PAIR,
        file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="a")],
    )

    assert not resources_of(stack, "AWS::RDS::DBInstance")
    shared = cluster.provisioning_params.slurm_configurations
    assert shared is not None
    assert shared.slurm_database_user == "slurm"
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= ClusterTemplate.from_stack(stack).role(
        "controller"
    ).actions()
    ports = [
        rule["Properties"].get("FromPort")
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"]["GroupId"] == "sg-0123456789abcdef9"
    ]
    assert ports == [3306]


def test_documented_user_of_the_database(stack: cdk.Stack) -> None:
    (block,) = blocks(ROOT / "docs" / "security.md", "python")

    exec(block.text, {"hp": hp, "stack": stack})  # noqa: S102

    secrets = resources_of(stack, "AWS::SecretsManager::Secret")
    (of_slurm,) = (name for name in secrets if name.startswith("SlurmUser"))
    (of_master,) = set(secrets) - {of_slurm}
    documents = [
        json.dumps(policy["PolicyDocument"])
        for role in resources_of(stack, "AWS::IAM::Role").values()
        for policy in role["Properties"].get("Policies", ())
    ] + [
        json.dumps(policy["Properties"]["PolicyDocument"])
        for policy in resources_of(stack, "AWS::IAM::Policy").values()
    ]
    reading = [document for document in documents if "secretsmanager:" in document]
    assert len(reading) == 1
    assert of_slurm in reading[0]
    assert of_master not in "".join(documents)


def test_the_default_scripts_set_several_controllers_up(app: cdk.App, stack: cdk.Stack) -> None:
    every_mode.multi_head(stack)

    text, markers = steps_asset(app, stack)
    assert markers == {}
    assert json.loads(text) == {
        "accounting": {},
        "ssh_between_nodes": True,
        "log_rotation": True,
        "ubuntu_home": True,
        "reserve_login_nodes": True,
        "lustre_efa": True,
    }


def test_a_database_that_is_known_by_its_arn_is_read_by_the_controllers(stack: cdk.Stack) -> None:
    make_cluster(stack, orchestrator=hp.Slurm(slurm_configurations=SHARED), instance_groups=PAIR)

    assert written_steps(stack)["accounting"] == {}
    roles = resources_of(stack, "AWS::IAM::Role")
    (controller,) = (role for name, role in roles.items() if "RolesController" in name)
    (policy,) = controller["Properties"]["Policies"]
    statements = {item["Sid"]: item for item in policy["PolicyDocument"]["Statement"]}
    assert statements["AccountingDatabaseSecret"]["Resource"] == SHARED.slurm_database_secret_arn
    assert statements["FailoverTopic"]["Action"] == "sns:Publish"


@pytest.mark.parametrize(
    "orchestrator",
    [hp.Slurm(multi_head=hp.MultiHead()), hp.Slurm(slurm_configurations=SHARED)],
)
def test_fails_on_a_second_database(stack: cdk.Stack, orchestrator: hp.Slurm) -> None:
    scripts = hp.LifecycleScripts.default(accounting=database(stack))

    with pytest.raises(
        hp.ValidationError, match=r"lifecycle_scripts.accounting: .*AccountingTwice"
    ):
        make_cluster(
            stack,
            orchestrator=orchestrator,
            instance_groups=PAIR,
            vpc=ec2.Vpc(stack, "Vpc", max_azs=2),
            file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="a")],
            lifecycle_scripts=scripts,
        )


@pytest.mark.parametrize(
    "orchestrator",
    [hp.Slurm(multi_head=hp.MultiHead()), hp.Slurm(slurm_configurations=SHARED)],
)
def test_fails_on_a_name_that_is_too_long_for_the_shared_database(
    stack: cdk.Stack, orchestrator: hp.Slurm
) -> None:
    with pytest.raises(hp.ValidationError, match=r"at most 40 \(ClusterNameAccounting\)"):
        make_cluster(
            stack,
            cluster_name="c" * 41,
            orchestrator=orchestrator,
            instance_groups=PAIR,
            vpc=ec2.Vpc(stack, "Vpc", max_azs=2),
            file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="a")],
        )
