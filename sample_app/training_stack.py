"""The stack: network, scratch file system, cluster."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx
from constructs import Construct

import hyperpod_constructs as hp


class TrainingStack(cdk.Stack):
    """A controller, a login node, two worker groups and FSx for Lustre at `/fsx`.

    The users of `users.json` have home directories at `/fsx`, and a Slurm account.
    """

    def __init__(self, scope: Construct, id: str, *, env: cdk.Environment | None = None) -> None:
        super().__init__(
            scope, id, env=env, description="Slurm cluster on Amazon SageMaker HyperPod"
        )
        self.network = hp.ClusterNetwork(self, "Network")
        self.scratch = fsx.LustreFileSystem(
            self,
            "Scratch",
            vpc=self.network.vpc,
            vpc_subnet=self.network.subnet,
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=250,
                data_compression_type=fsx.LustreDataCompressionType.LZ4,
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.cluster = hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name="hyperpod-sample",
            vpc=self.network.vpc,
            security_groups=[self.network.security_group],
            instance_groups=[
                hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
                hp.InstanceGroup.login(instance_type="ml.m5.xlarge"),
                hp.InstanceGroup.worker(
                    "gpu", instance_type="ml.g5.8xlarge", count=2, partition="gpu"
                ),
                hp.InstanceGroup.worker(
                    "cpu", instance_type="ml.c5.4xlarge", count=2, partition="cpu"
                ),
            ],
            file_systems=[hp.FileSystem.lustre(self.scratch)],
            lifecycle_scripts=hp.LifecycleScripts.default(
                users=hp.Users.from_file(Path(__file__).with_name("users.json"))
            ),
        )
        cdk.RemovalPolicies.of(self).destroy(apply_to_resource_types=["AWS::Logs::LogGroup"])
        self._output("ClusterArn", self.cluster.cluster_arn, "ARN of the cluster")
        self._output(
            "LifecycleBucket",
            self.cluster.lifecycle_bucket.bucket_name,
            "Lifecycle scripts and provisioning form",
        )
        self._output("LogGroup", self.cluster.log_group_name, "Logs of the nodes")
        self._output(
            "SsmTarget",
            self.cluster.ssm_target("login", "<instance-id>"),
            "aws ssm start-session --target; instance ids: aws sagemaker list-cluster-nodes",
        )
        self._output(
            "RequiredQuotas",
            ", ".join(f"{name}: {count}" for name, count in self.cluster.required_quotas.items()),
            "Service quotas of SageMaker AI the cluster needs",
        )

    def _output(self, id: str, value: str, description: str) -> None:
        cdk.CfnOutput(self, id, value=value, description=description)
