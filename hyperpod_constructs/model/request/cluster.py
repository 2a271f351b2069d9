"""The cluster as a whole.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from operator import attrgetter
from typing import Any

from hyperpod_constructs.model.accounting_database import AccountingDatabase
from hyperpod_constructs.model.errors import Problem
from hyperpod_constructs.model.node_provisioning import (
    AutoScalerType,
    AutoScaling,
    NodeProvisioningMode,
    TieredStorage,
)
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks, SlurmConfigStrategy
from hyperpod_constructs.model.references import EksClusterReference, SecretReference
from hyperpod_constructs.model.resiliency import NodeRecovery
from hyperpod_constructs.model.restricted_instance_group import (
    LustreDeletionPolicy,
    SharedEnvironment,
)
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.model.tokens import is_unresolved

from .group_objects import ROLE
from .groups import INSTANCE_GROUP, LUSTRE, RESTRICTED_INSTANCE_GROUP
from .intrinsics import ABSENT, Unknown
from .kinds import NUMBER, TEXT, Kind, ListOf, Made, Word
from .objects import Key, Keys, Object, OneOf
from .reading import Place, Reading

_ENABLED = Word({"Enable": True, "Disable": False})


class _Tags(Kind):
    """Tags, whose keys differ."""

    _list = ListOf(
        Object(
            Keys(
                "a tag",
                {
                    "Key": Key("key", TEXT, required=True),
                    "Value": Key("value", TEXT, required=True),
                },
            ),
            lambda key, value: (key, value),
            lambda tag: {"key": tag[0], "value": tag[1]},
        )
    )

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        pairs = self._list.read(value, place, reading)
        if pairs is ABSENT:
            return ABSENT
        tags = dict(pairs)
        keys = [key for key, _ in pairs]
        reading.problems.extend(
            Problem(
                code="RequestTagTwice",
                path=place.keys,
                value=key[:128],
                message=f"is the key of {keys.count(key)} tags",
                fix="keep one of them",
            )
            for key in tags
            if keys.count(key) > 1 and not is_unresolved(key)
        )
        return tags

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> Any:
        return self._list.unknown(unknown, place, reading)

    def write(self, value: Any) -> Any:
        return [{"Key": key, "Value": text} for key, text in value.items()]


def subnet(subnet_id: str) -> Subnet:
    """A subnet of which only the id is known."""
    return Subnet(name=subnet_id, subnet_id=subnet_id)


_ACCOUNTING_DATABASE = Object(
    Keys(
        "AccountingDatabase",
        {
            "Endpoint": Key("endpoint", TEXT, required=True),
            "Port": Key("port", NUMBER),
            "Name": Key("name", TEXT),
            "SecretArn": Key(
                "secret", Made(TEXT, SecretReference, attrgetter("secret_arn")), required=True
            ),
        },
    ),
    AccountingDatabase,
)
_ORCHESTRATOR = OneOf(
    "Orchestrator",
    {
        "Eks": Object(
            Keys(
                "Eks",
                {
                    "ClusterArn": Key(
                        "cluster",
                        Made(TEXT, EksClusterReference, attrgetter("cluster_arn")),
                        required=True,
                    )
                },
            ),
            Eks,
        ),
        "Slurm": Object(
            Keys(
                "Slurm",
                {
                    "SlurmConfigStrategy": Key("strategy", Word.of(SlurmConfigStrategy)),
                    "AccountingDatabase": Key("accounting_database", _ACCOUNTING_DATABASE),
                },
            ),
            ApiDrivenSlurm,
        ),
    },
    lambda orchestrator: "Eks" if isinstance(orchestrator, Eks) else "Slurm",
)
_SHARED_ENVIRONMENT = Object(
    Keys(
        "SharedEnvironmentConfig",
        {
            "FSxLustreDeletionPolicy": Key(
                "lustre_deletion_policy", Word.of(LustreDeletionPolicy), required=True
            ),
            "FSxLustreConfig": Key("lustre", LUSTRE, required=True),
        },
        described={
            "DesiredFSxLustreDeletionPolicy": "FSxLustreDeletionPolicy",
            "CurrentFSxLustreDeletionPolicy": "FSxLustreDeletionPolicy",
            "DesiredFSxLustreConfig": "FSxLustreConfig",
            "CurrentFSxLustreConfig": "FSxLustreConfig",
        },
    ),
    SharedEnvironment,
)
_TIERED_STORAGE = Object(
    Keys(
        "TieredStorageConfig",
        {
            "Mode": Key("enabled", _ENABLED, required=True),
            "InstanceMemoryAllocationPercentage": Key(
                "instance_memory_allocation_percentage", NUMBER
            ),
        },
    ),
    TieredStorage,
)
_AUTO_SCALING = Object(
    Keys(
        "AutoScaling",
        {
            "Mode": Key("enabled", _ENABLED, required=True),
            "AutoScalerType": Key("auto_scaler_type", Word.of(AutoScalerType)),
        },
        read_only=["Status", "FailureMessage"],
    ),
    AutoScaling,
)
CLUSTER = Keys(
    "a cluster",
    {
        "ClusterName": Key("cluster_name", TEXT),
        "InstanceGroups": Key("instance_groups", ListOf(INSTANCE_GROUP)),
        "RestrictedInstanceGroups": Key(
            "restricted_instance_groups", ListOf(RESTRICTED_INSTANCE_GROUP)
        ),
        "RestrictedInstanceGroupsConfig": Keys(
            "RestrictedInstanceGroupsConfig",
            {
                "SharedEnvironmentConfig": Key(
                    "shared_environment", _SHARED_ENVIRONMENT, required=True
                )
            },
        ),
        "VpcConfig": Keys(
            "VpcConfig",
            {
                "SecurityGroupIds": Key("security_group_ids", ListOf(TEXT), required=True),
                "Subnets": Key(
                    "subnets",
                    ListOf(Made(TEXT, subnet, attrgetter("subnet_id"))),
                    required=True,
                ),
            },
        ),
        "Tags": Key("tags", _Tags()),
        "Orchestrator": Key("orchestrator", _ORCHESTRATOR),
        "NodeRecovery": Key("node_recovery", Word.of(NodeRecovery)),
        "TieredStorageConfig": Key("tiered_storage", _TIERED_STORAGE),
        "NodeProvisioningMode": Key("node_provisioning_mode", Word.of(NodeProvisioningMode)),
        "ClusterRole": Key("cluster_role", ROLE),
        "AutoScaling": Key("auto_scaling", _AUTO_SCALING),
    },
    api_only={"InstanceGroupsToDelete": "is about the groups that a cluster has, not this request"},
    read_only=["ClusterArn", "ClusterStatus", "CreationTime", "FailureMessage", "ResponseMetadata"],
)
