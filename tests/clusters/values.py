"""Clusters as values, with nothing wrong: one of each mode, to be spoiled by a test."""

from dataclasses import replace
from typing import Any

import hyperpod_constructs as hp

SOURCE = "s3://sagemaker-scripts/prefix"
ON_CREATION = hp.LifeCycleConfig.on_creation(source_s3_uri=SOURCE)
ADDITION = hp.LifeCycleConfig.after_initialization("add.sh", source_s3_uri=SOURCE)
LUSTRE = hp.LustreMount(
    dns_name="fs-0abc123def4567890.fsx.us-west-2.amazonaws.com", mount_name="abcdefgh"
)
OPENZFS = hp.OpenZfsMount(dns_name="fs-0fedcba9876543210.fsx.us-west-2.amazonaws.com")
PRIVATE = hp.Subnet(availability_zone="us-west-2a")
OTHER_ZONE = hp.Subnet(availability_zone="us-west-2b")
SMALL = hp.Subnet(availability_zone="us-west-2a", ipv4_cidr_block="10.0.0.0/26")
PLAN = "arn:aws:sagemaker:us-west-2:111122223333:training-plan/my-plan"
KEY = hp.KeyReference("arn:aws:kms:us-west-2:111122223333:key/1234abcd")
ROLE = hp.RoleReference("arn:aws:iam::111122223333:role/nodes")
SECRET_ARN = "arn:aws:secretsmanager:us-west-2:111122223333:secret:db-AbCdEf"
SHARED = hp.SlurmConfigurations(
    slurm_database_secret_arn=SECRET_ARN,
    slurm_database_endpoint="db.abcdefghijkl.us-west-2.rds.amazonaws.com",
    slurm_shared_directory="/fsx",
)
DATABASE: dict[str, Any] = {
    "endpoint": "db.abcdefghijkl.us-west-2.rds.amazonaws.com",
    "secret": hp.SecretReference(SECRET_ARN),
}
EKS_CLUSTER = "arn:aws:eks:us-east-1:111122223333:cluster/name"
CONTINUOUS = hp.NodeProvisioningMode.CONTINUOUS
RESTRICTED_LUSTRE = hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=125)
TOKEN = "${Token[TOKEN.7]}"
OTHER_TOKEN = "${Token[TOKEN.8]}"
TOKEN_NUMBER = -1.8881545897087626e289


def controller(**settings: Any) -> hp.InstanceGroup:
    return hp.InstanceGroup.controller(
        settings.pop("name", "controller"), **{"instance_type": "ml.m5.xlarge", **settings}
    )


def worker(name: Any = "gpu", **settings: Any) -> hp.InstanceGroup:
    return hp.InstanceGroup.worker(
        name, **{"instance_type": "ml.g5.8xlarge", "count": 4, "partition": "gpu", **settings}
    )


def login(name: str = "login") -> hp.InstanceGroup:
    return hp.InstanceGroup.login(name, instance_type="ml.m5.large")


def group(name: str = "gpu", **settings: Any) -> hp.InstanceGroup:
    return hp.InstanceGroup(name, **{"instance_type": "ml.g5.8xlarge", "count": 2, **settings})


def restricted(name: str = "nova", **settings: Any) -> hp.RestrictedInstanceGroup:
    return hp.RestrictedInstanceGroup(
        name,
        **{
            "instance_type": "ml.p5.48xlarge",
            "count": 2,
            "lustre": RESTRICTED_LUSTRE,
            **settings,
        },
    )


def slurm(*groups: Any, **settings: Any) -> hp.ClusterModel:
    """A cluster with a form; its groups have a script."""
    given = groups or (controller(), worker())
    return hp.ClusterModel(instance_groups=[_with_script(each) for each in given], **settings)


def slurm_worker(**settings: Any) -> hp.ClusterModel:
    return slurm(controller(), worker(**settings))


def api(*groups: Any, **settings: Any) -> hp.ClusterModel:
    """A Slurm cluster with its topology in the request."""
    strategy = settings.pop("strategy", None)
    database = settings.pop("database", None)
    return hp.ClusterModel(
        instance_groups=groups or (controller(), worker()),
        orchestrator=hp.ApiDrivenSlurm(strategy=strategy, accounting_database=database),
        **settings,
    )


def api_worker(*, continuous: bool = False, **settings: Any) -> hp.ClusterModel:
    return api(
        controller(),
        worker(**settings),
        node_provisioning_mode=CONTINUOUS if continuous else None,
    )


def eks(*groups: Any, **settings: Any) -> hp.ClusterModel:
    """An EKS cluster in a VPC; its groups have a script."""
    return hp.ClusterModel(
        instance_groups=[_with_script(each) for each in groups or (group(),)],
        **{
            "orchestrator": hp.Eks(hp.EksClusterReference(EKS_CLUSTER)),
            "subnets": [PRIVATE],
            **settings,
        },
    )


def eks_group(**settings: Any) -> hp.ClusterModel:
    return eks(group(**settings))


def as_request(model: hp.ClusterModel) -> hp.ClusterModel:
    """The cluster as it is judged before it is sent to the API."""
    return replace(model, is_request=True)


def nova(*groups: Any, **settings: Any) -> hp.ClusterModel:
    """An EKS cluster with restricted groups alone."""
    return hp.ClusterModel(
        instance_groups=[],
        restricted_instance_groups=groups or (restricted(),),
        **{
            "orchestrator": hp.Eks(hp.EksClusterReference(EKS_CLUSTER)),
            "subnets": [PRIVATE],
            **settings,
        },
    )


def _with_script(each: Any) -> Any:
    if not isinstance(each, hp.InstanceGroup) or each.life_cycle_config is not None:
        return each
    return replace(each, life_cycle_config=ON_CREATION)
