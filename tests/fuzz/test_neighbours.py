"""Templates of a cluster and what it depends on, with something changed anywhere."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hyperpod_constructs.checks.findings import Finding, Source, cluster_findings
from hyperpod_constructs.checks.neighbours import known_subnets, neighbour_findings
from hyperpod_constructs.checks.template_clusters import template_clusters, unread_parts
from tests.clusters.neighbours import (
    GOOD,
    INTERFACES,
    SELF,
    TRUST,
    document,
    resource,
    rule,
)

from .mutations import documents
from .reports import assert_right, checked, in_another_order, is_file, judgements
from .second_opinions import lint_problems

TRIES = settings().max_examples // 14
SUBNETS = {
    "Gateway": resource("EC2::NatGateway", SubnetId={"Ref": "Own"}),
    "Table": resource("EC2::RouteTable", VpcId={"Ref": "Vpc"}),
    "Association": resource(
        "EC2::SubnetRouteTableAssociation",
        SubnetId={"Ref": "Own"},
        RouteTableId={"Ref": "Table"},
    ),
    "Route": resource(
        "EC2::Route",
        RouteTableId={"Ref": "Table"},
        NatGatewayId={"Ref": "Gateway"},
        DestinationCidrBlock="0.0.0.0/0",
    ),
    "Own": resource(
        "EC2::Subnet",
        VpcId={"Ref": "Vpc"},
        CidrBlock={"Fn::FindInMap": ["Blocks", {"Ref": "AWS::Region"}, "Block"]},
    ),
}
POLICIES = {
    "Beside": resource(
        "IAM::Policy",
        PolicyName="beside",
        PolicyDocument=document(INTERFACES),
        Roles=[{"Ref": "Restricted"}],
    ),
    "Managed": resource(
        "IAM::ManagedPolicy",
        PolicyDocument=document(
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
            }
        ),
    ),
    "Inline": resource(
        "IAM::RolePolicy",
        PolicyName="inline",
        RoleName={"Ref": "Restricted"},
        PolicyDocument=document(INTERFACES),
    ),
    "Restricted": resource(
        "IAM::Role",
        AssumeRolePolicyDocument=document(TRUST),
        ManagedPolicyArns=[{"Ref": "Managed"}],
    ),
}
CONFIGURATION = {
    "SourceS3Uri": {"Fn::Sub": "s3://${Bucket}/scripts"},
    "OnInitComplete": "more.sh",
}
NODES = GOOD["Cluster"]["Properties"]
GROUPS = [
    {key: value for key, value in each.items() if key != "InstanceStorageConfigs"}
    for each in NODES["InstanceGroups"]
]
MOUNTS = NODES["InstanceGroups"][0]["InstanceStorageConfigs"]
TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::LanguageExtensions",
    "Parameters": {
        "Count": {"Type": "Number", "Default": 2},
        "Network": {"Type": "AWS::EC2::VPC::Id"},
        "Types": {"Type": "CommaDelimitedList", "Default": "ml.g5.8xlarge,ml.p5.48xlarge"},
    },
    "Conditions": {"Large": {"Fn::Equals": [{"Ref": "Count"}, 4]}},
    "Mappings": {"Blocks": {"us-east-1": {"Block": "10.2.0.0/16"}}},
    "Resources": {
        **GOOD,
        **SUBNETS,
        **POLICIES,
        "Cluster": resource("SageMaker::Cluster", **{**NODES, "InstanceGroups": GROUPS}),
        "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/8"),
        "Bucket": resource("S3::Bucket"),
        "Others": resource(
            "EC2::SecurityGroup",
            GroupDescription="inline",
            VpcId={"Ref": "Vpc"},
            SecurityGroupIngress=[
                {"IpProtocol": "tcp", "FromPort": 988, "ToPort": 1023, "CidrIp": "10.0.0.0/8"}
            ],
            SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
        ),
        "FromOthers": rule(
            "Ingress", "SourceSecurityGroupId", GroupId={"Fn::GetAtt": "Others.GroupId"}
        ),
        "Slurm": resource(
            "SageMaker::Cluster",
            VpcConfig={
                "SecurityGroupIds": [{"Fn::GetAtt": "Others.GroupId"}, SELF],
                "Subnets": [{"Ref": "Subnet"}, {"Ref": "Own"}],
            },
            InstanceGroups=[
                {
                    "InstanceGroupName": "controller",
                    "InstanceType": {"Fn::Select": [0, {"Ref": "Types"}]},
                    "InstanceCount": 1,
                    "ExecutionRole": {"Fn::Sub": "${Restricted.Arn}"},
                    "SlurmConfig": {"NodeType": "Controller"},
                    "OverrideVpcConfig": {
                        "SecurityGroupIds": [SELF],
                        "Subnets": [{"Fn::If": ["Large", {"Ref": "Subnet"}, {"Ref": "Own"}]}],
                    },
                    "LifeCycleConfig": CONFIGURATION,
                },
                {
                    "InstanceGroupName": "gpu",
                    "InstanceType": "ml.p5.48xlarge",
                    "InstanceCount": {"Ref": "Count"},
                    "ExecutionRole": {"Fn::GetAtt": ["Role", "Arn"]},
                    "SlurmConfig": {"NodeType": "Compute", "PartitionNames": ["gpu"]},
                    "InstanceStorageConfigs": MOUNTS,
                    "LifeCycleConfig": CONFIGURATION,
                },
            ],
            Orchestrator={"Slurm": {"SlurmConfigStrategy": "Merge"}},
        ),
        "Upload": {
            "Type": "Custom::CDKBucketDeployment",
            "Properties": {
                "ServiceToken": {"Ref": "Network"},
                "DestinationBucketName": {"Ref": "Bucket"},
                "DestinationBucketKeyPrefix": "scripts",
                "SourceObjectKeys": ["0a1b.zip"],
                "SourceMarkers": [{"marker": {"Ref": "Count"}}],
            },
        },
        "Fn::ForEach::Teams": [
            "Team",
            ["a", "b"],
            {
                "Team${Team}": resource(
                    "SageMaker::Cluster",
                    ClusterName={"Fn::Sub": "team-${Team}"},
                    **{key: value for key, value in NODES.items() if key != "InstanceGroups"},
                    InstanceGroups=GROUPS,
                )
            },
        ],
    },
}
NAMES = [*sorted(TEMPLATE["Resources"]), "Count", "Network", "Nowhere", "AWS::NoValue"]
ATTRIBUTES = ["Arn", "GroupId", "DNSName", ""]
REFERENCES = st.sampled_from(NAMES).flatmap(
    lambda name: st.sampled_from(
        [
            {"Ref": name},
            {"Fn::Sub": f"${{{name}}}"},
            *({"Fn::GetAtt": [name, attribute]} for attribute in ATTRIBUTES),
            *({"Fn::GetAtt": f"{name}.{attribute}"} for attribute in ATTRIBUTES),
        ]
    )
)
FUNCTIONS = st.sampled_from(
    [
        {"Fn::GetAtt": 5},
        {"Fn::GetAtt": {"Ref": "Role"}},
        {"Fn::GetAtt": []},
        {"Fn::Join": ["", []]},
        {"Fn::Join": [[]]},
        {"Fn::Join": []},
        {"Fn::Sub": []},
        {"Fn::Sub": ["${A}", ["A"]]},
        {"Fn::Sub": ["${A}", 5]},
        {"Fn::Sub": ["${A}", {"A": {"Fn::GetAtt": None}}]},
        {"Fn::If": ["Large", {"Ref": "Role"}, {"Ref": "AWS::NoValue"}]},
        {"Fn::ImportValue": {"Fn::Sub": "${Network}-role"}},
        {"Fn::FindInMap": ["Blocks", {"Ref": "AWS::Region"}, "Block"]},
        {"Fn::Split": [",", {"Ref": "Types"}]},
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}},
        {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 4, 8]},
    ]
)
WORDS = st.sampled_from(
    [
        *("10.0.0.0/33", "10.0.0.0", "::/0", "0.0.0.0/0", "10.0.0.0/28", "-1", -1, 6, "tcp", "*"),
        *("ec2:[", "ec2:*", "EC2:DESCRIBE*", "arn:aws:iam::aws:policy/", "Deny", 1e308, -1e308),
        *("true", "sagemaker.amazonaws.com", "${Token[A]}", {"AWS": "*"}, {"Service": {}}),
    ]
)


def findings(template: Any) -> list[Finding]:
    """All findings, with paths in the template, as the command has them."""
    found = list(unread_parts(template))
    for place, properties in template_clusters(template):
        subnets = known_subnets(template, properties)
        of_cluster = cluster_findings(properties, source=Source.TEMPLATE, subnets=subnets)
        found += [Finding(each.problem, (*place, *each.path)) for each in of_cluster]
        if isinstance(properties, dict):
            found += neighbour_findings(template, properties)
    return found


@settings(max_examples=TRIES)
@given(documents([TEMPLATE], REFERENCES, FUNCTIONS, WORDS, most=5))
@example(TEMPLATE)
def test_a_template_is_judged_or_refused(template: Any) -> None:
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        assert not is_file(template) or checked(template) is None or "Resources" not in template
        return
    found = findings(template)
    assert_right(found, template)
    assert findings(template) == found
    other = judgements(findings(in_another_order(template)))
    assert other == judgements(found), f"{other - judgements(found)}, {judgements(found) - other}"
    if is_file(template):
        problems = checked(template)
        assert problems is not None
        assert {each["code"] for each in problems} == {each.problem.code for each in found}


def test_the_template_is_right() -> None:
    assert [str(each.problem) for each in findings(TEMPLATE)] == []
    assert lint_problems(TEMPLATE) == []
