"""The cluster of each mode that says everything the mode allows, said once.

A property that AWS adds is one line here: the stacks of `every_mode` and the values, requests and
documents of all other tests are made of these groups.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import hyperpod_constructs as hp

from .requests import EKS_ARN
from .values import (
    ADDITION,
    CONTINUOUS,
    DATABASE,
    KEY,
    LUSTRE,
    ON_CREATION,
    OPENZFS,
    PLAN,
    ROLE,
    login,
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What groups refer to: constructs of a stack, or references to what is there already.

    Attributes:
        subnet: A subnet for one group.
        security_group: A security group for one group.
        key: A key of volumes.
        alarm: An alarm that stops an update.
        gibibytes: Makes a size.
        minutes: Makes a duration.
    """

    subnet: Any = hp.SubnetReference("subnet-0fedcba9876543210")
    security_group: Any = hp.SecurityGroupReference("sg-0fedcba9876543210")
    key: Any = KEY
    alarm: Any = hp.AlarmReference("failed")
    gibibytes: Callable[[int], Any] = hp.Gibibytes
    minutes: Callable[[int], Any] = lambda minutes: hp.Seconds(60 * minutes)

    def rolling_update(self) -> hp.RollingUpdate:
        return hp.RollingUpdate(
            maximum_batch_size=hp.BatchSize.instances(2),
            rollback_maximum_batch_size=hp.BatchSize.percentage(50),
            wait_interval=self.minutes(10),
            rollback_alarms=[self.alarm],
        )


REFERENCES = Surroundings()


def api_driven_groups(around: Surroundings) -> list[hp.InstanceGroup]:
    """Slurm by the request: a script of one group, a training plan, a weekly update."""
    return [
        hp.InstanceGroup.controller(instance_type="ml.m5.4xlarge"),
        hp.InstanceGroup.login(
            instance_type="ml.m5.2xlarge",
            life_cycle_config=hp.LifeCycleConfig.after_initialization(
                "login.sh", source_s3_uri="s3://sagemaker-shared/login"
            ),
        ),
        hp.InstanceGroup.worker(
            "h100",
            instance_type="ml.p5.48xlarge",
            count=16,
            partition="h100",
            capacity=hp.Capacity.training_plan(PLAN),
            deep_health_checks=[hp.DeepHealthCheck.INSTANCE_STRESS],
            network_interface_type=hp.NetworkInterfaceType.EFA_ONLY,
            image_id="ami-0123456789abcdef0",
            scheduled_update=hp.ScheduledUpdate.weekly(
                hp.DayOfWeek.SUNDAY, hour=3, rolling_update=around.rolling_update()
            ),
            subnets=[around.subnet],
            security_groups=[around.security_group],
        ),
    ]


def continuous_groups(around: Surroundings) -> list[hp.InstanceGroup]:
    """Slurm by the request, with instances that come one by one."""
    return [
        hp.InstanceGroup.controller(instance_type="ml.m5.4xlarge"),
        hp.InstanceGroup.worker(
            "gpu",
            instance_types=["ml.g5.8xlarge", "ml.g6.8xlarge"],
            count=8,
            min_count=2,
            partition="gpu",
            volumes=[
                hp.EbsVolume(size=around.gibibytes(1000)),
                hp.EbsVolume.root(kms_key=around.key),
            ],
            auto_patch=hp.AutoPatch(
                patching_strategy=hp.PatchingStrategy.WHEN_IDLE,
                rolling_update=around.rolling_update(),
            ),
        ),
    ]


def eks_groups(around: Surroundings) -> list[hp.InstanceGroup]:
    """Kubernetes: spot instances with labels and taints, and others beside them."""
    return [
        hp.InstanceGroup(
            "spot",
            instance_type="ml.g5.8xlarge",
            count=2,
            capacity=hp.Capacity.spot(),
            volumes=[hp.EbsVolume(size=around.gibibytes(500), kms_key=around.key)],
            labels={"example.com/team": "llm"},
            taints=[
                hp.Taint(key="example.com/gpu", effect=hp.TaintEffect.NO_SCHEDULE, value="only")
            ],
            image_release_version="1.0.3",
            threads_per_core=1,
        ),
        hp.InstanceGroup("cpu", instance_type="ml.c5.4xlarge", count=1),
    ]


def restricted_groups(around: Surroundings) -> list[hp.RestrictedInstanceGroup]:
    return [
        hp.RestrictedInstanceGroup(
            "nova",
            instance_type="ml.p5.48xlarge",
            count=4,
            capacity=hp.Capacity.training_plan(PLAN),
            deep_health_checks=[hp.DeepHealthCheck.INSTANCE_CONNECTIVITY],
            subnets=[around.subnet],
            lustre=hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=250),
        )
    ]


API_DRIVEN: dict[str, Any] = {
    "cluster_name": "api-driven",
    "orchestrator": hp.ApiDrivenSlurm(strategy=hp.SlurmConfigStrategy.OVERWRITE),
}
EKS: dict[str, Any] = {
    "node_provisioning_mode": CONTINUOUS,
    "auto_scaling": hp.AutoScaling(),
    "tiered_storage": hp.TieredStorage(instance_memory_allocation_percentage=30),
    "node_recovery": hp.NodeRecovery.NONE,
    "shared_environment": hp.SharedEnvironment(
        lustre=hp.RestrictedLustre(size_gib=2400, per_unit_storage_throughput=125)
    ),
}
_VPC: dict[str, Any] = {
    "subnets": (hp.Subnet(name="subnet-0123456789abcdef0", subnet_id="subnet-0123456789abcdef0"),),
    "security_group_ids": ("sg-0123456789abcdef0",),
}


def _with(groups: list[hp.InstanceGroup], **settings: Any) -> tuple[hp.InstanceGroup, ...]:
    return tuple(replace(each, execution_role=ROLE, **settings) for each in groups)


_CONTROLLER, *_WORKERS = continuous_groups(REFERENCES)
MODELS = {
    "api-driven": hp.ClusterModel(
        **API_DRIVEN,
        **_VPC,
        instance_groups=_with(
            api_driven_groups(REFERENCES),
            file_systems=(replace(LUSTRE, mount_path="/scratch"), OPENZFS),
        ),
        tags={"team": "llm"},
    ),
    "continuous": hp.ClusterModel(
        **_VPC,
        cluster_name="continuous",
        orchestrator=hp.ApiDrivenSlurm(
            accounting_database=hp.AccountingDatabase(**DATABASE, port=3307, name="slurm_llm")
        ),
        node_provisioning_mode=CONTINUOUS,
        instance_groups=_with([_CONTROLLER, login(), *_WORKERS], life_cycle_config=ADDITION),
    ),
    "eks": hp.ClusterModel(
        **EKS,
        **_VPC,
        cluster_name="eks",
        orchestrator=hp.Eks(hp.EksClusterReference(EKS_ARN)),
        cluster_role=ROLE,
        instance_groups=_with(eks_groups(REFERENCES), life_cycle_config=ON_CREATION),
        restricted_instance_groups=tuple(
            replace(each, execution_role=ROLE) for each in restricted_groups(REFERENCES)
        ),
    ),
}
REQUESTS = {mode: model.to_request() for mode, model in MODELS.items()}
EKS_CLUSTER = REQUESTS["eks"]
SLURM_CLUSTER = REQUESTS["continuous"]
