"""Small apps: the clusters that the sample app is not."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx

import hyperpod_constructs as hp
from tests.deploy.tools import synthesize

from . import bundle
from .bundle import Bundle

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
LOGIN = hp.InstanceGroup.login(instance_type="ml.m5.xlarge")

# Most worlds have no Amazon S3.
WITHOUT_BUCKET = hp.LifecycleScripts.default(accounting=hp.Accounting.local(backup=None))


def worker(
    name: str = "cpu", instance_type: str = "ml.c5.4xlarge", count: int = 1
) -> hp.InstanceGroup:
    """A group of workers with a partition of the same name."""
    return hp.InstanceGroup.worker(name, instance_type=instance_type, count=count, partition=name)


class SmallStack(cdk.Stack):
    """A cluster of some groups and file systems."""

    def __init__(
        self,
        scope: cdk.App,
        groups: Sequence[hp.InstanceGroup],
        scripts: hp.LifecycleScripts | None,
        *,
        lustre: bool,
        openzfs: bool,
        orchestrator: hp.Slurm | hp.ApiDrivenSlurm | None,
    ) -> None:
        super().__init__(scope, "Small")
        self.network = hp.ClusterNetwork(self, "Network")
        systems = []
        if lustre:
            systems.append(hp.FileSystem.lustre(self._lustre()))
        if openzfs:
            systems.append(hp.FileSystem.openzfs(self._openzfs()))
        hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name="small",
            vpc=self.network.vpc,
            security_groups=[self.network.security_group],
            instance_groups=list(groups),
            file_systems=systems,
            orchestrator=orchestrator or hp.Slurm(),
            lifecycle_scripts=scripts or WITHOUT_BUCKET,
        )

    def _lustre(self) -> fsx.LustreFileSystem:
        return fsx.LustreFileSystem(
            self,
            "Scratch",
            vpc=self.network.vpc,
            vpc_subnet=self.network.subnet,
            storage_capacity_gib=1200,
            lustre_configuration=fsx.LustreConfiguration(
                deployment_type=fsx.LustreDeploymentType.SCRATCH_2
            ),
        )

    def _openzfs(self) -> fsx.CfnFileSystem:
        kind = fsx.CfnFileSystem
        clients = kind.ClientConfigurationsProperty(clients="*", options=["rw", "no_root_squash"])
        return kind(
            self,
            "Home",
            file_system_type="OPENZFS",
            subnet_ids=[self.network.subnet.subnet_id],
            storage_capacity=64,
            open_zfs_configuration=kind.OpenZFSConfigurationProperty(
                deployment_type="SINGLE_AZ_1",
                throughput_capacity=64,
                root_volume_configuration=kind.RootVolumeConfigurationProperty(
                    nfs_exports=[kind.NfsExportsProperty(client_configurations=[clients])]
                ),
            ),
        )


def small(
    folder: Path,
    *groups: hp.InstanceGroup,
    scripts: hp.LifecycleScripts | None = None,
    lustre: bool = False,
    openzfs: bool = False,
    orchestrator: hp.Slurm | None = None,
) -> Bundle:
    """What a small app leaves in S3; a controller and a worker, unless groups are given."""
    chosen = groups or (CONTROLLER, worker())

    def fill(app: cdk.App) -> None:
        SmallStack(app, chosen, scripts, lustre=lustre, openzfs=openzfs, orchestrator=orchestrator)

    return bundle.read(synthesize(folder / "cdk.out", fill, all_scripts=True))
