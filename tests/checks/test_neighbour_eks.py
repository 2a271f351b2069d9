"""The EKS cluster of a HyperPod cluster in its template, with add-ons, node groups and names."""

import json
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.checks.findings import Source, cluster_findings
from hyperpod_constructs.checks.neighbours import known_subnets, neighbour_findings
from tests.clusters.neighbours import GOOD, document, resource

UNKNOWN = {"Fn::If": ["Condition", "a", "b"]}
ARN = {"Fn::GetAtt": ["Eks", "Arn"]}
EKS = {
    "Name": "training",
    "Version": "1.34",
    "AccessConfig": {"AuthenticationMode": "API"},
    "RoleArn": "arn:aws:iam::111122223333:role/eks",
    "ResourcesVpcConfig": {"SubnetIds": [{"Ref": "Subnet"}]},
}
POLICY = "arn:aws:iam::aws:policy/AmazonSageMakerHyperPodInferenceAccess"


def cluster(**properties: Any) -> dict[str, Any]:
    return resource(
        "SageMaker::Cluster",
        **{
            **GOOD["Cluster"]["Properties"],
            "Orchestrator": {"Eks": {"ClusterArn": ARN}},
            **properties,
        },
    )


def eks(**properties: Any) -> dict[str, Any]:
    return {"Eks": resource("EKS::Cluster", **{**EKS, **properties})}


def of_eks(kind: str, *, name: Any = None, **properties: Any) -> dict[str, Any]:
    return {"Other": resource(f"EKS::{kind}", ClusterName=name or {"Ref": "Eks"}, **properties)}


def inference(
    *, bucket: Any = "hyperpod-tls-1", role_name: Any = "Inference", policy: str = POLICY
) -> dict[str, Any]:
    values = '{"executionRoleArn":"${Operator.Arn}","tlsCertificateS3Bucket":"${Certificates}"}'
    return {
        **of_eks(
            "Addon",
            AddonName="amazon-sagemaker-hyperpod-inference",
            ConfigurationValues={"Fn::Sub": values},
        ),
        "Certificates": resource("S3::Bucket", BucketName=bucket),
        "Operator": resource(
            "IAM::Role",
            RoleName=role_name,
            AssumeRolePolicyDocument=document(),
            ManagedPolicyArns=[policy],
        ),
    }


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": {**GOOD, "Cluster": cluster(), **eks(), **resources}}


def found(content: dict[str, Any], logical_id: str = "Cluster") -> list[tuple[str, str, str]]:
    properties = content["Resources"][logical_id]["Properties"]
    return [
        (str(each.problem.severity), each.problem.code, ".".join(map(str, each.path[1:])))
        for each in neighbour_findings(content, properties)
    ]


