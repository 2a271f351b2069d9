"""Examples of the rules about disks and file systems."""

from typing import Any

import hyperpod_constructs as hp
from tests.clusters.values import (
    KEY,
    LUSTRE,
    OPENZFS,
    PRIVATE,
    api,
    api_worker,
    controller,
    eks,
    group,
    slurm,
    slurm_worker,
    worker,
)

from .example import Example

ROOT = hp.EbsVolume.root(kms_key=KEY)
OTHER_KEY = hp.KeyReference("alias/other")


def volume(size: int, **settings: Any) -> hp.EbsVolume:
    return hp.EbsVolume(size=hp.Gibibytes(size), **settings)


def volumes(*given: hp.EbsVolume) -> hp.ClusterModel:
    return slurm_worker(volumes=given)


def mounts(*given: Any) -> hp.ClusterModel:
    return slurm(subnets=[PRIVATE], file_systems=given)


def own_mounts(*given: Any) -> hp.ClusterModel:
    return api(controller(), worker(file_systems=given), subnets=[PRIVATE])


def lustre(**settings: Any) -> hp.LustreMount:
    return hp.LustreMount(
        **{"dns_name": LUSTRE.dns_name, "mount_name": LUSTRE.mount_name, **settings}
    )


EXAMPLES = [
    Example(
        "instance_groups[1].volumes[0].size: Gibibytes(amount=9) cannot be given to a "
        "root volume, which always has 100 GB; leave size out, or leave root_volume out "
        "for a secondary volume (RootVolumeSize)",
        volumes(volume(9, kms_key=KEY, root_volume=True)),
        volumes(ROOT),
    ),
    Example(
        "instance_groups[1].volumes[0].kms_key: None is needed for a root volume, which "
        "is only named to encrypt it; use EbsVolume.root(kms_key=...) (RootVolumeKey)",
        volumes(hp.EbsVolume(root_volume=True)),
        api_worker(continuous=True, volumes=[ROOT]),
    ),
    Example(
        "instance_groups[1].volumes[0].size: None is needed for a secondary volume; pass "
        "size=cdk.Size.gibibytes(500) (SecondaryVolumeSize)",
        volumes(hp.EbsVolume()),
        volumes(volume(500)),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 0 is not from 1 to 16384 GB; use a size "
        "such as cdk.Size.gibibytes(500) (VolumeSize)",
        volumes(volume(0)),
        volumes(volume(1)),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 16385 is not from 1 to 16384 GB; use a size "
        "such as cdk.Size.gibibytes(500) (VolumeSize)",
        volumes(volume(16385)),
        volumes(volume(16384)),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 1025 is above the default quota of 1024 GB "
        "for a volume; have quota L-E13DF72A raised before the deployment, or use a "
        "smaller volume (EbsVolumeQuota)",
        volumes(volume(1025)),
        volumes(volume(1024)),
    ),
    Example(
        "instance_groups[1].volumes: ['secondary', 'secondary'] has 2 secondary volumes; "
        "keep one secondary volume a group (EbsVolumes)",
        volumes(volume(9), volume(9)),
        volumes(volume(9)),
    ),
    Example(
        "instance_groups[1].volumes: ['root', 'root'] has 2 root volumes; keep one root "
        "volume a group (EbsVolumes)",
        volumes(ROOT, ROOT),
        volumes(ROOT, volume(9)),
    ),
    Example(
        "instance_groups[1].volumes[0].kms_key: 'gpu' encrypts a volume with a key of "
        "its own, which AWS documents with continuous provisioning only; pass "
        "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS, try it on a small "
        "cluster first, or leave kms_key out (VolumeKmsKeyMode)",
        volumes(ROOT),
        api_worker(continuous=True, volumes=[ROOT]),
    ),
    Example(
        "instance_groups[2].volumes[0].kms_key: 'b' uses the key of 'gpu', and the keys "
        "of a group never change; make a key for each group (VolumeKmsKeyShared)",
        slurm(controller(), worker(volumes=[ROOT]), worker("b", volumes=[ROOT])),
        slurm(
            controller(),
            worker(volumes=[ROOT]),
            worker("b", volumes=[hp.EbsVolume.root(kms_key=OTHER_KEY)]),
        ),
    ),
    Example(
        "file_systems: ['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com', "
        "'fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] have 2 FSx for Lustre file "
        "systems for /fsx, and the form has one place for it; keep one, and mount the "
        "others in scripts of your own (FileSystems)",
        mounts(LUSTRE, LUSTRE),
        mounts(LUSTRE, OPENZFS),
    ),
    Example(
        "file_systems: ['fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com', "
        "'fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com'] have 2 FSx for OpenZFS file "
        "systems for /home, and the form has one place for it; keep one, and mount the "
        "others in scripts of your own (FileSystems)",
        mounts(OPENZFS, OPENZFS),
        mounts(OPENZFS),
    ),
    Example(
        "instance_groups[1].file_systems: "
        "['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com', "
        "'fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] have 2 FSx for Lustre file "
        "systems, and a group mounts one; keep one, and mount the others in scripts of "
        "your own (FileSystems)",
        own_mounts(LUSTRE, lustre(mount_path="/b")),
        own_mounts(LUSTRE, OPENZFS),
    ),
    Example(
        "file_systems[0].mount_name: '/fsx' must be the 1 to 8 letters, digits, hyphens "
        "or underscores that FSx chose, not a path; use LustreConfiguration.MountName of "
        "aws fsx describe-file-systems (MountName)",
        mounts(lustre(mount_name="/fsx")),
        mounts(LUSTRE),
    ),
    Example(
        "file_systems[0].mount_name: 'ninechars' must be the 1 to 8 letters, digits, "
        "hyphens or underscores that FSx chose, not a path; use "
        "LustreConfiguration.MountName of aws fsx describe-file-systems (MountName)",
        mounts(lustre(mount_name="ninechars")),
        mounts(lustre(mount_name="8_chars-")),
    ),
    Example(
        "file_systems[0].dns_name: 'fs-1.example.com:/fsx' must look like "
        "'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'; use DNSName of aws fsx "
        "describe-file-systems (FileSystemDnsName)",
        mounts(hp.OpenZfsMount(dns_name="fs-1.example.com:/fsx")),
        mounts(OPENZFS),
    ),
    Example(
        "instance_groups[1].file_systems[0].dns_name: 'fc-01234567.a' must look like "
        "'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'; use DNSName of aws fsx "
        "describe-file-systems (FileSystemDnsName)",
        own_mounts(lustre(dns_name="fc-01234567.a")),
        own_mounts(lustre(dns_name="fci-01234567.abcd")),
    ),
    Example(
        "instance_groups[1].file_systems[0].mount_path: 'fsx/' must be names of letters, "
        "digits, dots, underscores and hyphens, each after one slash; use a path such as "
        "'/fsx' (MountPath)",
        own_mounts(lustre(mount_path="fsx/")),
        own_mounts(lustre(mount_path="/a/b.c")),
    ),
    Example(
        "instance_groups[1].file_systems[1].mount_path: '/fsx' is where "
        "instance_groups[1].file_systems[0] is mounted as well; give each file system a "
        "path of its own (MountPathTwice)",
        own_mounts(LUSTRE, hp.OpenZfsMount(dns_name=OPENZFS.dns_name, mount_path="/fsx")),
        own_mounts(LUSTRE, hp.OpenZfsMount(dns_name=OPENZFS.dns_name, mount_path="/other")),
    ),
    Example(
        "instance_groups[1].file_systems[0].mount_path: '/opt/sagemaker/fsx' lies in "
        "/opt/sagemaker, where HyperPod mounts the secondary volume; use a path such as "
        "'/fsx' (MountPathOfVolume)",
        own_mounts(lustre(mount_path="/opt/sagemaker/fsx")),
        own_mounts(lustre(mount_path="/opt/sagemaker2")),
    ),
    Example(
        "file_systems[0].mount_path: '/data' cannot stand in the form, which mounts such "
        "a file system at /fsx; leave mount_path out, or use ApiDrivenSlurm() "
        "(MountPathMode)",
        mounts(lustre(mount_path="/data")),
        own_mounts(lustre(mount_path="/data")),
    ),
    Example(
        "instance_groups[1].file_systems: "
        "['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] are for one group, and the "
        "form has file systems for all groups; pass file_systems= of the cluster, or use "
        "ApiDrivenSlurm() (FileSystemsMode)",
        slurm(controller(), worker(file_systems=[LUSTRE]), subnets=[PRIVATE]),
        mounts(LUSTRE),
    ),
    Example(
        "file_systems: ['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] have no "
        "place beside the groups in the request of an API-driven cluster; pass "
        "file_systems= of each InstanceGroup (FileSystemsMode)",
        api(subnets=[PRIVATE], file_systems=[LUSTRE]),
        own_mounts(LUSTRE),
    ),
    Example(
        "instance_groups[0].file_systems: "
        "['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] are not mounted by the "
        "nodes of an EKS cluster; leave file_systems out, and use the FSx CSI driver of "
        "Kubernetes (FileSystemsMode)",
        eks(group(file_systems=[LUSTRE])),
        eks(),
    ),
    Example(
        "file_systems: ['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] are given "
        'without a VPC; HyperPod: "FSx configurations are only supported for Custom '
        'VPC"; pass vpc=, the VPC of the file system (FileSystemWithoutVpc)',
        slurm(file_systems=[LUSTRE]),
        mounts(LUSTRE),
    ),
    Example(
        "instance_groups[1].file_systems: "
        "['fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com'] are given without a VPC; "
        'HyperPod: "FSx configurations are only supported for Custom VPC"; pass vpc=, '
        "the VPC of the file system (FileSystemWithoutVpc)",
        api(controller(), worker(file_systems=[OPENZFS])),
        own_mounts(OPENZFS),
    ),
]
