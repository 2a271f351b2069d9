"""The operations of HyperPod: what each is for, and the permissions that it requires.

IAM actions have the names of the operations. Methods of `grants` are built from this table.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class Resource(StrEnum):
    """A resource type of IAM; the value is the resource part of its ARN."""

    CLUSTER = "cluster"
    CLUSTER_SCHEDULER_CONFIG = "cluster-scheduler-config"
    COMPUTE_QUOTA = "compute-quota"
    RESERVED_CAPACITY = "reserved-capacity"
    TRAINING_PLAN = "training-plan"

    @property
    def arn(self) -> str:
        """The ARN with placeholders, as the Service Authorization Reference prints it."""
        return f"arn:${{Partition}}:sagemaker:${{Region}}:${{Account}}:{self}/{_NAMES[self]}"


class Verb(StrEnum):
    """The method that grants an operation."""

    DESCRIBE = "cluster.grants.describe"
    LIST_CLUSTERS = "cluster.grants.list_clusters"
    LIST_NODES = "cluster.grants.list_nodes"
    UPDATE = "cluster.grants.update"
    UPDATE_SOFTWARE = "cluster.grants.update_software"
    DELETE = "cluster.grants.delete"
    MANAGE_NODES = "cluster.grants.manage_nodes"
    MANAGE_TASK_GOVERNANCE = "cluster.grants.manage_task_governance"
    ADMINISTER = "cluster.grants.administer"
    ACTIONS = "cluster.grants.actions"
    CREATE = "TaggedClusterGrants.create"
    DESCRIBE_PLANS = "TrainingPlanGrants.describe"
    CREATE_PLANS = "TrainingPlanGrants.create"

    @property
    def method(self) -> str:
        """Name of the method."""
        return self.rpartition(".")[2]


class Dependency(NamedTuple):
    """Actions that an operation requires in addition.

    Attributes:
        actions: Actions, with their service.
        resource: Resource of the actions, in words.
        when: When they are required.
        granted: How the method of `grants` includes them, or who grants them instead.
    """

    actions: tuple[str, ...]
    resource: str
    when: str
    granted: str


class Operation(NamedTuple):
    """An operation of the API, with the permissions that it requires.

    Attributes:
        name: Name of the operation.
        purpose: What it is for.
        verb: Method that grants it.
        resources: Resource types of the action. None if it cannot be limited to resources.
        optional_resources: Resource types that the action requires only if the request names them.
        condition_keys: Condition keys of the request.
        dependencies: Additional actions.
        documented: Whether the Service Authorization Reference has the action. Otherwise, resources
            are those that the request names, and AWS does not document that IAM evaluates them.
    """

    name: str
    purpose: str
    verb: Verb
    resources: tuple[Resource, ...] = (Resource.CLUSTER,)
    optional_resources: tuple[Resource, ...] = ()
    condition_keys: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    documented: bool = True

    @property
    def action(self) -> str:
        """The IAM action."""
        return f"sagemaker:{self.name}"

    @property
    def cli(self) -> str:
        """The command of the AWS CLI."""
        return f"aws sagemaker {self.boto3.replace('_', '-')}"

    @property
    def boto3(self) -> str:
        """The method of `boto3.client("sagemaker")`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name).lower()


_NAMES = {
    Resource.CLUSTER: "${ClusterId}",
    Resource.CLUSTER_SCHEDULER_CONFIG: "${ClusterSchedulerConfigId}",
    Resource.COMPUTE_QUOTA: "${ComputeQuotaId}",
    Resource.RESERVED_CAPACITY: "${RandomString}",
    Resource.TRAINING_PLAN: "${TrainingPlanName}",
}

RESOURCE_CONDITION_KEYS = ("aws:ResourceTag/${TagKey}", "sagemaker:ResourceTag/${TagKey}")
"""Condition keys of all resource types."""

