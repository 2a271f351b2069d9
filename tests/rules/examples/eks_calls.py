"""For codes of the EKS cluster that the library creates, and of what runs on it: calls that report them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp
from tests.clusters.requests import EKS_ARN, ROLE_ARN
from tests.clusters.stacks import make_cluster
from tests.eks.stacks import REPOSITORY, make_control_plane, make_nodes

_Call = Callable[[cdk.Stack], object]


def _control_plane(**settings: Any) -> _Call:
    return lambda stack: make_control_plane(stack, **settings)


def _chart(repository: str = REPOSITORY, **settings: Any) -> _Call:
    chart = hp.HyperPodHelmChart.from_oci(repository, version="0.1.0", **settings)
    return _control_plane(helm_chart=chart)


def _namespaces(stack: cdk.Stack) -> object:
    role = iam.Role.from_role_arn(stack, "Role", ROLE_ARN)
    return make_control_plane(stack).grant_access(
        role, hp.EksAccess.CLUSTER_ADMIN, namespaces=["hyperpod-ns-research"]
    )


def _governance(
    *resources: hp.QuotaResource, priorities: Sequence[str] = (), teams: int = 1, **team: Any
) -> _Call:
    priority_classes = [hp.PriorityClass(name, weight=50) for name in priorities]

    def call(stack: cdk.Stack) -> object:
        cluster = make_nodes(stack, make_control_plane(stack))
        quota = hp.ComputeQuota(**{"team": "research", "resources": resources, **team})
        return hp.TaskGovernance(
            stack,
            "Governance",
            cluster=cluster,
            priority_classes=priority_classes,
            teams=[quota] * teams,
        )

    return call


def _quota(instance_type: str = "ml.p5.48xlarge", **amounts: Any) -> _Call:
    return _governance(hp.QuotaResource(instance_type, **amounts))


def _governance_twice(stack: cdk.Stack) -> object:
    cluster = make_nodes(stack, make_control_plane(stack))
    hp.TaskGovernance(stack, "Governance", cluster=cluster)
    return hp.TaskGovernance(stack, "Second", cluster=cluster)


def _governance_of_slurm(stack: cdk.Stack) -> object:
    return hp.TaskGovernance(stack, "Governance", cluster=make_cluster(stack))


def _add_on(name: str, **settings: Any) -> _Call:
    def call(stack: cdk.Stack) -> object:
        cluster = make_nodes(stack, make_control_plane(stack))
        return getattr(hp, name)(stack, "AddOn", cluster=cluster, **settings)

    return call


def _of_imported(name: str, **settings: Any) -> _Call:
    def call(stack: cdk.Stack) -> object:
        cluster = hp.HyperPodCluster.from_cluster_attributes(
            stack,
            "Imported",
            cluster_arn="arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl",
            eks_cluster=hp.EksClusterReference(EKS_ARN),
        )
        return getattr(hp, name)(stack, "AddOn", cluster=cluster, **settings)

    return call


def _tls_bucket(stack: cdk.Stack) -> object:
    cluster = make_nodes(stack, make_control_plane(stack))
    bucket = s3.Bucket.from_bucket_name(stack, "Certificates", "certificates")
    return hp.InferenceOperatorAddOn(stack, "Inference", cluster=cluster, tls_bucket=bucket)


def _pool(groups: Sequence[str] = ("gpu",), *, scales: bool = True, **settings: Any) -> _Call:
    def call(stack: cdk.Stack) -> object:
        auto_scaling = hp.AutoScaling() if scales else None
        gpu = hp.InstanceGroup("gpu", instance_type="ml.p5.48xlarge", count=0)
        cluster = make_nodes(
            stack, make_control_plane(stack), auto_scaling=auto_scaling, instance_groups=[gpu]
        )
        return hp.KarpenterNodePool(
            stack, "Pool", cluster=cluster, instance_groups=[*groups], **settings
        )

    return call


_LUSTRE = hp.FileSystem.lustre(
    dns_name="fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
)
_OPENZFS = hp.FileSystem.openzfs(dns_name="fs-0123456789abcdef1.fsx.us-west-2.amazonaws.com")

CALLS: Mapping[str, _Call] = {
    "NodePoolGroup": _pool(["gpus"]),
    "NodePoolName": _pool(name="GPU"),
    "NodePoolAutoScaling": _pool(scales=False),
    "VolumeFileSystem": _add_on("FsxCsiDriverAddOn", file_systems=[_OPENZFS]),
    "ClaimTwice": _add_on("FsxCsiDriverAddOn", file_systems=[_LUSTRE, _LUSTRE]),
    "MetricsLevel": _add_on(
        "ObservabilityAddOn",
        workspace=None,
        metrics=hp.ObservabilityMetrics(node=hp.MetricsLevel.DISABLED),
    ),
    "ManifestCluster": _of_imported("FsxCsiDriverAddOn", file_systems=[_LUSTRE]),
    "OidcProvider": _of_imported("InferenceOperatorAddOn"),
    "TlsBucketName": _tls_bucket,
    "OrchestratorNotEks": _governance_of_slurm,
    "AddOnTwice": _governance_twice,
    "GovernanceName": _governance(team="Research"),
    "GovernanceWeight": _governance(fair_share_weight=101),
    "PriorityClassLimit": _governance(priorities=[f"class-{number}" for number in range(11)]),
    "GovernanceTwice": _governance(teams=2),
    "BorrowLimit": _governance(sharing=hp.ResourceSharing.lend_and_borrow(limit=20_000)),
    "QuotaType": _quota("p5.48xlarge", count=1),
    "QuotaAmounts": _quota(count=1, accelerators=8),
    "QuotaAccelerators": _quota("ml.c5.4xlarge", accelerators=1),
    "QuotaLimit": _governance(*[hp.QuotaResource("ml.p5.48xlarge", accelerators=1)] * 16),
    "QuotaInstanceType": _quota("ml.g5.8xlarge", count=1),
    "QuotaCount": _quota(count=12),
    "KubernetesVersion": _control_plane(kubernetes_version="1.29"),
    "PublicAccess": _control_plane(public_access_cidrs=["office"]),
    "ControlPlaneNetwork": _control_plane(node_subnets=ec2.SubnetSelection(one_per_az=True)),
    "ControlPlaneSubnets": _control_plane(control_plane_availability_zones=["us-west-2a"]),
    "AddOnVersion": _control_plane(add_on_versions={"vpc-cni": "v1.18.1-eksbuild.1"}),
    "AccessNamespaces": _namespaces,
    "KubernetesNamespace": _add_on("FsxCsiDriverAddOn", namespaces=["Research NS"]),
    "ChartFolder": _control_plane(helm_chart=hp.HyperPodHelmChart.from_asset("charts/HyperPod")),
    "ChartValue": _chart(values={"mpi-operator": {"enable": False}}),
    "ChartComponent": _chart(values={"deep-health-check": {"enabled": False}}),
    "ChartRepository": _chart("https://example.com/charts"),
    "ChartImages": _control_plane(isolated=True),
    "ImageMirror": _chart(images=hp.ImageMirror("https://registry.example.com")),
}
