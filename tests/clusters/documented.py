"""Clusters as AWS documents them and as its tools write them, rebuilt from facts.

Each has a request and the form of the same cluster, both as JSON.
"""

from typing import Any

from .requests import ROLE_ARN

Json = dict[str, Any]

LUSTRE_DNS = "fs-0a1b2c3d4e5f60718.fsx.us-west-2.amazonaws.com"
OPENZFS_DNS = "fs-0918273645a5b6c7d.fsx.us-west-2.amazonaws.com"
LUSTRE_FIELDS = {"fsx_dns_name": LUSTRE_DNS, "fsx_mountname": "k3wpzbev"}
SECONDARY = {"EbsVolumeConfig": {"VolumeSizeInGB": 500}}
LUSTRE = {"FsxLustreConfig": {"DnsName": LUSTRE_DNS, "MountName": "k3wpzbev", "MountPath": "/fsx"}}


def _group(name: str, instance_type: str, source: str, count: int = 1, **more: Any) -> Json:
    return {
        "InstanceGroupName": name,
        "InstanceType": instance_type,
        "InstanceCount": count,
        "LifeCycleConfig": {"SourceS3Uri": source, "OnCreate": "on_create.sh"},
        "ExecutionRole": ROLE_ARN,
        **more,
    }


def _form(controller: str, *workers: tuple[str, str], **more: Any) -> Json:
    return {
        "version": "1.0.0",
        "workload_manager": "slurm",
        "controller_group": controller,
        **({"login_group": more.pop("login_group")} if "login_group" in more else {}),
        "worker_groups": [
            {"instance_group_name": name, "partition_name": partition}
            for name, partition in workers
        ],
        **more,
    }


def _role(node_type: str, *partitions: str) -> Json:
    role = {"NodeType": node_type} | ({"PartitionNames": list(partitions)} if partitions else {})
    return {"SlurmConfig": role}


# The guide to the migration: the form before, the update with the topology after.
_OWN_BUCKET = "s3://amzn-s3-demo-bucket/nodes/src"
MIGRATED_REQUEST: Json = {
    "ClusterName": "research",
    "InstanceGroups": [
        _group(
            "head",
            "ml.c5.xlarge",
            _OWN_BUCKET,
            InstanceStorageConfigs=[SECONDARY],
            **_role("Controller"),
        ),
        _group("entry", "ml.m5.xlarge", _OWN_BUCKET, **_role("Login")),
        _group(
            "vision",
            "ml.g5.12xlarge",
            _OWN_BUCKET,
            4,
            InstanceStorageConfigs=[LUSTRE],
            **_role("Compute", "training"),
        ),
        _group(
            "simulation",
            "ml.c5.4xlarge",
            _OWN_BUCKET,
            2,
            InstanceStorageConfigs=[LUSTRE],
            **_role("Compute", "batch"),
        ),
    ],
    "Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge"}},
}
FORM_TO_MIGRATE = _form(
    "head", ("vision", "training"), ("simulation", "batch"), login_group="entry", **LUSTRE_FIELDS
)

