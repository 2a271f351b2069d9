"""What a cluster finds around it in the app: roles, security groups, endpoints, a shared VPC."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.clusters.stacks import DNS_NAME
from tests.synth import resources_of

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
WORKER = hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu")
SERVICE = iam.ServicePrincipal("sagemaker.amazonaws.com")


def cluster(stack: cdk.Stack, **arguments: Any) -> hp.HyperPodCluster:
    arguments.setdefault("instance_groups", [CONTROLLER, WORKER])
    return hp.HyperPodCluster(stack, "Cluster", **arguments)


def warnings(stack: cdk.Stack, code: str) -> int:
    pattern = Match.string_like_regexp(rf"\({code}\)")
    return len(Annotations.from_stack(stack).find_warning("*", pattern))


@pytest.mark.parametrize(
    ("mode", "is_refused"),
    [
        (None, True),
        (eks.AuthenticationMode.CONFIG_MAP, True),
        (eks.AuthenticationMode.API, False),
        (eks.AuthenticationMode.API_AND_CONFIG_MAP, False),
    ],
)
def test_an_eks_cluster_needs_access_entries(stack: cdk.Stack, mode: Any, is_refused: bool) -> None:
    layer = "arn:aws:lambda:us-west-2:111122223333:layer:kubectl:1"
    control_plane = eks.Cluster(
        stack,
        "ControlPlane",
        version=eks.KubernetesVersion.of("1.34"),
        default_capacity=0,
        authentication_mode=mode,
        kubectl_layer=lambda_.LayerVersion.from_layer_version_arn(stack, "Layer", layer),
    )
    arguments: Any = {
        "orchestrator": hp.Eks(control_plane),
        "instance_groups": [hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge")],
    }
    if is_refused:
        with pytest.raises(hp.ValidationError, match=r"'CONFIG_MAP' is the .*EksAuthentication"):
            cluster(stack, **arguments)
    else:
        cluster(stack, **arguments)


def test_warns_of_a_role_that_the_service_cannot_assume(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))

    cluster(stack, instance_groups=[CONTROLLER, WORKER], execution_role=role)

    text = r"execution_role: 'Stack/Role' must trust sagemaker.amazonaws.com"
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp(text))


def test_warns_of_a_role_without_the_permissions_of_nodes(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=SERVICE)
    role.add_to_policy(iam.PolicyStatement(actions=["logs:*"], resources=["*"]))

    cluster(stack, execution_role=role)

    text = (
        r"'Stack/Role' does not allow ssmmessages:OpenControlChannel, "
        r"ec2:CreateNetworkInterface, ec2:DescribeSubnets, which nodes require"
    )
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp(text))


@pytest.mark.parametrize("name", ["AmazonSageMakerClusterInstanceRolePolicy", "Other"])
def test_says_what_it_knows_of_managed_policies(stack: cdk.Stack, name: str) -> None:
    policy = iam.ManagedPolicy.from_aws_managed_policy_name(name)
    role = iam.Role(stack, "Role", assumed_by=SERVICE, managed_policies=[policy])

    cluster(stack, execution_role=role)

    assert warnings(stack, "RoleActions") == (name != "Other")


def test_says_nothing_of_roles_of_the_library_and_of_imported_ones(stack: cdk.Stack) -> None:
    arn = "arn:aws:iam::111122223333:role/nodes"
    imported = iam.Role.from_role_arn(stack, "Imported", arn)
    own = hp.InstanceGroup.worker(
        "own", instance_type="ml.g5.8xlarge", partition="own", execution_role=imported
    )

    cluster(
        stack,
        instance_groups=[CONTROLLER, WORKER, own],
        execution_role=hp.ExecutionRole(stack, "Role"),
    )

    assert warnings(stack, "RoleActions") == warnings(stack, "RoleTrust") == 0


def test_sees_that_a_security_group_lets_efa_work(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    group = ec2.SecurityGroup(stack, "Efa", vpc=network.vpc, allow_all_outbound=False)
    cluster(stack, vpc=network.vpc, security_groups=[group])
    group.connections.allow_internally(ec2.Port.all_traffic())

    assert warnings(stack, "EfaSecurityGroup") == 0


def test_sees_that_a_rule_is_dropped(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    group = ec2.SecurityGroup(stack, "Default", vpc=network.vpc)
    group.connections.allow_internally(ec2.Port.all_traffic())
    cluster(stack, vpc=network.vpc, security_groups=[group])

    assert warnings(stack, "EfaSecurityGroup") == 1


@pytest.mark.parametrize("where", ["vpc", "stack"])
def test_waits_for_endpoints_that_are_created_later(stack: cdk.Stack, where: str) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    made = cluster(stack, vpc=network.vpc, security_groups=[network.security_group])
    service = ec2.InterfaceVpcEndpointAwsService.ECR
    endpoint = (
        network.vpc.add_interface_endpoint("Registry", service=service)
        if where == "vpc"
        else ec2.InterfaceVpcEndpoint(stack, "Registry", vpc=network.vpc, service=service)
    )

    (resource,) = resources_of(stack, "AWS::SageMaker::Cluster").values()
    child = endpoint.node.default_child
    assert isinstance(child, cdk.CfnElement)
    assert stack.resolve(child.logical_id) in resource["DependsOn"]
    assert made.vpc is network.vpc


@pytest.mark.parametrize("has_endpoint", [False, True])
def test_warns_of_isolated_nodes_that_cannot_read_their_scripts(
    stack: cdk.Stack, has_endpoint: bool
) -> None:
    configuration = ec2.SubnetConfiguration(
        name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
    )
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0, subnet_configuration=[configuration])
    cluster(stack, vpc=vpc)
    if has_endpoint:
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)

    assert warnings(stack, "S3Endpoint") == (not has_endpoint)


def test_quotas_name_counts_that_only_the_deployment_knows(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Workers", type="Number", default=4)
    count: Any = parameter.value_as_number
    groups = [
        CONTROLLER,
        WORKER,
        hp.InstanceGroup.worker("more", instance_type="ml.g5.8xlarge", partition="b", count=count),
    ]

    assert cluster(stack, instance_groups=groups).required_quotas == {
        "ml.g5.8xlarge for cluster usage": "1 or more",
        "ml.m5.xlarge for cluster usage": 1,
    }


def eks_resource(stack: cdk.Stack, mode: str | None) -> eks.CfnCluster:
    """An EKS cluster without a construct, in a VPC of the app, and nodes that belong to it."""
    vpc = ec2.Vpc(stack, "Vpc")
    resource = eks.CfnCluster(
        stack,
        "Eks",
        role_arn="arn:aws:iam::111122223333:role/eks",
        resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(
            subnet_ids=[subnet.subnet_id for subnet in vpc.private_subnets]
        ),
        access_config=None
        if mode is None
        else eks.CfnCluster.AccessConfigProperty(authentication_mode=mode),
    )
    cluster(
        stack,
        vpc=vpc,
        orchestrator=hp.Eks(hp.EksClusterReference(resource.attr_arn)),
        instance_groups=[hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge")],
    )
    return resource


def test_nodes_and_an_eks_cluster_resource_reach_each_other(stack: cdk.Stack) -> None:
    eks_resource(stack, "API")

    own = {"Fn::GetAtt": ["Eks", "ClusterSecurityGroupId"]}
    rules = [
        each["Properties"]
        for each in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
    ]
    assert any(rule["GroupId"] == own for rule in rules)
    assert any(rule["SourceSecurityGroupId"] == own for rule in rules)
    (resource,) = resources_of(stack, "AWS::SageMaker::Cluster").values()
    assert "Eks" in resource["DependsOn"]


@pytest.mark.parametrize("mode", ["CONFIG_MAP", None])
def test_an_eks_cluster_resource_needs_access_entries(stack: cdk.Stack, mode: str | None) -> None:
    with pytest.raises(hp.ValidationError, match="EksAuthenticationMode"):
        eks_resource(stack, mode)


@pytest.mark.parametrize("opens", [False, True])
def test_warns_of_nodes_that_cannot_connect_to_anything(stack: cdk.Stack, opens: bool) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    group = ec2.SecurityGroup(stack, "Nodes", vpc=network.vpc, allow_all_outbound=False)
    group.add_ingress_rule(group, ec2.Port.all_traffic())
    group.add_egress_rule(group, ec2.Port.all_traffic())
    if opens:
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    cluster(stack, vpc=network.vpc, security_groups=[group])

    assert warnings(stack, "NoOutboundTraffic") == (0 if opens else 1)


@pytest.mark.parametrize("is_other", [False, True])
def test_warns_of_a_file_system_in_another_vpc(stack: cdk.Stack, is_other: bool) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    vpc = ec2.Vpc(stack, "Other") if is_other else network.vpc
    file_system = fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=vpc,
        vpc_subnet=vpc.private_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
    )
    cluster(
        stack,
        vpc=network.vpc,
        security_groups=[network.security_group],
        file_systems=[hp.FileSystem.lustre(file_system)],
    )

    assert warnings(stack, "FileSystemVpc") == int(is_other)


@pytest.mark.parametrize("of_group", [False, True])
@pytest.mark.parametrize("zone", [0, 1])
def test_warns_of_a_file_system_in_another_zone(
    stack: cdk.Stack, zone: int, of_group: bool
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    file_system = fsx.CfnFileSystem(
        stack,
        "Home",
        file_system_type="OPENZFS",
        subnet_ids=[vpc.private_subnets[zone].subnet_id],
    )
    mounts: Any = [hp.FileSystem.openzfs(file_system)]
    made = cluster(
        stack,
        vpc=vpc,
        orchestrator=hp.ApiDrivenSlurm() if of_group else hp.Slurm(),
        file_systems=[] if of_group else mounts,
    )
    if of_group:
        made.add_instance_group(
            hp.InstanceGroup.worker(
                "more", instance_type="ml.g5.8xlarge", partition="more", file_systems=mounts
            )
        )

    assert warnings(stack, "FileSystemZone") == zone


@pytest.mark.parametrize(
    ("options", "orchestrator", "expected"),
    [
        (None, hp.Slurm(), 1),
        (["rw", "crossmnt"], hp.Slurm(), 1),
        (["rw", "no_root_squash"], hp.Slurm(), 0),
        (["rw", "crossmnt"], hp.ApiDrivenSlurm(), 0),
    ],
)
def test_warns_of_a_file_system_that_root_cannot_write(
    stack: cdk.Stack, options: list[str] | None, orchestrator: Any, expected: int
) -> None:
    kind = fsx.CfnFileSystem
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    clients = kind.ClientConfigurationsProperty(clients="*", options=options or [])
    file_system = kind(
        stack,
        "Home",
        file_system_type="OPENZFS",
        subnet_ids=[vpc.private_subnets[0].subnet_id],
        open_zfs_configuration=kind.OpenZFSConfigurationProperty(
            deployment_type="SINGLE_AZ_1",
            root_volume_configuration=kind.RootVolumeConfigurationProperty(
                nfs_exports=[kind.NfsExportsProperty(client_configurations=[clients])]
            ),
        )
        if options
        else None,
    )
    cluster(
        stack,
        vpc=vpc,
        orchestrator=orchestrator,
        file_systems=[hp.FileSystem.openzfs(file_system)],
    )

    assert warnings(stack, "OpenZfsRootSquash") == expected


def test_a_zone_that_only_the_deployment_knows_is_not_judged(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    file_system = fsx.CfnFileSystem(
        stack, "Home", file_system_type="OPENZFS", subnet_ids=[vpc.private_subnets[1].subnet_id]
    )
    cluster(stack, vpc=vpc, file_systems=[hp.FileSystem.openzfs(file_system)])

    assert warnings(stack, "FileSystemZone") == 0


def groups_encrypted_with(key: kms.Key, controllers: int = 1) -> list[hp.InstanceGroup]:
    volumes = [hp.EbsVolume(size=cdk.Size.gibibytes(100), kms_key=key)]
    return [
        hp.InstanceGroup.controller(
            instance_type="ml.m5.xlarge", count=controllers, volumes=volumes
        ),
        hp.InstanceGroup.worker(
            "gpu", instance_type="ml.g5.8xlarge", partition="gpu", volumes=volumes
        ),
    ]


def roles_in_the_policy_of_the_key(stack: cdk.Stack) -> bool:
    (key,) = resources_of(stack, "AWS::KMS::Key").values()
    return "ExecutionRoles" in str(key["Properties"]["KeyPolicy"])


def test_one_key_encrypts_volumes_and_the_bucket_of_scripts(stack: cdk.Stack) -> None:
    """A key policy with the roles would depend on roles that depend on the bucket and its key."""
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Bucket", encryption_key=key)
    cluster(
        stack,
        lifecycle_scripts=hp.LifecycleScripts.default(bucket=bucket),
        instance_groups=groups_encrypted_with(key),
    )

    assert not roles_in_the_policy_of_the_key(stack)


def test_one_key_encrypts_volumes_and_a_topic(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    cluster(
        stack,
        orchestrator=hp.Slurm(
            multi_head=hp.MultiHead(topic=sns.Topic(stack, "Topic", master_key=key))
        ),
        vpc=ec2.Vpc(stack, "Vpc", max_azs=2),
        file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh")],
        instance_groups=groups_encrypted_with(key, controllers=2),
    )

    assert not roles_in_the_policy_of_the_key(stack)


def test_a_key_policy_that_does_not_delegate_to_iam_names_the_roles(stack: cdk.Stack) -> None:
    administrator = iam.PolicyStatement(
        actions=["kms:*"],
        principals=[iam.ArnPrincipal("arn:aws:iam::111122223333:role/admin")],
        resources=["*"],
    )
    key = kms.Key(stack, "Key", policy=iam.PolicyDocument(statements=[administrator]))
    cluster(stack, instance_groups=groups_encrypted_with(key))

    assert roles_in_the_policy_of_the_key(stack)
