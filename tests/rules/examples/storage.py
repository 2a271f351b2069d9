"""Examples of the rules about disks and file systems."""

from typing import Any

import hyperpod_constructs as hp
from tests.clusters.values import (
    KEY,
    LUSTRE,
    OPENZFS,
    PRIVATE,
    TOKEN,
    api,
    api_worker,
    controller,
    eks,
    group,
    slurm,
    slurm_worker,
    worker,
)

from .example import WARNING, Example

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
        "instance_groups[1].volumes[0].size: Gibibytes(amount=9) cannot be specified "
        "for a root volume, which is always 100 GB; omit size, or omit root_volume for "
        "a secondary volume (RootVolumeSize)",
        volumes(volume(9, kms_key=KEY, root_volume=True)),
        volumes(ROOT),
    ),
    Example(
        "instance_groups[1].volumes[0].kms_key: 'kms_key' is required for a root volume, "
        "which is specified only to encrypt it; use EbsVolume.root(kms_key=...) "
        "(RootVolumeKey)",
        volumes(hp.EbsVolume(root_volume=True)),
        api_worker(continuous=True, volumes=[ROOT]),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 'size' is required for a secondary volume; "
        "pass size=cdk.Size.gibibytes(500) (SecondaryVolumeSize)",
        volumes(hp.EbsVolume()),
        volumes(volume(500)),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 0 must be between 1 and 16384 GB; use a "
        "size such as cdk.Size.gibibytes(500) (VolumeSize)",
        volumes(volume(0)),
        volumes(volume(1)),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 16385 must be between 1 and 16384 GB; use "
        "a size such as cdk.Size.gibibytes(500) (VolumeSize)",
        volumes(volume(16385)),
        volumes(volume(16384)),
    ),
    Example(
        "instance_groups[1].volumes[0].size: 1025 exceeds the default quota of 1024 GB "
        "per volume; request an increase of quota L-E13DF72A before the deployment, or "
        "use a smaller volume (EbsVolumeQuota)",
        volumes(volume(1025)),
        volumes(volume(1024)),
        WARNING,
    ),
    Example(
        "instance_groups[1].volumes: ['secondary', 'secondary'] has 2 secondary "
        "volumes; specify at most one secondary volume per group (EbsVolumes)",
        volumes(volume(9), volume(9)),
        volumes(volume(9)),
    ),
    Example(
        "instance_groups[1].volumes: ['root', 'root'] has 2 root volumes; specify at "
        "most one root volume per group (EbsVolumes)",
        volumes(ROOT, ROOT),
        volumes(ROOT, volume(9)),
    ),
    Example(
        "instance_groups[1].volumes[0].kms_key: ['gpu', 'more'] encrypt volumes with a "
        "customer managed key, which is documented for continuous provisioning only; "
        "pass node_provisioning_mode=NodeProvisioningMode.CONTINUOUS, test it on a small "
        "cluster first, or omit kms_key (VolumeKmsKeyMode)",
        slurm(controller(), worker(volumes=[ROOT]), worker("more", volumes=[ROOT])),
        api_worker(continuous=True, volumes=[ROOT]),
        WARNING,
    ),
    Example(
        "instance_groups[2].volumes[0].kms_key: 'b' uses the key of 'gpu', and the key "
        "of a volume cannot be changed; create a key for each group (VolumeKmsKeyShared)",
        slurm(controller(), worker(volumes=[ROOT]), worker("b", volumes=[ROOT])),
        slurm(
            controller(),
            worker(volumes=[ROOT]),
            worker("b", volumes=[hp.EbsVolume.root(kms_key=OTHER_KEY)]),
        ),
        WARNING,
    ),
    Example(
        "file_systems: ['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com', "
        "'fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] contains 2 FSx for Lustre "
        "file systems for /fsx, and the form supports one; specify one, and mount the "
        "others in custom scripts (FileSystems)",
        mounts(LUSTRE, LUSTRE),
        mounts(LUSTRE, OPENZFS),
    ),
    Example(
        "file_systems: ['fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com', "
        "'fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com'] contains 2 FSx for OpenZFS "
        "file systems for /home, and the form supports one; specify one, and mount the "
        "others in custom scripts (FileSystems)",
        mounts(OPENZFS, OPENZFS),
        mounts(OPENZFS),
    ),
    Example(
        "instance_groups[1].file_systems: "
        "['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com', "
        "'fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] contains 2 FSx for Lustre "
        "file systems, and a group supports one; specify one, and mount the others in "
        "custom scripts (FileSystems)",
        own_mounts(LUSTRE, lustre(mount_path="/b")),
        own_mounts(LUSTRE, OPENZFS),
    ),
    Example(
        "file_systems[0].mount_name: '/fsx' must be the mount name assigned by FSx, 1 "
        "to 8 letters, digits, hyphens or underscores, not a path; use the "
        "LustreConfiguration.MountName from aws fsx describe-file-systems (MountName)",
        mounts(lustre(mount_name="/fsx")),
        mounts(LUSTRE),
    ),
    Example(
        "file_systems[0].mount_name: 'ninechars' must be the mount name assigned by "
        "FSx, 1 to 8 letters, digits, hyphens or underscores, not a path; use the "
        "LustreConfiguration.MountName from aws fsx describe-file-systems (MountName)",
        mounts(lustre(mount_name="ninechars")),
        mounts(lustre(mount_name="8_chars-")),
    ),
    Example(
        "file_systems[0].dns_name: 'fs-1.example.com:/fsx' must have the format "
        "'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'; use the DNSName from aws "
        "fsx describe-file-systems (FileSystemDnsName)",
        mounts(hp.OpenZfsMount(dns_name="fs-1.example.com:/fsx")),
        mounts(OPENZFS),
    ),
    Example(
        "file_systems[0].dns_name: 'fs-0123456789abcdef0.example.com*' must have the format "
        "'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'; use the DNSName from aws "
        "fsx describe-file-systems (FileSystemDnsName)",
        mounts(hp.OpenZfsMount(dns_name="fs-0123456789abcdef0.example.com*")),
        mounts(hp.OpenZfsMount(dns_name="fs-0123456789abcdef0.example.com")),
    ),
    Example(
        "instance_groups[1].file_systems[0].dns_name: 'fc-01234567.a' must have the "
        "format 'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'; use the DNSName "
        "from aws fsx describe-file-systems (FileSystemDnsName)",
        own_mounts(lustre(dns_name="fc-01234567.a")),
        own_mounts(lustre(dns_name="fci-01234567.abcd")),
    ),
    Example(
        "instance_groups[1].file_systems[0].mount_path: 'fsx/' must be an absolute path "
        "of letters, digits, dots, underscores and hyphens, without a trailing slash; "
        "use a path such as '/fsx' (MountPath)",
        own_mounts(lustre(mount_path="fsx/")),
        own_mounts(lustre(mount_path="/a/b.c")),
    ),
    Example(
        "instance_groups[1].file_systems[1].mount_path: '/fsx' is already the mount "
        "path of instance_groups[1].file_systems[0]; use a unique path for each file "
        "system (MountPathTwice)",
        own_mounts(LUSTRE, hp.OpenZfsMount(dns_name=OPENZFS.dns_name, mount_path="/fsx")),
        own_mounts(LUSTRE, hp.OpenZfsMount(dns_name=OPENZFS.dns_name, mount_path="/other")),
    ),
    Example(
        "instance_groups[1].file_systems[0].mount_path: '/opt/sagemaker/fsx' is in "
        "/opt/sagemaker, where HyperPod mounts the secondary volume; use a path such as "
        "'/fsx' (MountPathOfVolume)",
        own_mounts(lustre(mount_path="/opt/sagemaker/fsx")),
        own_mounts(lustre(mount_path="/opt/sagemaker2")),
        WARNING,
    ),
    Example(
        "file_systems[0].mount_path: '/data' is not supported by the form, which mounts "
        "this file system at /fsx; omit mount_path, or use ApiDrivenSlurm() "
        "(MountPathMode)",
        mounts(lustre(mount_path="/data")),
        own_mounts(lustre(mount_path="/data")),
    ),
    Example(
        "file_systems[0].mount_path: '<deploy-time value>' is not supported by the form, which "
        "mounts this file system at /fsx; omit mount_path, or use ApiDrivenSlurm() "
        "(MountPathMode)",
        mounts(lustre(mount_path=TOKEN)),
        own_mounts(lustre(mount_path=TOKEN)),
    ),
    Example(
        "instance_groups[1].file_systems: "
        "['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] are specified for a "
        "group, and the form supports only those of the cluster; pass "
        "file_systems= of the cluster, or use ApiDrivenSlurm() (FileSystemsMode)",
        slurm(controller(), worker(file_systems=[LUSTRE]), subnets=[PRIVATE]),
        mounts(LUSTRE),
    ),
    Example(
        "file_systems: ['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] are "
        "those of the cluster, and ApiDrivenSlurm supports only those of groups; "
        "pass file_systems= of each InstanceGroup (FileSystemsMode)",
        api(subnets=[PRIVATE], file_systems=[LUSTRE]),
        own_mounts(LUSTRE),
    ),
    Example(
        "instance_groups[0].file_systems: "
        "['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] are not mounted by the "
        "nodes of an EKS cluster; omit file_systems, and use the FSx CSI driver for "
        "Kubernetes (FileSystemsMode)",
        eks(group(file_systems=[LUSTRE])),
        eks(),
    ),
    Example(
        "file_systems: ['fs-0abc123def4567890.fsx.us-west-2.amazonaws.com'] require a "
        'VPC; HyperPod: "FSx configurations are only supported for Custom VPC"; pass '
        "vpc=, the VPC of the file system (FileSystemWithoutVpc)",
        slurm(file_systems=[LUSTRE]),
        mounts(LUSTRE),
    ),
    Example(
        "instance_groups[1].file_systems: "
        "['fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com'] require a VPC; HyperPod: "
        '"FSx configurations are only supported for Custom VPC"; pass vpc=, the VPC of '
        "the file system (FileSystemWithoutVpc)",
        api(controller(), worker(file_systems=[OPENZFS])),
        own_mounts(OPENZFS),
    ),
]
