"""Values of the events that HyperPod sends to Amazon EventBridge.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-cluster-events-reference.html
"""

from enum import StrEnum


class ClusterStatus(StrEnum):
    """The status of a cluster."""

    CREATING = "Creating"
    DELETING = "Deleting"
    FAILED = "Failed"
    IN_SERVICE = "InService"
    ROLLING_BACK = "RollingBack"
    SYSTEM_UPDATING = "SystemUpdating"
    UPDATING = "Updating"


class InstanceGroupStatus(StrEnum):
    """The status of an instance group."""

    IN_SERVICE = "InService"
    CREATING = "Creating"
    UPDATING = "Updating"
    FAILED = "Failed"
    DEGRADED = "Degraded"
    SYSTEM_UPDATING = "SystemUpdating"
    DELETING = "Deleting"


class EventLevel(StrEnum):
    """The level of a cluster event."""

    INFO = "Info"
    WARN = "Warn"
    ERROR = "Error"


class EventResourceType(StrEnum):
    """What a cluster event is about."""

    CLUSTER = "Cluster"
    INSTANCE_GROUP = "InstanceGroup"
    INSTANCE = "Instance"
