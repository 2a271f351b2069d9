"""The cluster as a whole.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from collections import Counter
from operator import attrgetter
from typing import Any

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.resiliency import NodeRecovery
from hyperpod_constructs.model.groups.restricted_instance_group import (
    LustreDeletionPolicy,
    SharedEnvironment,
)
from hyperpod_constructs.model.node_provisioning import (
    AutoScalerType,
    AutoScaling,
    NodeProvisioningMode,
    TieredStorage,
)
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks, SlurmConfigStrategy
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.references import EksClusterReference, SecretReference
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import A_SECRET

from .group_parts import ROLE
from .instance_group import INSTANCE_GROUP, LUSTRE, RESTRICTED_INSTANCE_GROUP
from .intrinsics import ABSENT, Unknown
from .kinds import NUMBER, TEXT, Choice, Kind, ListOf, Reference, Wrapped
from .read_log import Location, ReadLog
from .shapes import OneOf, Properties, Property, Shape
from .update import Update

_ENABLED = Choice({"Enable": True, "Disable": False})


class Tags(Kind):
    """The keys of tags must be unique."""

    _list = ListOf(
        Shape(
            Properties(
                "a tag",
                {
                    "Key": Property("key", TEXT, required=True),
                    "Value": Property("value", TEXT, required=True),
                },
                "CfnTag",
            ),
            tuple,
            lambda key, value: (key, value),
        )
    )

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        pairs = self._list.read(value, location, log)
        if pairs is ABSENT:
            return ABSENT
        tags = dict(pairs)
        numbers = Counter(key for key, _ in pairs)
        log.problems.extend(
            Problem(
                code="RequestTagTwice",
                path=location.keys,
                value=key[:128],
                message=f"is the key of {numbers[key]} tags",
                fix="keep one of them",
            )
            for key in tags
            if numbers[key] > 1 and not is_unresolved(key)
        )
        return tags

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> Any:
        return self._list.unknown(unknown, location, log)

    def write(self, value: Any) -> Any:
        return [{"Key": key, "Value": text} for key, text in value.items()]


def subnet(subnet_id: str) -> Subnet:
    """A subnet of which only the id is known."""
    return Subnet(name=subnet_id, subnet_id=subnet_id)


_ACCOUNTING_DATABASE = Shape(
    Properties(
        "AccountingDatabase",
        {
            "Endpoint": Property("endpoint", TEXT, required=True),
            "Port": Property("port", NUMBER),
            "Name": Property("name", TEXT),
            "SecretArn": Property(
                "secret",
                Reference.by(SecretReference, "secret_arn", A_SECRET),
                required=True,
            ),
        },
        "ClusterAccountingDatabase",
    ),
    AccountingDatabase,
)
_ORCHESTRATOR = OneOf(
    "Orchestrator",
    {
        "Eks": Shape(
            Properties(
                "Eks",
                {
                    "ClusterArn": Property(
                        "cluster",
                        Reference.by(EksClusterReference, "cluster_arn", "an EKS cluster"),
                        required=True,
                        update=Update.REPLACES,
                    )
                },
                "ClusterOrchestratorEksConfig",
            ),
            Eks,
        ),
        "Slurm": Shape(
            Properties(
                "Slurm",
                {
                    "SlurmConfigStrategy": Property("strategy", Choice.of(SlurmConfigStrategy)),
                    "AccountingDatabase": Property("accounting_database", _ACCOUNTING_DATABASE),
                },
                "ClusterOrchestratorSlurmConfig",
            ),
            ApiDrivenSlurm,
        ),
    },
    lambda orchestrator: "Eks" if isinstance(orchestrator, Eks) else "Slurm",
    "Orchestrator",
)
_SHARED_ENVIRONMENT = Shape(
    Properties(
        "SharedEnvironmentConfig",
        {
            "FSxLustreDeletionPolicy": Property(
                "lustre_deletion_policy", Choice.of(LustreDeletionPolicy), required=True
            ),
            "FSxLustreConfig": Property("lustre", LUSTRE, required=True),
        },
        "SharedEnvironmentConfig",
        described={
            "DesiredFSxLustreDeletionPolicy": "FSxLustreDeletionPolicy",
            "CurrentFSxLustreDeletionPolicy": "FSxLustreDeletionPolicy",
            "DesiredFSxLustreConfig": "FSxLustreConfig",
            "CurrentFSxLustreConfig": "FSxLustreConfig",
        },
    ),
    SharedEnvironment,
)
_TIERED_STORAGE = Shape(
    Properties(
        "TieredStorageConfig",
        {
            "Mode": Property("enabled", _ENABLED, required=True),
            "InstanceMemoryAllocationPercentage": Property(
                "instance_memory_allocation_percentage", NUMBER
            ),
        },
        "TieredStorageConfig",
    ),
    TieredStorage,
)
_AUTO_SCALING = Shape(
    Properties(
        "AutoScaling",
        {
            "Mode": Property("enabled", _ENABLED, required=True),
            "AutoScalerType": Property("auto_scaler_type", Choice.of(AutoScalerType)),
        },
        "ClusterAutoScalingConfig",
        read_only=["Status", "FailureMessage"],
    ),
    AutoScaling,
)
CLUSTER = Shape(
    Properties(
        "a cluster",
        {
            "ClusterName": Property("cluster_name", TEXT, update=Update.REPLACES),
            "InstanceGroups": Property("instance_groups", ListOf(INSTANCE_GROUP)),
            "RestrictedInstanceGroups": Property(
                "restricted_instance_groups",
                ListOf(RESTRICTED_INSTANCE_GROUP, "a list of RestrictedInstanceGroup"),
            ),
            "RestrictedInstanceGroupsConfig": Properties(
                "RestrictedInstanceGroupsConfig",
                {
                    "SharedEnvironmentConfig": Property(
                        "shared_environment", _SHARED_ENVIRONMENT, required=True
                    )
                },
                "RestrictedInstanceGroupsConfig",
            ),
            "VpcConfig": Properties(
                "VpcConfig",
                {
                    "SecurityGroupIds": Property(
                        "security_group_ids",
                        ListOf(TEXT, "a list of ids"),
                        required=True,
                        update=Update.REPLACES,
                    ),
                    "Subnets": Property(
                        "subnets",
                        ListOf(Wrapped(TEXT, subnet, attrgetter("subnet_id"))),
                        required=True,
                        update=Update.REPLACES,
                    ),
                },
                "VpcConfig",
            ),
            "Tags": Property("tags", Tags()),
            "Orchestrator": Property("orchestrator", _ORCHESTRATOR, update=Update.ONE_WAY),
            "NodeRecovery": Property("node_recovery", Choice.of(NodeRecovery)),
            "TieredStorageConfig": Property("tiered_storage", _TIERED_STORAGE),
            "NodeProvisioningMode": Property(
                "node_provisioning_mode", Choice.of(NodeProvisioningMode), update=Update.ONE_WAY
            ),
            "ClusterRole": Property("cluster_role", ROLE, update=Update.WITHOUT_AUTOSCALING),
            "AutoScaling": Property("auto_scaling", _AUTO_SCALING),
        },
        "Cluster",
        api_only={"InstanceGroupsToDelete": "refers to existing groups, not to this request"},
        read_only=[
            "ClusterArn",
            "ClusterStatus",
            "CreationTime",
            "FailureMessage",
            "ResponseMetadata",
        ],
    ),
    ClusterValues,
)
