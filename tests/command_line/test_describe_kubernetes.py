"""What `describe` prints of the EKS cluster of a template: chart, add-ons, teams and access."""

import json
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_sns as sns

import hyperpod_constructs as hp
from hyperpod_constructs.__main__ import main
from tests.clusters.neighbours import GOOD, resource
from tests.eks.stacks import make_control_plane, make_nodes
from tests.synth import CONTEXT

from .commands import write

EKS = {"ClusterName": {"Ref": "Eks"}}
VALUES = {
    "mpi-operator": {"enabled": True},
    "nvidia-device-plugin": {"devicePlugin": {"enabled": True}},
    "mlflow": {"enabled": False},
}
ARN = "arn:aws:eks::aws:cluster-access-policy"
NATIVE = {
    "Team": resource(
        "SageMaker::ComputeQuota",
        ClusterArn={"Ref": "Cluster"},
        ComputeQuotaConfig={
            "ComputeQuotaResources": [
                {"InstanceType": "ml.p5.48xlarge", "Count": 2},
                {"InstanceType": "ml.g5.8xlarge", "VCpu": 8, "MemoryInGiB": 16},
                {
                    "InstanceType": "ml.p5.48xlarge",
                    "AcceleratorPartition": {"Type": "mig-1g.10gb", "Count": 7},
                },
            ],
            "ResourceSharingConfig": {"Strategy": "LendAndBorrow", "BorrowLimit": 50},
        },
        ComputeQuotaTarget={"TeamName": "research", "FairShareWeight": 60},
        ActivationState="Disabled",
    )
}


