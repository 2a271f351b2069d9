"""The cluster: what is rendered, what it can be used for, what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.clusters.stacks import (
    CONTROLLER,
    DNS_NAME,
    GROUPS,
    HOME_DNS_NAME,
    LOGIN,
    WORKER,
    make_cluster,
    make_vpc,
)
from tests.clusters.templates import cluster_resource, groups_of, properties, resource_below
from tests.synth import make_stack, resources_of, template

FOUR_WORKERS = [CONTROLLER, replace(WORKER, count=4)]


def test_minimal(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    make_cluster(stack, instance_groups=FOUR_WORKERS)

    assert template(stack) == snapshot


def test_everything(stack: cdk.Stack, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    overlay = tmp_path / "site_scripts"
    overlay.mkdir()
    (overlay / "site.txt").write_text("hello\n")
    network = hp.ClusterNetwork(stack, "Network", availability_zone="us-west-2b")
    own_group = hp.EfaSecurityGroup(stack, "OwnGroup", vpc=network.vpc)
    cluster = hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="llm-training",
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[network.subnet]),
        security_groups=[network.security_group],
        orchestrator=hp.Slurm(),
        source_account_condition=True,
        instance_groups=[
            hp.InstanceGroup.controller("head", instance_type="ml.m5.4xlarge", threads_per_core=1),
            hp.InstanceGroup.login("entry", instance_type="ml.m5.2xlarge", count=2, volumes=[]),
            hp.InstanceGroup.worker(
                "h100",
                instance_type="ml.p5.48xlarge",
                count=16,
                partition="h100",
                capacity=hp.Capacity.training_plan(
                    "arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan"
                ),
                volumes=[
                    hp.EbsVolume(size=cdk.Size.gibibytes(1000)),
                    hp.EbsVolume.root(kms_key=kms.Key(stack, "RootKey")),
                ],
                deep_health_checks=[
                    hp.DeepHealthCheck.INSTANCE_STRESS,
                    hp.DeepHealthCheck.INSTANCE_CONNECTIVITY,
                ],
                subnets=[network.subnet],
                security_groups=[own_group],
                execution_role=hp.ExecutionRole(stack, "OwnRole"),
            ),
        ],
        file_systems=[
            hp.FileSystem.lustre(
                dns_name=DNS_NAME,
                mount_name="abcdefgh",
                security_groups=[ec2.SecurityGroup(stack, "FsxGroup", vpc=network.vpc)],
            ),
            hp.FileSystem.openzfs(dns_name=HOME_DNS_NAME),
        ],
        lifecycle_scripts=hp.LifecycleScripts.default(overlay=overlay),
        node_recovery=hp.NodeRecovery.NONE,
    )
    cluster.add_instance_group(
        hp.InstanceGroup.worker("cpu", instance_type="ml.c6g.4xlarge", count=2, partition="cpu")
    )
    s3.Bucket(stack, "Data").grants.read_write(cluster)
    cdk.Tags.of(cluster).add("team", "llm")

    assert template(stack) == snapshot


def test_imported(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    nodes = ec2.SecurityGroup.from_security_group_id(stack, "Nodes", "sg-0123456789abcdef0")
    cluster = hp.HyperPodCluster.from_cluster_attributes(
        stack,
        "Cluster",
        cluster_arn="arn:aws:sagemaker:us-west-2:111122223333:cluster/abcde01234yz",
        cluster_name="shared",
        security_groups=[nodes],
        execution_role=iam.Role.from_role_name(stack, "Role", "nodes"),
    )
    s3.Bucket(stack, "Data").grants.read(cluster)
    ec2.SecurityGroup(stack, "Other", vpc=make_vpc(stack)).connections.allow_from(
        cluster, ec2.Port.tcp(5432)
    )
    for name, value in {
        "Id": cluster.cluster_id,
        "Name": cluster.cluster_name,
        "Logs": cluster.log_group_name,
        "Target": cluster.ssm_target("login", "i-0123456789abcdef0"),
    }.items():
        cdk.CfnOutput(stack, name, value=value)

    assert template(stack) == snapshot


def test_threads_per_core_and_node_recovery_are_always_emitted(stack: cdk.Stack) -> None:
    make_cluster(stack)

    assert {group["ThreadsPerCore"] for group in groups_of(stack).values()} == {2}
    assert properties(stack)["NodeRecovery"] == "Automatic"


def test_a_token_type_and_count_reach_the_template(stack: cdk.Stack) -> None:
    count = cdk.CfnParameter(stack, "Count", type="Number")
    kind = cdk.CfnParameter(stack, "Type")
    make_cluster(
        stack,
        instance_groups=[
            GROUPS[0],
            hp.InstanceGroup.worker(
                "gpu",
                instance_type=kind.value_as_string,
                count=count.value_as_number,  # type: ignore[arg-type]
                partition="gpu",
            ),
        ],
    )

    group = groups_of(stack)["gpu"]
    assert group["InstanceCount"] == {"Ref": "Count"}
    assert group["InstanceType"] == {"Ref": "Type"}


def test_a_group_added_later_is_in_cluster_form_and_roles(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    s3.Bucket(stack, "Data").grants.read(cluster)

    assert cluster.add_instance_group(LOGIN) is LOGIN

    assert groups_of(stack)["login"]["ExecutionRole"] == {
        "Fn::GetAtt": [
            stack.get_logical_id(resource_below(cluster.execution_roles["login"])),
            "Arn",
        ]
    }
    assert cluster.provisioning_params.login_group == "login"
    assert '\\"login_group\\": \\"login\\"' in json.dumps(template(stack))
    policy = next(
        resource
        for resource in resources_of(stack, "AWS::IAM::Policy").values()
        if len(resource["Properties"]["Roles"]) == 3
    )
    assert "s3:GetObject*" in policy["Properties"]["PolicyDocument"]["Statement"][0]["Action"]


def test_fails_on_a_bad_group_and_stays_as_it_was(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)

    with pytest.raises(hp.ValidationError, match=r"instance_groups\[2\].name: 'gpu' is already"):
        cluster.add_instance_group(GROUPS[1])

    assert list(groups_of(stack)) == ["controller", "gpu"]


def test_fails_on_a_group_that_would_be_lost(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    assert len(groups_of(stack)) == 2

    with pytest.raises(hp.ValidationError, match=r"'Stack/Cluster' .*\(ClusterResolved\)"):
        cluster.add_instance_group(LOGIN)


@pytest.mark.parametrize("resolved", ["key_prefix", "_form_text"])
def test_fails_on_a_group_that_the_upload_would_not_have(stack: cdk.Stack, resolved: str) -> None:
    cluster = make_cluster(stack)
    getattr(cluster._delivered, resolved)()

    with pytest.raises(hp.ValidationError, match=r"'Stack/Cluster' .*\(ClusterResolved\)"):
        cluster.add_instance_group(LOGIN)


def test_many_groups_can_be_added_one_by_one(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    for number in range(30):
        cluster.add_instance_group(
            hp.InstanceGroup.worker(f"w{number}", instance_type="ml.c5.xlarge", partition="cpu")
        )

    assert len(groups_of(stack)) == 32
    assert len(cluster.provisioning_params.worker_groups) == 31


def test_tags_reach_the_cluster(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    cdk.Tags.of(cluster).add("team", "llm")

    assert {"Key": "team", "Value": "llm"} in properties(stack)["Tags"]


def test_a_database_opens_to_the_cluster(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    cluster = make_cluster(stack, vpc=vpc)
    database = rds.DatabaseInstance(
        stack,
        "Database",
        engine=rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_10_11_10),
        vpc=vpc,
        storage_encrypted=True,
    )

    database.connections.allow_default_port_from(cluster)

    rules = resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
    assert any(
        isinstance(rule["Properties"]["FromPort"], dict)
        for rule in rules
        if "FromPort" in rule["Properties"]
    )


def test_grants_reach_every_role_and_the_cluster_waits_for_them(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS).grants.read_write(cluster)

    policies = resources_of(stack, "AWS::IAM::Policy")
    name, policy = next(
        (name, policy) for name, policy in policies.items() if name.startswith("ClusterExecution")
    )
    assert len(policy["Properties"]["Roles"]) == 2
    actions = [
        action
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    ]
    assert {"s3:PutObject", "kms:Decrypt"} <= set(actions)
    assert name in cluster_resource(stack)["DependsOn"]


def test_a_policy_added_to_a_role_outlives_the_cluster(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    cluster.execution_roles["worker"].add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::data/*"])
    )

    depends_on = cluster_resource(stack)["DependsOn"]
    assert any("WorkerDefaultPolicy" in name for name in depends_on)


def test_the_cluster_waits_for_upload_rules_routes_and_endpoints(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    vpc.add_interface_endpoint("Ssm", service=ec2.InterfaceVpcEndpointAwsService.SSM)
    make_cluster(stack, vpc=vpc)

    kinds = {
        name: resource["Type"]
        for name, resource in template(stack)["Resources"].items()
        if name in cluster_resource(stack)["DependsOn"]
    }
    assert set(kinds.values()) >= {
        "Custom::CDKBucketDeployment",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::Route",
        "AWS::EC2::VPCEndpoint",
        "AWS::IAM::Role",
    }
    assert list(kinds.values()).count("AWS::EC2::VPCEndpoint") == 2


def test_a_cluster_in_a_stage_works(app: cdk.App) -> None:
    stack = make_stack(cdk.Stage(app, "Prod"), "Stack")
    make_cluster(stack)

    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Cluster", 1)


def test_two_clusters_of_one_stack_have_buckets_of_their_own(stack: cdk.Stack) -> None:
    make_cluster(stack)
    make_cluster(stack, "Second")

    names = [
        bucket["Properties"]["BucketName"]
        for bucket in resources_of(stack, "AWS::S3::Bucket").values()
    ]
    assert len(set(names)) == 2


def test_an_environment_agnostic_stack_works(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    make_cluster(stack)

    bucket = next(iter(resources_of(stack, "AWS::S3::Bucket").values()))
    name = bucket["Properties"]["BucketName"]["Fn::Join"][1]
    assert name[0].startswith("sagemaker-")
    assert {"Ref": "AWS::AccountId"} in name
    assert {"Ref": "AWS::Region"} in name


def test_a_role_of_ones_own_gets_the_scripts_and_nothing_else(stack: cdk.Stack) -> None:
    role = iam.Role(
        stack,
        "Role",
        assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
    )
    cluster = make_cluster(stack, execution_role=role)

    assert cluster.execution_roles["worker"] is role
    policy = next(
        resource
        for name, resource in resources_of(stack, "AWS::IAM::Policy").items()
        if name.startswith("Role")
    )
    actions = [
        statement["Action"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert actions == ["s3:ListBucket", "s3:GetObject"]
    assert any(name.startswith("RoleDefault") for name in cluster_resource(stack)["DependsOn"])


def test_an_imported_role_works(stack: cdk.Stack) -> None:
    arn = "arn:aws:iam::111122223333:role/nodes"
    make_cluster(stack, execution_role=iam.Role.from_role_arn(stack, "Role", arn))

    assert {group["ExecutionRole"] for group in groups_of(stack).values()} == {arn}


def test_attributes_of_an_unnamed_cluster(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack, instance_groups=FOUR_WORKERS)

    assert stack.resolve(cluster.cluster_id) == {
        "Fn::Select": [1, {"Fn::Split": ["/", stack.resolve(cluster.cluster_arn)]}]
    }
    with pytest.raises(hp.ValidationError, match=r"cluster_name: 'cluster_name' is not specified"):
        _ = cluster.cluster_name
    with pytest.raises(hp.ValidationError, match=r"\(UnknownClusterName\)"):
        _ = cluster.log_group_name
    assert cluster.required_quotas == {
        "ml.g5.8xlarge for cluster usage": 4,
        "ml.m5.xlarge for cluster usage": 1,
    }


def test_one_role_serves_two_clusters(stack: cdk.Stack) -> None:
    role = hp.ExecutionRole(stack, "Role")
    make_cluster(stack, execution_role=role)
    make_cluster(stack, "Second", execution_role=role)

    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Cluster", 2)


def test_the_escape_hatch_is_theresource_below(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    resource_below(cluster).add_property_override("NodeProvisioningMode", "Continuous")

    assert properties(stack)["NodeProvisioningMode"] == "Continuous"
