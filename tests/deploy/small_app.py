"""A small app of which the tests deploy one version after another."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp

NAME = "small"
CPUS = hp.InstanceGroup.worker("cpu", instance_type="ml.c5.4xlarge", count=1, partition="cpu")


class SmallStack(cdk.Stack):
    """A cluster with one group of workers of a given size, and others."""

    def __init__(
        self,
        scope: cdk.App,
        *,
        gpus: int,
        more: tuple[hp.InstanceGroup, ...] = (),
        overlay: Path | None = None,
    ) -> None:
        super().__init__(scope, "Small")
        cluster = hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name=NAME,
            instance_groups=[
                hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
                hp.InstanceGroup.worker(
                    "gpu", instance_type="ml.g5.8xlarge", count=gpus, partition="gpu"
                ),
                *more,
            ],
            lifecycle_scripts=hp.LifecycleScripts.default(overlay=overlay),
        )
        s3.Bucket.from_bucket_name(self, "Data", "data").grant_read(cluster)
