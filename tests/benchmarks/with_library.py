"""The stack of the sample, with the library: `python -m tests.benchmarks.with_library 100`."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx
from constructs import Construct

import hyperpod_constructs as hp
from hyperpod_constructs.rules import instance_groups as rules_of_groups

from .shared import CLUSTER_NAME, STACK_NAME, Group, instance_groups, synthesize


class LibraryStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, *, number: int, one_by_one: bool = False) -> None:
        super().__init__(scope, id, description="Slurm cluster on Amazon SageMaker HyperPod")
        network = hp.ClusterNetwork(self, "Network")
        scratch = fsx.LustreFileSystem(
            self,
            "Scratch",
            vpc=network.vpc,
            vpc_subnet=network.subnet,
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.PERSISTENT_2,
                per_unit_storage_throughput=250,
                data_compression_type=fsx.LustreDataCompressionType.LZ4,
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        groups = [_instance_group(group) for group in instance_groups(number)]
        at_once = 1 if one_by_one else number
        cluster = hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name=CLUSTER_NAME,
            vpc=network.vpc,
            security_groups=[network.security_group],
            instance_groups=groups[:at_once],
            file_systems=[hp.FileSystem.lustre(scratch)],
        )
        for group in groups[at_once:]:
            cluster.add_instance_group(group)
        quotas = ", ".join(f"{name}: {count}" for name, count in cluster.required_quotas.items())
        for name, value, description in (
            ("ClusterArn", cluster.cluster_arn, "ARN of the cluster"),
            ("LifecycleBucket", cluster.lifecycle_bucket.bucket_name, "Scripts and form"),
            ("LogGroup", cluster.log_group_name, "Logs of the nodes"),
            ("SsmTarget", cluster.ssm_target("login", "<instance-id>"), "aws ssm start-session"),
            ("RequiredQuotas", quotas, "Service quotas the cluster needs"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)


def make_stack(app: cdk.App, number: int, *, one_by_one: bool = False) -> cdk.Stack:
    return LibraryStack(app, STACK_NAME, number=number, one_by_one=one_by_one)


def _instance_group(group: Group) -> hp.InstanceGroup:
    return hp.InstanceGroup(
        group.name,
        node_type=hp.NodeType(group.node_type),
        instance_type=group.instance_type,
        count=group.count,
        partition=group.partition,
    )


if __name__ == "__main__":
    size = int(sys.argv[-1])
    rules_of_groups.MAX_GROUPS = max(size, rules_of_groups.MAX_GROUPS)
    synthesize(lambda app: make_stack(app, size, one_by_one="--one-by-one" in sys.argv))