IMAGE_LISTS = ("ec2:DescribeImages", "ec2:DescribeSnapshots")
IMAGE_CHANGES = {"image": "ec2:ModifyImageAttribute", "snapshot": "ec2:ModifySnapshotAttribute"}
"""Actions that share a custom AMI and its snapshots with HyperPod, by resource type."""

ON_EKS_CLUSTER = ("eks:CreateAccessEntry", "eks:DescribeCluster")
ON_ACCESS_ENTRIES = (
    "eks:AssociateAccessPolicy",
    "eks:DeleteAccessEntry",
    "eks:DescribeAccessEntry",
)
QUOTA_POLICIES = ("eks:AssociateAccessPolicy", "eks:ListAssociatedAccessPolicies")

_EKS = "the cluster is orchestrated by EKS"
_ON_ENTRIES = "access entries of the EKS cluster"
_INCLUDED = "included"
_PASS_ROLE = Dependency(
    ("iam:PassRole",),
    "execution roles of the groups, and the role of autoscaling",
    "always",
    "included, with `iam:PassedToService`",
)
_READ_EKS = Dependency(("eks:DescribeCluster",), "EKS cluster", _EKS, _INCLUDED)
_ACCESS_ENTRIES = (
    Dependency(ON_EKS_CLUSTER, "EKS cluster", _EKS, _INCLUDED),
    Dependency(ON_ACCESS_ENTRIES, _ON_ENTRIES, _EKS, _INCLUDED),
)
_IMAGES = (
    Dependency(IMAGE_LISTS, "`*`", "an image is a custom AMI", "`custom_images=True`"),
    Dependency(
        tuple(IMAGE_CHANGES.values()),
        "images and snapshots with the tag `AllowSharing`: `true`",
        "an image is a custom AMI",
        "`custom_images=True`",
    ),
)
_VOLUME_KEYS = Dependency(
    ("kms:CreateGrant", "kms:DescribeKey"),
    "keys of the volumes",
    "a volume is encrypted with a customer managed key",
    "with the methods of the key",
)
_NODES = Dependency(
    ("sagemaker:BatchAddClusterNodes", "sagemaker:BatchDeleteClusterNodes"),
    "cluster",
    "the reference states no condition",
    _INCLUDED,
)
_SERVICE_LINKED_ROLE = Dependency(
    ("iam:CreateServiceLinkedRole",),
    "role `AWSServiceRoleForSageMakerHyperPod`",
    "the cluster is the first one on EKS in the account",
    "with an IAM policy",
)
_GOVERNED = (
    Dependency(("sagemaker:DescribeCluster",), "cluster", "always", _INCLUDED),
    _READ_EKS,
    Dependency(QUOTA_POLICIES, _ON_ENTRIES, _EKS, _INCLUDED),
)


def _volume(action: str) -> tuple[Dependency, ...]:
    return (
        Dependency((f"ec2:{action}",), "volume and instance", "always", "with an IAM policy"),
        Dependency(("ec2:DescribeVolumes",), "`*`", "always", "with an IAM policy"),
        _READ_EKS,
    )


def _tags(resource: str) -> Dependency:
    return Dependency(("sagemaker:AddTags",), resource, "the request has tags", _INCLUDED)


_NETWORK_KEYS = (
    "sagemaker:InstanceTypes",
    "sagemaker:VpcSecurityGroupIds",
    "sagemaker:VpcSubnets",
)
_TAG_KEYS = ("aws:RequestTag/${TagKey}", "aws:TagKeys")
_PLANS = (Resource.RESERVED_CAPACITY, Resource.TRAINING_PLAN)
_CONFIG = (Resource.CLUSTER_SCHEDULER_CONFIG,)
_QUOTA = (Resource.COMPUTE_QUOTA,)
_RESERVED = (Resource.RESERVED_CAPACITY,)
_PLAN = (Resource.TRAINING_PLAN,)
_O = Operation
_V = Verb

