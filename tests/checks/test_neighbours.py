"""What a cluster depends on in its template: security groups, roles, subnets, file systems."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hyperpod_constructs.checks.findings import Source, cluster_findings
from hyperpod_constructs.checks.neighbours import known_subnets, neighbour_findings
from tests.clusters import every_mode
from tests.clusters.neighbours import GOOD, INTERFACES, TRUST, document, resource, rule
from tests.clusters.stacks import make_sample
from tests.synth import template as as_template


def without(*names: str, **changes: Any) -> dict[str, Any]:
    """The template without some resources, and with others."""
    return {"Resources": {key: each for key, each in (GOOD | changes).items() if key not in names}}


def with_role(**properties: Any) -> dict[str, Any]:
    return without(Role=resource("IAM::Role", **{**GOOD["Role"]["Properties"], **properties}))


def with_subnet(**properties: Any) -> dict[str, Any]:
    return without(Subnet=resource("EC2::Subnet", **{**GOOD["Subnet"]["Properties"], **properties}))


def found(template: dict[str, Any], *, logical_id: str = "Cluster") -> list[tuple[str, str, str]]:
    cluster = template["Resources"][logical_id]["Properties"]
    subnets = known_subnets(template, cluster)
    of_cluster = cluster_findings(cluster, source=Source.TEMPLATE, subnets=subnets)
    return [
        (str(each.problem.severity), each.problem.code, str(each.path[1]))
        for each in neighbour_findings(template, cluster)
    ] + [
        (str(each.problem.severity), each.problem.code, str(each.path[0]))
        for each in of_cluster
        if each.problem.code in {"PublicSubnet", "SubnetAddresses"}
    ]


def test_a_template_without_problems() -> None:
    assert found({"Resources": GOOD}) == []


@pytest.mark.parametrize("unknown_first", [True, False])
def test_a_rule_that_is_unknown_hides_no_rule_that_is_known(unknown_first: bool) -> None:
    unknown = {
        "Unknown": resource("EC2::SecurityGroupIngress", GroupId={"Fn::If": ["A", "b", "c"]})
    }
    known = without("To")["Resources"]
    resources = unknown | known if unknown_first else known | unknown
    assert found({"Resources": resources}) == [("warning", "SecurityGroupTraffic", "Nodes")]
    assert found({"Resources": resources | GOOD}) == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (without("From", "Lustre"), ("warning", "SecurityGroupTraffic", "Nodes")),
        (without("To"), ("warning", "SecurityGroupTraffic", "Nodes")),
        (
            without(From=rule("Ingress", "SourceSecurityGroupId", IpProtocol="tcp")),
            ("warning", "SecurityGroupTraffic", "Nodes"),
        ),
        (
            with_role(
                AssumeRolePolicyDocument=document(
                    TRUST | {"Principal": {"Service": "ec2.amazonaws.com"}}
                )
            ),
            ("error", "ExecutionRoleTrust", "Role"),
        ),
        (with_role(Policies=[]), ("warning", "ExecutionRoleNetwork", "Role")),
        (with_subnet(MapPublicIpOnLaunch=True), ("error", "PublicSubnet", "VpcConfig")),
        (
            without(
                Gateway=resource("EC2::InternetGateway"),
                Table=resource("EC2::RouteTable"),
                Association=resource(
                    "EC2::SubnetRouteTableAssociation",
                    SubnetId={"Ref": "Subnet"},
                    RouteTableId={"Ref": "Table"},
                ),
                Route=resource(
                    "EC2::Route", RouteTableId={"Ref": "Table"}, GatewayId={"Ref": "Gateway"}
                ),
            ),
            ("error", "PublicSubnet", "VpcConfig"),
        ),
        (with_subnet(CidrBlock="10.0.0.0/28"), ("warning", "SubnetAddresses", "VpcConfig")),
        (
            without(
                Other=resource("EC2::SecurityGroup"),
                Lustre=resource("FSx::FileSystem", SecurityGroupIds=[{"Ref": "Other"}]),
            ),
            ("warning", "FileSystemTraffic", "Lustre"),
        ),
    ],
)
def test_judges_what_the_cluster_depends_on(
    template: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert found(template) == [expected]


UNKNOWN = {"Fn::If": ["Condition", "a", "b"]}
SUBNETS = {"VpcConfig": {"Subnets": [{"Ref": "Subnet"}]}}


@pytest.mark.parametrize(
    "template",
    [
        without("From", "To", Nodes=resource("EC2::SecurityGroup", SecurityGroupIngress=UNKNOWN)),
        without("From", Other=rule("Ingress", "SourceSecurityGroupId", GroupId=UNKNOWN)),
        without("From", Other=rule("Ingress", "SourceSecurityGroupId", IpProtocol=UNKNOWN)),
        without("From", "To", "Nodes"),
        without("Role"),
        without(Role=resource("IAM::Role") | {"Properties": UNKNOWN}),
        with_role(AssumeRolePolicyDocument=UNKNOWN),
        with_role(AssumeRolePolicyDocument=document(UNKNOWN)),
        with_role(AssumeRolePolicyDocument=document(TRUST | {"Principal": {"Service": UNKNOWN}})),
        with_role(Policies=[], ManagedPolicyArns=[UNKNOWN]),
        with_role(Policies=[], ManagedPolicyArns=["arn:aws:iam::111122223333:policy/own"]),
        with_role(Policies=[], ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        with_role(Policies=UNKNOWN),
        with_subnet(CidrBlock=UNKNOWN, MapPublicIpOnLaunch=UNKNOWN),
        without("Subnet"),
        without("Lustre"),
        without(Lustre=resource("FSx::FileSystem", SecurityGroupIds=UNKNOWN)),
    ],
)
def test_says_nothing_of_what_it_cannot_follow(template: dict[str, Any]) -> None:
    assert found(template) == []


def test_policies_can_be_resources() -> None:
    for kind, key in (("IAM::Policy", "Roles"), ("IAM::ManagedPolicy", "Roles")):
        policy = resource(kind, PolicyDocument=document(INTERFACES), **{key: [{"Ref": "Role"}]})
        template = with_role(Policies=[])
        template["Resources"]["Policy"] = policy

        assert found(template) == []


@pytest.mark.parametrize(
    "make", [every_mode.continuous, every_mode.on_eks, every_mode.multi_head, every_mode.api_driven]
)
def test_says_nothing_of_constructs(
    stack: cdk.Stack, scripts: Path, make: Callable[..., Any]
) -> None:
    make(stack, *([scripts] if make is every_mode.api_driven else []))

    assert_silent(as_template(stack))


def test_says_nothing_of_the_sample_app(tmp_path: Path) -> None:
    assert_silent(as_template(make_sample(tmp_path)))


def assert_silent(template: dict[str, Any]) -> None:
    clusters = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::SageMaker::Cluster"
    ]
    assert clusters
    for cluster in clusters:
        assert list(neighbour_findings(template, cluster)) == []
        facts = known_subnets(template, cluster).of_cluster
        assert not any(subnet.public for subnet in facts)
        assert all(subnet.ipv4_cidr_block for subnet in facts)


def test_odd_templates_are_no_error() -> None:
    odd: list[Any] = [None, 1, "a", [], {}, [1], {"Ref": 1}, UNKNOWN, {"Fn::GetAtt": []}]
    for name, each in GOOD.items():
        for key in each["Properties"]:
            for value in odd:
                changed = {**each, "Properties": {**each["Properties"], key: value}}
                template = {"Resources": {**GOOD, name: changed}}
                cluster = template["Resources"]["Cluster"]["Properties"]
                assert len(known_subnets(template, SUBNETS).of_cluster) == 1
                for finding in neighbour_findings(template, cluster):
                    assert finding.path[0] == "Resources"
