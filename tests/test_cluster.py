"""The cluster: what is rendered, what it can be used for, what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp

from .synth import make_stack, resources_of, template

GROUPS = [
    hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
    hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", count=4, partition="gpu"),
]
LOGIN = hp.InstanceGroup.login(instance_type="ml.m5.large")
WRONG: dict[str, Any] = {
    "vpc": "vpc-1",
    "none": None,
    "cidr": "10.0.0.0/16",
    "service": "ssm",
    "bucket": "b",
}
DNS_NAME = "fs-0abc123def4567890.fsx.us-west-2.amazonaws.com"


def make_cluster(stack: cdk.Stack, **settings: Any) -> hp.HyperPodCluster:
    return hp.HyperPodCluster(stack, "Cluster", **{"instance_groups": GROUPS, **settings})


def make_vpc(stack: cdk.Stack, **settings: Any) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", **{"max_azs": 2, "nat_gateways": 1, **settings})


def cluster_resource(stack: cdk.Stack) -> dict[str, Any]:
    return next(iter(resources_of(stack, "AWS::SageMaker::Cluster").values()))


def groups_of(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    groups = cluster_resource(stack)["Properties"]["InstanceGroups"]
    return {group["InstanceGroupName"]: group for group in groups}


def test_minimal(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    make_cluster(stack)

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
                subnet=network.subnet,
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
            hp.FileSystem.openzfs(dns_name="fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com"),
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
    assert cluster_resource(stack)["Properties"]["NodeRecovery"] == "Automatic"


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
            stack.get_logical_id(_default_child(cluster.execution_roles["login"])),
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


def _default_child(construct: Any) -> cdk.CfnResource:
    child = construct.node.default_child
    assert isinstance(child, cdk.CfnResource)
    return child


def test_fails_on_a_bad_group_and_stays_as_it_was(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)

    with pytest.raises(hp.ValidationError, match=r"instance_groups\[2\].name: 'gpu' is the name"):
        cluster.add_instance_group(GROUPS[1])

    assert list(groups_of(stack)) == ["controller", "gpu"]


def test_fails_on_a_group_that_would_be_lost(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    assert len(groups_of(stack)) == 2

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

    assert {"Key": "team", "Value": "llm"} in cluster_resource(stack)["Properties"]["Tags"]


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


def test_an_existing_vpc_gives_its_first_private_subnet(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    make_cluster(stack, vpc=vpc)

    assert cluster_resource(stack)["Properties"]["VpcConfig"]["Subnets"] == [
        stack.resolve(vpc.private_subnets[0].subnet_id)
    ]


def test_an_imported_vpc_works(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a", "us-west-2b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    make_cluster(stack, vpc=vpc)

    assert cluster_resource(stack)["Properties"]["VpcConfig"]["Subnets"] == [
        "subnet-0123456789abcdef0"
    ]


def test_a_subnet_imported_by_its_id_alone_works(stack: cdk.Stack) -> None:
    subnet = ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-0123456789abcdef9")
    make_cluster(stack, vpc=make_vpc(stack), vpc_subnets=ec2.SubnetSelection(subnets=[subnet]))

    assert cluster_resource(stack)["Properties"]["VpcConfig"]["Subnets"] == [
        "subnet-0123456789abcdef9"
    ]


def test_a_group_with_a_subnet_of_its_own_keeps_the_security_groups(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    group = hp.InstanceGroup.worker(
        "far", instance_type="ml.c5.xlarge", partition="far", subnet=vpc.private_subnets[1]
    )
    make_cluster(stack, vpc=vpc, instance_groups=[*GROUPS, group])

    properties = cluster_resource(stack)["Properties"]
    assert groups_of(stack)["far"]["OverrideVpcConfig"] == {
        "SecurityGroupIds": properties["VpcConfig"]["SecurityGroupIds"],
        "Subnets": [stack.resolve(vpc.private_subnets[1].subnet_id)],
    }
    assert "OverrideVpcConfig" not in groups_of(stack)["gpu"]


def test_a_vpc_of_another_stack_works(app: cdk.App) -> None:
    network = hp.ClusterNetwork(make_stack(app, "NetworkStack"), "Network")
    stack = make_stack(app, "ClusterStack")
    make_cluster(stack, vpc=network.vpc, security_groups=[network.security_group])

    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Cluster", 1)


def test_a_cluster_in_a_stage_works(app: cdk.App) -> None:
    stack = make_stack(cdk.Stage(app, "Prod"), "Stack")
    make_cluster(stack)

    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Cluster", 1)


def test_two_clusters_of_one_stack_have_buckets_of_their_own(stack: cdk.Stack) -> None:
    make_cluster(stack)
    hp.HyperPodCluster(stack, "Second", instance_groups=GROUPS)

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
    cluster = make_cluster(stack)

    assert stack.resolve(cluster.cluster_id) == {
        "Fn::Select": [1, {"Fn::Split": ["/", stack.resolve(cluster.cluster_arn)]}]
    }
    with pytest.raises(hp.ValidationError, match=r"cluster_name: None was not given"):
        _ = cluster.cluster_name
    with pytest.raises(hp.ValidationError, match=r"\(UnknownClusterName\)"):
        _ = cluster.log_group_name
    assert cluster.required_quotas == {
        "ml.g5.8xlarge for cluster usage": 4,
        "ml.m5.xlarge for cluster usage": 1,
    }


def test_attributes_of_an_imported_cluster(stack: cdk.Stack) -> None:
    cluster = hp.HyperPodCluster.from_cluster_arn(
        stack, "Cluster", "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcde01234yz"
    )

    assert cluster.cluster_id == "abcde01234yz"
    assert cluster.ssm_target("gpu", "i-0") == "sagemaker-cluster:abcde01234yz_gpu-i-0"
    with pytest.raises(hp.ValidationError, match=r"\(UnknownClusterName\)"):
        _ = cluster.cluster_name
    with pytest.raises(hp.ValidationError, match=r"\(UnknownSecurityGroups\)"):
        _ = cluster.connections
    with pytest.raises(hp.ValidationError, match=r"\(UnknownExecutionRole\)"):
        _ = cluster.grant_principal


@pytest.mark.parametrize(
    "arn", ["my-cluster", "arn:aws:eks:us-west-2:111122223333:cluster/abcde01234yz", None]
)
def test_fails_on_what_is_no_cluster(stack: cdk.Stack, arn: Any) -> None:
    with pytest.raises(hp.ValidationError, match=r"cluster_arn: .* \(ClusterArn\)"):
        hp.HyperPodCluster.from_cluster_arn(stack, "Cluster", arn)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda stack: hp.EfaSecurityGroup(stack, "A", vpc=WRONG["vpc"]),
            "vpc: 'vpc-1' is of type",
        ),
        (lambda stack: hp.EfaSecurityGroup(stack, "A", vpc=WRONG["none"]), "vpc: None is of type"),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", ip_addresses=WRONG["cidr"]),
            "ip_addresses: '10.0.0.0/16' is of type str; pass addresses",
        ),
        (
            lambda stack: hp.ClusterNetwork(stack, "A", interface_endpoints=[WRONG["service"]]),
            r"interface_endpoints\[0\]: 'ssm' is of type str",
        ),
        (
            lambda stack: hp.ExecutionRole(stack, "A", lifecycle_bucket=WRONG["bucket"]),
            "lifecycle_bucket: 'b' is of type str; pass a bucket",
        ),
    ],
)
def test_fails_on_strings_in_place_of_constructs(
    stack: cdk.Stack, make: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(hp.ValidationError, match=message):
        make(stack)


def test_one_role_serves_two_clusters(stack: cdk.Stack) -> None:
    role = hp.ExecutionRole(stack, "Role")
    make_cluster(stack, execution_role=role)
    hp.HyperPodCluster(stack, "Second", instance_groups=GROUPS, execution_role=role)

    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Cluster", 2)


BAD_ARGUMENTS: list[tuple[Callable[[cdk.Stack], dict[str, Any]], str]] = [
    (lambda _: {"vpc": "vpc-0123"}, r"vpc: 'vpc-0123' is of type str; pass a VPC"),
    (lambda _: {"execution_role": "arn:aws:iam::1:role/x"}, r"execution_role: 'arn:aws:iam"),
    (lambda _: {"security_groups": ["sg-1"]}, r"security_groups\[0\]: 'sg-1' is of type str"),
    (lambda _: {"security_groups": "sg-1"}, r"security_groups: 'sg-1' is of type str"),
    (lambda _: {"file_systems": ["fs-1"]}, r"file_systems\[0\]: 'fs-1' .* pass a FileSystem"),
    (lambda _: {"file_systems": "fs-1"}, r"file_systems: 'fs-1' is of type str"),
    (lambda _: {"file_systems": None}, r"file_systems: None is of type NoneType"),
    (lambda _: {"lifecycle_scripts": "site"}, r"lifecycle_scripts: 'site' .* LifecycleScripts"),
    (lambda _: {"instance_groups": "gpu"}, r"instance_groups: 'gpu' is of type str"),
    (lambda _: {"instance_groups": None}, r"instance_groups: None is of type NoneType"),
    (lambda _: {"instance_groups": [None]}, r"instance_groups\[0\]: None is of type NoneType"),
    (lambda _: {"instance_groups": []}, r"have no controller"),
    (lambda _: {"orchestrator": "slurm"}, r"orchestrator: 'slurm' is of type str"),
    (lambda _: {"node_recovery": "Maybe"}, r"node_recovery: 'Maybe' is of type str"),
    (lambda stack: {"vpc": make_vpc(stack), "vpc_subnets": "a"}, r"vpc_subnets: 'a' is of type"),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
        },
        r"vpc_subnets\[0\]: '.*' is a public subnet.*\(PublicSubnet\)",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(
                stack,
                nat_gateways=0,
                subnet_configuration=[
                    ec2.SubnetConfiguration(name="P", subnet_type=ec2.SubnetType.PUBLIC)
                ],
            )
        },
        r"\(PublicSubnet\)",
    ),
    (
        lambda _: {"vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)},
        r"vpc: None is needed, since vpc_subnets was given.*\(VpcMissing\)",
    ),
    (
        lambda stack: {"security_groups": [ec2.SecurityGroup(stack, "G", vpc=make_vpc(stack))]},
        r"vpc: None is needed, since security_groups was given",
    ),
    (
        lambda _: {
            "file_systems": [hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh")]
        },
        r"\(FileSystemWithoutVpc\)",
    ),
    (
        lambda _: {
            "instance_groups": [
                *GROUPS,
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    subnet="subnet-1",  # type: ignore[arg-type]
                    execution_role="role",  # type: ignore[arg-type]
                    security_groups=["sg-1"],  # type: ignore[list-item]
                ),
            ]
        },
        r"(?s)instance_groups\[2\].subnet: 'subnet-1'.*execution_role: 'role'.*security_groups\[0\]",
    ),
    (lambda _: {"security_groups": [None]}, r"security_groups\[0\]: None is of type NoneType"),
    (lambda _: {"file_systems": [None]}, r"file_systems\[0\]: None is of type NoneType"),
    (
        lambda stack: {"vpc": hp.ClusterNetwork(stack, "Network")},
        r"vpc: .*ClusterNetwork; pass a VPC",
    ),
    (
        lambda stack: {"execution_role": iam.User(stack, "User")},
        r"execution_role: .*User; pass a role",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "vpc_subnets": ec2.SubnetSelection(availability_zones=["us-west-2z"]),
        },
        r"\(NoSubnets\)",
    ),
    (
        lambda stack: {
            "vpc": make_vpc(stack),
            "vpc_subnets": ec2.SubnetSelection(subnet_group_name="None"),
        },
        r"\(NoSubnets\)",
    ),
    (
        lambda stack: {
            "vpc": (vpc := make_vpc(stack)),
            "instance_groups": [
                *GROUPS,
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    subnet=vpc.public_subnets[0],
                ),
            ],
        },
        r"instance_groups\[2\].subnet: 'Stack/Vpc/PublicSubnet1' is a public subnet",
    ),
    (
        lambda stack: {
            "execution_role": hp.ExecutionRole(stack, "Role"),
            "source_account_condition": True,
        },
        r"\(SourceAccountCondition\)",
    ),
    (
        lambda _: {
            "instance_groups": [
                *GROUPS,
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    volumes=[hp.EbsVolume.root(kms_key="alias/x")],  # type: ignore[arg-type]
                ),
            ]
        },
        r"instance_groups\[2\].volumes\[0\].kms_key: 'alias/x' is of type str; pass a key",
    ),
    (
        lambda stack: {
            "instance_groups": [
                GROUPS[0],
                hp.InstanceGroup.worker(
                    "x",
                    instance_type="ml.c5.xlarge",
                    partition="x",
                    count=cdk.CfnParameter(stack, "Count"),  # type: ignore[arg-type]
                ),
            ]
        },
        r"instance_groups\[1\].count: .* is of type CfnParameter; pass a whole number",
    ),
    (
        lambda stack: {"cluster_name": cdk.CfnParameter(stack, "Name")},
        r"cluster_name: .* is of type CfnParameter; pass a string",
    ),
    (
        lambda _: {"lifecycle_scripts": hp.LifecycleScripts.from_asset("/no/such/folder")},
        r"lifecycle_scripts.path: '/no/such/folder' is not a folder",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS)
def test_fails_on_bad_arguments(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], message: str
) -> None:
    settings = arguments(stack)

    with pytest.raises(hp.ValidationError, match=message):
        make_cluster(stack, **settings)


def test_fails_on_a_volume_that_is_no_whole_number_of_gibibytes(stack: cdk.Stack) -> None:
    group = hp.InstanceGroup.worker(
        "x",
        instance_type="ml.c5.xlarge",
        partition="x",
        volumes=[hp.EbsVolume(size=cdk.Size.mebibytes(1500))],
    )

    with pytest.raises(hp.ValidationError, match="is not a whole number of GiB"):
        make_cluster(stack, instance_groups=[*GROUPS, group])


def test_warnings_are_annotations_said_once(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    cluster = make_cluster(
        stack, vpc=vpc, security_groups=[ec2.SecurityGroup(stack, "Plain", vpc=vpc)]
    )
    cluster.add_instance_group(
        hp.InstanceGroup.worker("w", instance_type="ml.c5.xlarge", partition="dev")
    )
    cluster.add_instance_group(LOGIN)

    annotations = Annotations.from_stack(stack)
    found = annotations.find_warning("*", Match.string_like_regexp("EFA needs a rule|AutomaticP"))
    assert len(found) == 2
    assert "hyperpod-constructs:EfaSecurityGroup" in json.dumps(
        [str(message.entry.data) for message in found]
    )


def test_what_a_later_group_mends_is_no_warning(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack, instance_groups=GROUPS[:1])
    cluster.add_instance_group(GROUPS[1])

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_a_good_cluster_has_no_warning(stack: cdk.Stack) -> None:
    make_cluster(stack)

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_the_escape_hatch_is_the_default_child(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    _default_child(cluster).add_property_override("NodeProvisioningMode", "Continuous")

    assert cluster_resource(stack)["Properties"]["NodeProvisioningMode"] == "Continuous"