# The tool that creates a cluster: two controllers, both file systems, a training plan.
_SAGEMAKER_BUCKET = "s3://sagemaker-research-nodes/src"
_AS_CREATED: Json = {"InstanceStorageConfigs": [SECONDARY], "ThreadsPerCore": 2}
MULTI_HEAD_REQUEST: Json = {
    "ClusterName": "research",
    "InstanceGroups": [
        _group("entry", "ml.m5.4xlarge", _SAGEMAKER_BUCKET, **_AS_CREATED),
        _group(
            "heads",
            "ml.m5.12xlarge",
            _SAGEMAKER_BUCKET,
            2,
            **{**_AS_CREATED, "ExecutionRole": "arn:aws:iam::111122223333:role/heads"},
        ),
        _group(
            "training",
            "ml.p5.48xlarge",
            _SAGEMAKER_BUCKET,
            4,
            **{
                **_AS_CREATED,
                "ThreadsPerCore": 1,
                "TrainingPlanArn": "arn:aws:sagemaker:us-west-2:111122223333:training-plan/p5-plan",
            },
        ),
    ],
    "VpcConfig": {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": ["subnet-0123456789abcdef0"],
    },
}
MULTI_HEAD_FORM = _form(
    "heads",
    ("training", "ml.p5.48xlarge"),
    login_group="entry",
    **LUSTRE_FIELDS,
    fsx_openzfs_dns_name=OPENZFS_DNS,
    slurm_configurations={
        "slurm_database_secret_arn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:"
        "heads-AbCdEf",
        "slurm_database_endpoint": "heads.abcdefghijkl.us-west-2.rds.amazonaws.com",
        "slurm_shared_directory": "/fsx",
        "slurm_database_user": "admin",
        "slurm_sns_arn": "arn:aws:sns:us-west-2:111122223333:failover",
    },
)

# A guide whose form names a login group that its cluster does not have.
_BASE_CONFIG = "s3://sagemaker-research-nodes/base-config/"
GROUPS_WITHOUT_LOGIN = [
    _group("head", "ml.c5.xlarge", _BASE_CONFIG, ThreadsPerCore=1),
    _group("trainium", "ml.trn1.32xlarge", _BASE_CONFIG, 4, ThreadsPerCore=1),
]
FORM_WITH_LOGIN = _form("head", ("trainium", "dev"), login_group="entry", **LUSTRE_FIELDS)

# The example of a validator: no login group, and a partition with dots.
DOTTED_FORM = _form("head", ("training", "ml.p5.48xlarge"), **LUSTRE_FIELDS)

# A generator that lists the login group as a worker group, too.
GENERATED_FORM = _form(
    "head", ("entry", "dev"), ("training", "dev"), login_group="entry", **LUSTRE_FIELDS
)

FORMS = (FORM_TO_MIGRATE, MULTI_HEAD_FORM, FORM_WITH_LOGIN, DOTTED_FORM)


def _instances(name: str, *addresses: str) -> list[Json]:
    return [
        {
            "InstanceName": f"{name}-{number}",
            "AgentIpAddress": f"172.16.0.{number}",
            "CustomerIpAddress": address,
            "InstanceId": f"i-{address.replace('.', ''):0>17}",
        }
        for number, address in enumerate(addresses, start=1)
    ]


# What HyperPod writes to resource_config.json; a group may have null or no instances.
RESOURCE_CONFIG: Json = {
    "ClusterConfig": {
        "ClusterArn": "arn:aws:sagemaker:us-west-2:111122223333:cluster/0123456789ab",
        "ClusterName": "research",
    },
    "InstanceGroups": [
        {"Name": name, "InstanceType": instance_type, "Instances": _instances(name, *addresses)}
        for name, instance_type, addresses in (
            ("head", "ml.c5.xlarge", ["10.1.0.11"]),
            ("login", "ml.m5.xlarge", ["10.1.0.12"]),
            ("trainium", "ml.trn1.32xlarge", ["10.1.0.21", "10.1.0.22"]),
        )
    ],
}
MULTI_HEAD_RESOURCE_CONFIG = {
    "ClusterConfig": {
        **RESOURCE_CONFIG["ClusterConfig"],
        "ClusterType": "Slurm",
        "SlurmConfig": {"PrimaryControllerIp": "10.1.0.11"},
    },
    "InstanceGroups": [
        {
            "Name": "heads",
            "InstanceType": "ml.m5.12xlarge",
            "Instances": _instances("heads", "10.1.0.11", "10.1.0.12"),
        },
        {"Name": "training", "InstanceType": "ml.p5.48xlarge", "Instances": None},
        {"Name": "trainium", "InstanceType": "ml.trn1.32xlarge"},
    ],
}
