"""Apps with EKS clusters: the least, one with all add-ons, and a closed network with two teams."""

from collections.abc import Callable, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk.lambda_layer_kubectl_v34 import KubectlV34Layer

import hyperpod_constructs as hp

SYSTEM = hp.InstanceGroup("system", instance_type="ml.c5.4xlarge", count=2, min_count=1)


def least(stack: cdk.Stack, chart: Path) -> None:
    _nodes(stack, _control_plane(stack, hp.HyperPodHelmChart.from_asset(chart)), gpus=8)


def production(stack: cdk.Stack, chart: Path) -> None:
    without_operator = hp.ChartComponents(training_operators=False)
    control_plane = _control_plane(
        stack, hp.HyperPodHelmChart.from_asset(chart, components=without_operator)
    )
    cluster = _nodes(stack, control_plane, gpus=0, auto_scaling=hp.AutoScaling())
    metrics = hp.PrometheusWorkspace(stack, "Metrics", topic=sns.Topic(stack, "Topic"))
    hp.ObservabilityAddOn(stack, "Observability", cluster=cluster, workspace=metrics)
    hp.TrainingOperatorAddOn(stack, "Training", cluster=cluster)
    hp.InferenceOperatorAddOn(stack, "Inference", cluster=cluster)
    scratch = fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=control_plane.vpc,
        vpc_subnet=control_plane.node_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.PERSISTENT_2, per_unit_storage_throughput=250
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    hp.FsxCsiDriverAddOn(
        stack, "Storage", cluster=cluster, file_systems=[hp.FileSystem.lustre(scratch)]
    )
    hp.KarpenterNodePool(stack, "Pool", cluster=cluster, instance_groups=["gpu"])
    platform = iam.Role(stack, "Platform", assumed_by=iam.AccountRootPrincipal())
    control_plane.grant_access(platform, hp.EksAccess.ADMIN)


def closed(stack: cdk.Stack, chart: Path) -> None:
    images = hp.ImageMirror(f"{stack.account}.dkr.ecr.{stack.region}.amazonaws.com/mirror")
    control_plane = _control_plane(
        stack,
        hp.HyperPodHelmChart.from_asset(
            chart, images=images, components=hp.ChartComponents(neuron_device_plugin=False)
        ),
        isolated=True,
    )
    cluster = _nodes(stack, control_plane, gpus=8)
    hp.TaskGovernance(
        stack,
        "Governance",
        cluster=cluster,
        priority_classes=[hp.PriorityClass("urgent", weight=90)],
        teams=[_team("research", 6), _team("product", 2)],
    )


PROGRAMS: dict[str, Callable[[cdk.Stack, Path], None]] = {
    "least": least,
    "production": production,
    "closed": closed,
}


def _team(name: str, count: int) -> hp.ComputeQuota:
    return hp.ComputeQuota(
        name,
        fair_share_weight=50,
        resources=[hp.QuotaResource("ml.p5.48xlarge", count=count)],
        sharing=hp.ResourceSharing.lend_and_borrow(limit=50),
    )


def _control_plane(
    stack: cdk.Stack, chart: hp.HyperPodHelmChart, *, isolated: bool = False
) -> hp.EksControlPlane:
    return hp.EksControlPlane(
        stack,
        "ControlPlane",
        kubernetes_version="1.34",
        kubectl_layer=KubectlV34Layer(stack, "Kubectl"),
        helm_chart=chart,
        isolated=isolated,
    )


def _nodes(
    stack: cdk.Stack,
    control_plane: hp.EksControlPlane,
    *,
    gpus: int,
    auto_scaling: hp.AutoScaling | None = None,
) -> hp.HyperPodCluster:
    groups: Sequence[hp.InstanceGroup] = [
        SYSTEM,
        hp.InstanceGroup("gpu", instance_type="ml.p5.48xlarge", count=gpus),
    ]
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        orchestrator=hp.Eks(control_plane),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        auto_scaling=auto_scaling,
        instance_groups=groups,
    )