def of_function(kind: str, request: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(request).replace('"CLUSTER"', '"${Cluster}"')
    return {"Type": f"Custom::HyperPod{kind}", "Properties": {"Request": {"Fn::Sub": text}}}


def template(**resources: Any) -> dict[str, Any]:
    orchestrator = {"Eks": {"ClusterArn": {"Fn::GetAtt": ["Eks", "Arn"]}}}
    cluster = {**GOOD["Cluster"]["Properties"], "Orchestrator": orchestrator}
    eks = resource(
        "EKS::Cluster",
        Version="1.34",
        AccessConfig={"AuthenticationMode": "API"},
        ResourcesVpcConfig={"EndpointPublicAccess": False},
    )
    return {
        "Resources": {**GOOD, "Eks": eks, "Cluster": resource("SageMaker::Cluster", **cluster)}
        | resources
    }


def kubernetes(capsys: pytest.CaptureFixture[str], content: dict[str, Any]) -> list[list[str]]:
    main(["describe", "--format", "json", write("template.json", content)])
    (cluster,) = json.loads(capsys.readouterr().out)["clusters"]
    return [[*each.values()] for each in cluster["kubernetes"]]


def test_everything(capsys: pytest.CaptureFixture[str]) -> None:
    priorities = {"PriorityClasses": [{"Name": "urgent", "Weight": 90}]}
    found = kubernetes(
        capsys,
        template(
            Chart={
                "Type": "Custom::AWSCDK-EKS-HelmChart",
                "Properties": {
                    **EKS,
                    "Release": "hyperpod-dependencies",
                    "Repository": "oci://registry.example.com/chart",
                    "Version": "0.1.0",
                    "Values": json.dumps(VALUES),
                },
            },
            Cni=resource("EKS::Addon", AddonName="vpc-cni", AddonVersion="v1.20.4", **EKS),
            Other=resource("EKS::Addon", AddonName="coredns", ClusterName="other"),
            Policy=of_function(
                "ClusterSchedulerConfig", {"ClusterArn": "CLUSTER", "SchedulerConfig": priorities}
            ),
            **NATIVE,
            Second=of_function(
                "ComputeQuota",
                {
                    "ClusterArn": "CLUSTER",
                    "ComputeQuotaConfig": {"ResourceSharingConfig": {"Strategy": "DontLend"}},
                    "ComputeQuotaTarget": {"TeamName": "product"},
                },
            ),
            Access=resource(
                "EKS::AccessEntry",
                PrincipalArn="arn:aws:iam::111122223333:role/people",
                AccessPolicies=[
                    {
                        "PolicyArn": f"{ARN}/AmazonEKSEditPolicy",
                        "AccessScope": {"Type": "namespace", "Namespaces": ["a", "b"]},
                    },
                    {
                        "PolicyArn": f"{ARN}/AmazonEKSViewPolicy",
                        "AccessScope": {"Type": "cluster"},
                    },
                ],
                **EKS,
            ),
        ),
    )

    assert found == [
        ["version", "1.34", "private endpoint"],
        [
            *("Helm chart", "hyperpod-dependencies"),
            "oci://registry.example.com/chart 0.1.0: mpi-operator, nvidia-device-plugin",
        ],
        ["add-on", "vpc-cni", "v1.20.4"],
        ["priority class", "urgent", "weight 90"],
        [
            *("team", "research"),
            "2 ml.p5.48xlarge, 8 vCPUs and 16 GiB ml.g5.8xlarge, 7 mig-1g.10gb ml.p5.48xlarge, "
            "lends and borrows up to 50 %, weight 60, disabled",
        ],
        ["team", "product", "does not lend"],
        [
            *("access", "arn:aws:iam::111122223333:role/people"),
            "AmazonEKSEditPolicy in a, b, AmazonEKSViewPolicy",
        ],
    ]


def test_claims_and_alarms_of_an_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    control_plane = make_control_plane(stack)
    cluster = make_nodes(stack, control_plane, cluster_name="training")
    hp.ClusterWatch(stack, "Watch", cluster=cluster, topic=sns.Topic(stack, "Topic"))
    cloudwatch.CfnAlarm(
        stack,
        "Other",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        alarm_description="HyperPod cluster other: Another cluster. See above",
    )
    for name in ("Scratch", "Unused"):
        fsx.LustreFileSystem(
            stack,
            name,
            vpc=control_plane.vpc,
            vpc_subnet=control_plane.node_subnets[0],
            storage_capacity_gib=1200,
            lustre_configuration={"deployment_type": fsx.LustreDeploymentType.SCRATCH_2},
        )
    hp.FsxCsiDriverAddOn(
        stack,
        "Storage",
        cluster=cluster,
        file_systems=[
            hp.FileSystem.lustre(cast("fsx.LustreFileSystem", stack.node.find_child("Scratch")))
        ],
        namespaces=["default", "training"],
    )
    app.synth()

    assert main(["describe", "--format", "json", str(tmp_path)]) == 0
    (found,) = json.loads(capsys.readouterr().out)["clusters"]
    assert [each["use"] for each in found["file_systems"]] == [
        "claims default/fsx, training/fsx",
        "not mounted by this cluster",
    ]
    assert [each["what"] for each in found["alarms"]] == [
        "The lifecycle scripts of a node failed",
        "Nodes run the lifecycle scripts without success for 3 hours",
    ]
    for form in ("text", "html"):
        main(["describe", "--format", form, str(tmp_path)])
        assert "The lifecycle scripts of a node failed" in capsys.readouterr().out


ARN_OF_EKS = {
    "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":eks:us-west-2:1:cluster/prod"]]
}


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (ARN_OF_EKS, "prod"),
        (ARN_OF_EKS, {"Fn::Select": [1, {"Fn::Split": ["/", ARN_OF_EKS]}]}),
        ({"Ref": "Arn"}, {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Arn"}]}]}),
    ],
)
def test_a_cluster_of_another_template(
    capsys: pytest.CaptureFixture[str], arn: Any, name: Any
) -> None:
    add_on = resource("EKS::Addon", AddonName="vpc-cni", AddonVersion="v1.20.4", ClusterName=name)
    content = template(AddOn=add_on)
    content["Parameters"] = {"Arn": {"Type": "String"}}
    content["Resources"]["Cluster"]["Properties"]["Orchestrator"]["Eks"]["ClusterArn"] = arn

    assert kubernetes(capsys, content) == [["add-on", "vpc-cni", "v1.20.4"]]


@pytest.mark.parametrize("value", [None, 1, "a", [], [1], {"Ref": "A"}, {"Fn::If": ["A", 1, 2]}])
def test_odd_values_are_no_error(capsys: pytest.CaptureFixture[str], value: Any) -> None:
    for name in ("Version", "ResourcesVpcConfig"):
        kubernetes_of = template()
        kubernetes_of["Resources"]["Eks"]["Properties"][name] = value
        assert main(["describe", write("template.json", kubernetes_of)]) in {0, 1}
    for key in NATIVE["Team"]["Properties"]:
        quota = {**NATIVE["Team"], "Properties": {**NATIVE["Team"]["Properties"], key: value}}
        assert main(["describe", write("template.json", template(Team=quota))]) in {0, 1}
    capsys.readouterr()