_ROWS = (
    _O("DescribeCluster", "read the configuration and status of a cluster", _V.DESCRIBE),
    _O("DescribeClusterNode", "read the status of a node", _V.DESCRIBE),
    _O("DescribeClusterEvent", "read an event of a cluster", _V.DESCRIBE),
    _O("ListClusterEvents", "list the events of a cluster", _V.DESCRIBE),
    _O("ListTags", "list the tags of a cluster", _V.DESCRIBE, (), tuple(Resource)),
    _O("ListClusterNodes", "list the nodes of a cluster", _V.LIST_NODES),
    _O("ListClusters", "list all clusters of the account and Region", _V.LIST_CLUSTERS, ()),
    _O(
        "CreateCluster",
        "create a cluster",
        _V.CREATE,
        optional_resources=_PLANS,
        condition_keys=(*_TAG_KEYS, *_NETWORK_KEYS),
        dependencies=(
            _PASS_ROLE,
            _tags("cluster"),
            *_ACCESS_ENTRIES,
            _SERVICE_LINKED_ROLE,
            *_IMAGES,
            _VOLUME_KEYS,
        ),
    ),
    _O(
        "UpdateCluster",
        "add, change, scale and delete instance groups",
        _V.UPDATE,
        optional_resources=_PLANS,
        condition_keys=_NETWORK_KEYS,
        dependencies=(_PASS_ROLE, _NODES, *_ACCESS_ENTRIES, *_IMAGES, _VOLUME_KEYS),
    ),
    _O(
        "UpdateClusterSoftware",
        "update the AMI of the nodes",
        _V.UPDATE_SOFTWARE,
        dependencies=(_READ_EKS, *_IMAGES),
    ),
    _O(
        "DeleteCluster",
        "delete a cluster",
        _V.DELETE,
        dependencies=(
            Dependency(
                ("eks:DeleteAccessEntry", "eks:DescribeAccessEntry"), _ON_ENTRIES, _EKS, _INCLUDED
            ),
        ),
    ),
    _O("BatchAddClusterNodes", "add nodes", _V.MANAGE_NODES, dependencies=(_READ_EKS,)),
    _O("BatchDeleteClusterNodes", "delete nodes", _V.MANAGE_NODES, dependencies=(_READ_EKS,)),
    _O("BatchRebootClusterNodes", "reboot nodes", _V.MANAGE_NODES),
    _O("BatchReplaceClusterNodes", "replace nodes", _V.MANAGE_NODES),
    _O("StartClusterHealthCheck", "run deep health checks on nodes", _V.MANAGE_NODES),
    _O(
        "AttachClusterNodeVolume",
        "attach an EBS volume to a node (EKS)",
        _V.MANAGE_NODES,
        dependencies=_volume("AttachVolume"),
    ),
    _O(
        "DetachClusterNodeVolume",
        "detach an EBS volume from a node (EKS)",
        _V.MANAGE_NODES,
        dependencies=_volume("DetachVolume"),
    ),
    _O(
        "AttachClusterNodeNetworkInterface",
        "attach a network interface to a node",
        _V.MANAGE_NODES,
    ),
    _O(
        "AddTags",
        "add tags to a cluster",
        _V.ADMINISTER,
        (),
        tuple(Resource),
        (*_TAG_KEYS, "sagemaker:TaggingAction"),
    ),
    _O("DeleteTags", "delete tags of a cluster", _V.ADMINISTER, (), tuple(Resource), _TAG_KEYS[1:]),
    _O(
        "CreateClusterSchedulerConfig",
        "set the priorities and the fair share of tasks (EKS)",
        _V.MANAGE_TASK_GOVERNANCE,
        (Resource.CLUSTER, *_CONFIG),
        condition_keys=_TAG_KEYS,
        dependencies=(_tags("cluster-scheduler-config"), *_GOVERNED),
    ),
    _O(
        "DescribeClusterSchedulerConfig",
        "read the priorities of tasks",
        _V.MANAGE_TASK_GOVERNANCE,
        _CONFIG,
    ),
    _O(
        "ListClusterSchedulerConfigs",
        "list the priorities of all clusters",
        _V.MANAGE_TASK_GOVERNANCE,
        (),
    ),
    _O(
        "UpdateClusterSchedulerConfig",
        "change the priorities of tasks",
        _V.MANAGE_TASK_GOVERNANCE,
        _CONFIG,
    ),
    _O(
        "DeleteClusterSchedulerConfig",
        "delete the priorities of tasks",
        _V.MANAGE_TASK_GOVERNANCE,
        _CONFIG,
    ),
    _O(
        "CreateComputeQuota",
        "allocate compute to a team (EKS)",
        _V.MANAGE_TASK_GOVERNANCE,
        (Resource.CLUSTER, *_QUOTA),
        condition_keys=_TAG_KEYS,
        dependencies=(_tags("compute-quota"), *_GOVERNED),
    ),
    _O("DescribeComputeQuota", "read an allocation", _V.MANAGE_TASK_GOVERNANCE, _QUOTA),
    _O("ListComputeQuotas", "list all allocations", _V.MANAGE_TASK_GOVERNANCE, ()),
    _O("UpdateComputeQuota", "change an allocation", _V.MANAGE_TASK_GOVERNANCE, _QUOTA),
    _O("DeleteComputeQuota", "delete an allocation", _V.MANAGE_TASK_GOVERNANCE, _QUOTA),
    _O("SearchTrainingPlanOfferings", "find capacity to reserve", _V.CREATE_PLANS, ()),
    _O(
        "CreateTrainingPlan",
        "reserve capacity with a training plan",
        _V.CREATE_PLANS,
        _PLAN,
        condition_keys=_TAG_KEYS,
        dependencies=(
            Dependency(
                ("sagemaker:CreateReservedCapacity",), "reserved-capacity", "always", _INCLUDED
            ),
            _tags("training-plan and reserved-capacity"),
        ),
    ),
    _O("ExtendTrainingPlan", "extend a training plan", _V.CREATE_PLANS, ()),
    _O("DescribeTrainingPlan", "read a training plan", _V.DESCRIBE_PLANS, _PLAN),
    _O(
        "DescribeTrainingPlanExtensionHistory",
        "read the extensions of a plan",
        _V.DESCRIBE_PLANS,
        _PLAN,
    ),
    _O("ListTrainingPlans", "list all training plans", _V.DESCRIBE_PLANS, ()),
    _O("DescribeReservedCapacity", "read a reserved capacity", _V.DESCRIBE_PLANS, _RESERVED),
    _O(
        "ListUltraServersByReservedCapacity",
        "list the UltraServers of a reserved capacity",
        _V.DESCRIBE_PLANS,
        _RESERVED,
    ),
    *(
        _O(name, purpose, _V.ACTIONS, resources, documented=False)
        for name, purpose, resources in (
            ("CreateClusterExtension", "install an extension (Slurm)", (Resource.CLUSTER,)),
            ("DeleteClusterExtension", "delete an extension", (Resource.CLUSTER,)),
            ("DescribeClusterExtension", "read an extension", (Resource.CLUSTER,)),
            ("ListClusterExtensions", "list the extensions of a cluster", (Resource.CLUSTER,)),
            ("ListClusterExtensionVersions", "list the versions of an extension", ()),
            ("UpdateClusterExtension", "update an extension", (Resource.CLUSTER,)),
            ("DescribeClusterOperation", "read an operation of a cluster", (Resource.CLUSTER,)),
            ("ListClusterOperations", "list the operations of a cluster", (Resource.CLUSTER,)),
        )
    ),
)

OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
"""Operations by their names."""

OPERATED = (
    Verb.DESCRIBE,
    Verb.LIST_CLUSTERS,
    Verb.LIST_NODES,
    Verb.UPDATE_SOFTWARE,
    Verb.MANAGE_NODES,
)
"""What `operate` grants."""


def operations_of(*verbs: Verb) -> Iterable[Operation]:
    """The operations that methods grant."""
    return (operation for operation in OPERATIONS.values() if operation.verb in verbs)
