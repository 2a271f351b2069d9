"""Which Python type each argument has; asked before any rule reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any

from .accounting_database import AccountingDatabase
from .capacity import Capacity
from .errors import Problem, wrong_type
from .instance_group import InstanceGroup
from .kubernetes import Taint, TaintEffect
from .life_cycle_config import LifeCycleConfig
from .lifecycle_steps import LifecycleSteps
from .multi_head import MultiHead
from .network_interface import NetworkInterfaceType
from .node_provisioning import AutoScalerType, AutoScaling, NodeProvisioningMode, TieredStorage
from .orchestrator import ApiDrivenSlurm, Eks, Slurm, SlurmConfigStrategy
from .provisioning_params import ProvisioningParams
from .resiliency import DeepHealthCheck, NodeRecovery
from .restricted_instance_group import (
    LustreDeletionPolicy,
    RestrictedInstanceGroup,
    RestrictedLustre,
    SharedEnvironment,
)
from .script_folder import ScriptFolder
from .slurm_configurations import SlurmConfigurations
from .software import (
    AutoPatch,
    BatchSize,
    BatchSizeType,
    PatchingStrategy,
    RollingUpdate,
    ScheduledUpdate,
    Seconds,
)
from .storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount
from .subnet import Subnet
from .type_checks import (
    TypeCheck,
    amount,
    having,
    instance_of,
    list_of,
    optional,
    text,
    texts_by_name,
    whole_number,
    word,
)


def type_problems(path: str, value: Any, kind: type | None = None) -> Iterator[Problem]:
    """What is of a wrong type within a value of the model, whose type is `kind`."""
    for name, default, check in _checks(kind or type(value)):
        given = getattr(value, name)
        if given is not default:
            yield from check(f"{path}.{name}" if path else name, given)


@cache
def _checks(kind: type) -> tuple[tuple[str, object, TypeCheck], ...]:
    checks = _TYPES.get(kind, _CLUSTER)
    defaults = {each.name: each.default for each in fields(kind)}
    return tuple((name, defaults.get(name, MISSING), check) for name, check in checks.items())


def _value(*kinds: type, expected: str | None = None) -> TypeCheck:
    what = expected or f"{_article(kinds[0].__name__)}(...)"

    def check(path: str, value: object) -> Iterator[Problem]:
        for kind in kinds:
            if isinstance(value, kind):
                yield from type_problems(path, value, kind)
                return
        yield wrong_type(path, value, what)

    return check


def _steps(path: str, value: object) -> Iterator[Problem]:
    """Steps are arguments of `LifecycleScripts.default`."""
    if isinstance(value, LifecycleSteps):
        yield from value.type_problems("lifecycle_scripts")
    else:
        yield wrong_type(path, value, "a LifecycleSteps")


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


_optional_text = optional(text)
_optional_number = optional(whole_number)
_flag = instance_of(bool, "True or False")
_role = having("role_arn", "a role, such as iam.Role.from_role_arn(...)")
_secret = having("secret_arn", "a secret of Secrets Manager")
_instance_type = instance_of(str, "a type such as 'ml.p5.48xlarge'")
_mounts = list_of(
    _value(LustreMount, OpenZfsMount, expected="a list of file systems"), "a list of file systems"
)
_capacity = _value(Capacity, expected="Capacity.on_demand(), .spot() or .training_plan(arn)")
_rolling_update = optional(_value(RollingUpdate))

_EVERY_GROUP: dict[str, TypeCheck] = {
    "name": text,
    "instance_type": optional(_instance_type),
    "count": whole_number,
    "threads_per_core": _optional_number,
    "volumes": list_of(_value(EbsVolume), "a list of EbsVolume"),
    "capacity": _capacity,
    "deep_health_checks": list_of(
        word(DeepHealthCheck, *DeepHealthCheck, "MultiNodeTrainingValidation"),
        "a list of DeepHealthCheck",
    ),
    "subnets": list_of(
        having("subnet_id", "a subnet, such as ec2.Subnet.from_subnet_id(...)"),
        "a list of subnets",
    ),
    "security_groups": list_of(
        having("security_group_id", "a security group"), "a list of security groups"
    ),
    "execution_role": optional(_role),
}
_TYPES: Mapping[type, Mapping[str, TypeCheck]] = {
    InstanceGroup: {
        **_EVERY_GROUP,
        "instance_types": list_of(_instance_type, "a list of instance types"),
        "node_type": optional(instance_of(str, "a NodeType")),
        "partition": _optional_text,
        "min_count": _optional_number,
        "life_cycle_config": optional(_value(LifeCycleConfig)),
        "file_systems": _mounts,
        "network_interface_type": optional(word(NetworkInterfaceType)),
        "image_id": _optional_text,
        "image_release_version": _optional_text,
        "scheduled_update": optional(_value(ScheduledUpdate)),
        "auto_patch": optional(_value(AutoPatch)),
        "labels": texts_by_name,
        "taints": list_of(_value(Taint), "a list of Taint"),
    },
    RestrictedInstanceGroup: {
        **_EVERY_GROUP,
        "instance_type": _instance_type,
        "lustre": optional(_value(RestrictedLustre)),
    },
    RestrictedLustre: {
        "size_gib": whole_number,
        "per_unit_storage_throughput": whole_number,
    },
    SharedEnvironment: {
        "lustre": _value(RestrictedLustre),
        "lustre_deletion_policy": word(LustreDeletionPolicy),
    },
    Capacity: {"training_plan_arn": _optional_text, "is_spot": _flag},
    EbsVolume: {
        "size": optional(
            amount(Gibibytes, "to_gibibytes", "a cdk.Size such as cdk.Size.gibibytes(500)")
        ),
        "kms_key": optional(having("key_arn", "a key, such as kms.Key.from_key_arn(...)")),
        "root_volume": _flag,
    },
    LustreMount: {
        "dns_name": instance_of(str, "the DNS name of the file system, a string"),
        "mount_name": instance_of(str, "the mount name of the file system, a string"),
        "mount_path": text,
    },
    OpenZfsMount: {
        "dns_name": instance_of(str, "the DNS name of the file system, a string"),
        "mount_path": text,
    },
    LifeCycleConfig: {
        "on_create": _optional_text,
        "on_init_complete": _optional_text,
        "source_s3_uri": _optional_text,
    },
    ScheduledUpdate: {"schedule_expression": text, "rolling_update": _rolling_update},
    AutoPatch: {
        "patching_strategy": word(PatchingStrategy, *PatchingStrategy, "DrainFirst"),
        "rolling_update": _rolling_update,
    },
    RollingUpdate: {
        "maximum_batch_size": optional(_value(BatchSize)),
        "rollback_maximum_batch_size": optional(_value(BatchSize)),
        "wait_interval": optional(
            amount(Seconds, "to_seconds", "a cdk.Duration such as cdk.Duration.minutes(10)")
        ),
        "rollback_alarms": list_of(having("alarm_name", "an alarm"), "a list of alarms"),
    },
    BatchSize: {"type": word(BatchSizeType), "value": whole_number},
    Taint: {"key": text, "effect": word(TaintEffect), "value": _optional_text},
    Slurm: {
        "slurm_configurations": optional(
            _value(SlurmConfigurations, expected="SlurmConfigurations(...)")
        ),
        "multi_head": optional(_value(MultiHead, expected="MultiHead(...)")),
    },
    SlurmConfigurations: {
        "slurm_database_secret_arn": text,
        "slurm_database_endpoint": text,
        "slurm_shared_directory": text,
        "slurm_database_user": text,
        "slurm_sns_arn": _optional_text,
        "extra": instance_of(Mapping, "a dict"),
    },
    MultiHead: {
        "database": optional(having("db_instance_endpoint_address", "a database instance")),
        "secret": optional(_secret),
        "database_user": text,
        "deletion_protection": _flag,
        "topic": optional(having("topic_arn", "a topic")),
        "shared_directory": text,
    },
    ApiDrivenSlurm: {
        "strategy": optional(word(SlurmConfigStrategy)),
        "accounting_database": optional(_value(AccountingDatabase)),
    },
    AccountingDatabase: {
        "endpoint": text,
        "secret": _secret,
        "port": whole_number,
        "name": text,
        "connectable": optional(having("connections", "a database, such as an RDS instance")),
    },
    Eks: {"cluster": having("cluster_arn", "an EKS cluster")},
    AutoScaling: {"enabled": _flag, "auto_scaler_type": word(AutoScalerType)},
    TieredStorage: {
        "enabled": _flag,
        "instance_memory_allocation_percentage": _optional_number,
    },
    Subnet: {
        "name": text,
        "subnet_id": _optional_text,
        "public": _flag,
        "isolated": _flag,
        "availability_zone": _optional_text,
        "ipv4_cidr_block": _optional_text,
    },
    ScriptFolder: {
        "path": instance_of(Path, "a pathlib.Path"),
        "overlay": optional(instance_of(Path, "a pathlib.Path")),
        "on_create": text,
        "source_s3_uri": _optional_text,
    },
}
_subnets = list_of(_value(Subnet, expected="a list of Subnet"), "a list of Subnet")
_CLUSTER: Mapping[str, TypeCheck] = {
    "instance_groups": list_of(
        _value(InstanceGroup, expected="a list of InstanceGroup"), "a list of InstanceGroup"
    ),
    "cluster_name": _optional_text,
    "orchestrator": _value(
        Slurm, ApiDrivenSlurm, Eks, expected="Slurm(), ApiDrivenSlurm() or Eks(...)"
    ),
    "file_systems": _mounts,
    "subnets": optional(_subnets),
    "security_group_ids": list_of(text, "a list of ids"),
    "own_subnets": optional(list_of(_subnets, "a list of lists of Subnet")),
    "vpc_arguments": list_of(text, "a list of names"),
    "node_recovery": word(NodeRecovery),
    "node_provisioning_mode": optional(word(NodeProvisioningMode)),
    "restricted_instance_groups": list_of(
        _value(RestrictedInstanceGroup), "a list of RestrictedInstanceGroup"
    ),
    "shared_environment": optional(_value(SharedEnvironment)),
    "auto_scaling": optional(_value(AutoScaling)),
    "cluster_role": optional(_role),
    "tiered_storage": optional(_value(TieredStorage)),
    "tags": texts_by_name,
    "provisioning_params": optional(instance_of(ProvisioningParams, "a ProvisioningParams")),
    "scripts": optional(_value(ScriptFolder)),
    "steps": optional(_steps),
}
