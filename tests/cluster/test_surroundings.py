"""What a cluster finds around it in the app: roles, security groups, endpoints, a shared VPC."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
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


def test_roles_may_use_the_network_of_the_account_that_shares_it(
    app: cdk.App, stack: cdk.Stack
) -> None:
    owner = cdk.Stack(
        app,
        "Owner",
        env=cdk.Environment(account="444455556666", region="us-west-2"),
    )
    cdk.CfnWaitConditionHandle(owner, "Something")
    vpc = ec2.Vpc.from_vpc_attributes(
        owner,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    cluster(stack, vpc=vpc)

    roles = resources_of(stack, "AWS::IAM::Role").values()
    statements = [
        statement
        for role in roles
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Sid") == "NetworkInterfaces"
    ]
    assert statements
    for statement in statements:
        assert "arn:aws:ec2:us-west-2:444455556666:subnet/*" in str(statement["Resource"])


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