RESTRICTED = {"RestrictedInstanceGroups": [{"InstanceGroupName": "nova"}]}
GOVERNANCE = "amazon-sagemaker-hyperpod-taskgovernance"
NODE_ROLE = {"Fn::GetAtt": ["Role", "Arn"]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (eks(Version="1.29"), [("error", "KubernetesVersion", "Eks.Properties.Version")]),
        (eks(Version="1.36"), [("warning", "KubernetesVersion", "Eks.Properties.Version")]),
        (
            eks(AccessConfig={}),
            [("error", "EksAuthenticationMode", "Eks.Properties.AccessConfig")],
        ),
        (
            eks(AccessConfig={"AuthenticationMode": "CONFIG_MAP"}),
            [("error", "EksAuthenticationMode", "Eks.Properties.AccessConfig")],
        ),
        (
            of_eks("Addon", AddonName="vpc-cni", AddonVersion="v1.18.2-eksbuild.1"),
            [("error", "AddOnVersion", "Other.Properties.AddonVersion")],
        ),
        (
            of_eks("Addon", name="training", AddonName="vpc-cni", AddonVersion="v1.9.3"),
            [("error", "AddOnVersion", "Other.Properties.AddonVersion")],
        ),
        (
            {
                **of_eks("Addon", AddonName=GOVERNANCE),
                "Cluster": cluster(**RESTRICTED),
            },
            [("warning", "RestrictedGroupsAddOn", "Other.Properties.AddonName")],
        ),
        (
            of_eks("Nodegroup", NodeRole=NODE_ROLE),
            [("warning", "ExecutionRoleShared", "Other.Properties.NodeRole")],
        ),
        (
            of_eks("AccessEntry", PrincipalArn=NODE_ROLE),
            [("warning", "ExecutionRoleShared", "Other.Properties.PrincipalArn")],
        ),
        (
            inference(bucket="certificates", role_name="SageMakerHyperPodInference-1"),
            [("error", "TlsBucketName", "Other.Properties.ConfigurationValues")],
        ),
        (inference(), [("warning", "InferenceRoleName", "Operator.Properties.RoleName")]),
    ],
)
def test_judges_the_eks_cluster(
    resources: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert found(template(**resources)) == expected


@pytest.mark.parametrize(
    "resources",
    [
        {},
        eks(Version=UNKNOWN, AccessConfig=UNKNOWN),
        eks(AccessConfig={"AuthenticationMode": UNKNOWN}),
        of_eks("Addon", AddonName="vpc-cni", AddonVersion="v1.18.3-eksbuild.1"),
        of_eks("Addon", AddonName="vpc-cni", AddonVersion=UNKNOWN),
        of_eks("Addon", name="other", AddonName="vpc-cni", AddonVersion="v1.9.3"),
        of_eks("Addon", name=UNKNOWN, AddonName="vpc-cni", AddonVersion="v1.9.3"),
        of_eks("Addon", AddonName=GOVERNANCE),
        of_eks("Nodegroup", NodeRole="arn:aws:iam::111122223333:role/nodes"),
        of_eks("AccessEntry", PrincipalArn=NODE_ROLE, Type="HYPERPOD_LINUX"),
        inference(policy="arn:aws:iam::111122223333:policy/inference"),
        inference(bucket={"Fn::Sub": "hyperpod-tls-${AWS::AccountId}"}, role_name=UNKNOWN),
        inference(bucket=UNKNOWN, role_name="SageMakerHyperPodInference"),
    ],
)
def test_says_nothing_of_what_is_right_or_unknown(resources: dict[str, Any]) -> None:
    assert found(template(**resources)) == []


def test_a_second_cluster_of_an_eks_cluster() -> None:
    twice = template(Second=cluster(ClusterName="second"))
    place = "Second.Properties.Orchestrator.Eks.ClusterArn"

    assert found(twice) == []
    assert found(twice, "Second") == [("error", "EksClusterTwice", place)]


@pytest.mark.parametrize(
    "second",
    [
        cluster(Orchestrator={"Eks": {"ClusterArn": {"Ref": "OtherArn"}}}),
        {**cluster(), "Condition": "Second"},
    ],
)
def test_another_eks_cluster_or_none(second: dict[str, Any]) -> None:
    assert found(template(Second=second), "Second") == []


@pytest.mark.parametrize(("block", "codes"), [("10.0.0.0/20", []), ("10.0.0.0/25", ["gpu"])])
def test_the_addresses_of_pods_in_subnets_of_a_group(block: str, codes: list[str]) -> None:
    group = GOOD["Cluster"]["Properties"]["InstanceGroups"][0]
    own = {**group, "OverrideVpcConfig": {"SecurityGroupIds": [], "Subnets": [{"Ref": "Own"}]}}
    content = template(
        Own=resource("EC2::Subnet", CidrBlock=block), Cluster=cluster(InstanceGroups=[own])
    )
    properties = content["Resources"]["Cluster"]["Properties"]
    subnets = known_subnets(content, properties)

    assert [
        (each.problem.code, each.path)
        for each in cluster_findings(properties, source=Source.TEMPLATE, subnets=subnets)
        if each.problem.code == "SubnetAddresses"
    ] == [("SubnetAddresses", ("InstanceGroups", 0, "OverrideVpcConfig", "Subnets")) for _ in codes]


def test_odd_templates_are_no_error() -> None:
    odd: list[Any] = [None, 1, "a", [], {}, [1], {"Ref": 1}, UNKNOWN, {"Fn::GetAtt": []}]
    whole = {
        **template(**inference())["Resources"],
        "Nodes": resource("EKS::Nodegroup", ClusterName={"Ref": "Eks"}, NodeRole=NODE_ROLE),
    }
    for name in ("Cluster", "Eks", "Other", "Certificates", "Operator", "Nodes"):
        for key in whole[name]["Properties"]:
            for value in odd:
                changed = {**whole[name], "Properties": {**whole[name]["Properties"], key: value}}
                assert isinstance(found({"Resources": {**whole, name: changed}}), list)


def test_the_command_prints_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "template.json"
    content = template(**eks(Version="1.29"), **of_eks("Nodegroup", NodeRole=NODE_ROLE))
    file.write_text(json.dumps(content, indent=1))

    assert main(["check", str(file)]) == 1
    output = capsys.readouterr().out
    assert "Resources.Eks.Properties.Version: error KubernetesVersion: '1.29' is not" in output
    assert "Resources.Other.Properties.NodeRole: warning ExecutionRoleShared: 'Role' is" in output
