"""The stack for Kubernetes: EKS cluster, nodes, operator of training jobs, teams, scratch file system."""

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx
from aws_cdk.lambda_layer_kubectl_v34 import KubectlV34Layer
from constructs import Construct

import hyperpod_constructs as hp


class EksTrainingStack(cdk.Stack):
    """A system group, a GPU group, two teams and FSx for Lustre as the claim `fsx`.

    The Helm chart is a folder, specified with `-c helm_chart=path`, or the repository
    `hyperpod-helm-chart` of the account, to which you push it.
    """

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment | None = None) -> None:
        super().__init__(
            scope, id, env=env, description="Kubernetes cluster on Amazon SageMaker HyperPod"
        )
        self.control_plane = hp.EksControlPlane(
            self,
            "ControlPlane",
            kubernetes_version="1.34",
            kubectl_layer=KubectlV34Layer(self, "Kubectl"),
            helm_chart=self._chart(),
        )
        self.cluster = hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name="hyperpod-eks-sample",
            orchestrator=hp.Eks(self.control_plane),
            node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
            instance_groups=[
                hp.InstanceGroup("system", instance_type="ml.c5.4xlarge", count=2, min_count=1),
                hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge", count=4),
            ],
        )
        self.teams = [
            hp.ComputeQuota(
                name,
                fair_share_weight=weight,
                resources=[hp.QuotaResource("ml.g5.8xlarge", count=2)],
                sharing=hp.ResourceSharing.lend_and_borrow(limit=100),
            )
            for name, weight in (("research", 60), ("product", 40))
        ]
        hp.TaskGovernance(
            self,
            "Governance",
            cluster=self.cluster,
            priority_classes=[
                hp.PriorityClass("urgent", weight=90),
                hp.PriorityClass("batch", weight=10),
            ],
            teams=self.teams,
        )
        hp.TrainingOperatorAddOn(self, "TrainingOperator", cluster=self.cluster)
        self._add_storage()
        self._output("ClusterArn", self.cluster.cluster_arn, "ARN of the HyperPod cluster")
        self._output(
            "Kubeconfig",
            f"aws eks update-kubeconfig --name {self.control_plane.eks_cluster.cluster_name}",
            "Connects kubectl, from the VPC and with a role that has access",
        )

    def _chart(self) -> hp.HyperPodHelmChart:
        folder = self.node.try_get_context("helm_chart")
        # The training operator add-on replaces that of Kubeflow.
        components = hp.ChartComponents(training_operators=False)
        if folder is not None:
            return hp.HyperPodHelmChart.from_asset(folder, components=components)
        registry = f"{self.account}.dkr.ecr.{self.region}.{self.url_suffix}"
        return hp.HyperPodHelmChart.from_oci(
            f"oci://{registry}/hyperpod-helm-chart", version="0.1.0", components=components
        )

    def _add_storage(self) -> None:
        """A file system with a claim in the namespace of each team."""
        scratch = fsx.LustreFileSystem(
            self,
            "Scratch",
            vpc=self.control_plane.vpc,
            vpc_subnet=self.control_plane.node_subnets[0],
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=250,
                data_compression_type=fsx.LustreDataCompressionType.LZ4,
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        hp.FsxCsiDriverAddOn(
            self,
            "Storage",
            cluster=self.cluster,
            file_systems=[hp.FileSystem.lustre(scratch)],
            namespaces=[team.namespace for team in self.teams],
        )

    def _output(self, id: str, value: str, description: str) -> None:
        cdk.CfnOutput(self, id, value=value, description=description)
