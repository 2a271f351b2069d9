"""Task governance: priorities of tasks, and the compute of teams.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-policies.html,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateComputeQuota.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateClusterSchedulerConfig.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any, Self

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.value_class import value_class

from .namespace import TEAM_NAMESPACE_PREFIX

_PRIORITY_LABEL = "kueue.x-k8s.io/priority-class"
_QUEUE_LABEL = "kueue.x-k8s.io/queue-name"


@value_class(frozen=True, kw_only=True, slots=True)
class PriorityClass:
    """A priority of tasks.

    Attributes:
        name: Name, up to 40 lowercase letters, digits and inner hyphens.
        weight: Rank among the priorities, from 0 to 100. Tasks of a higher weight are scheduled first.
    """

    name: str = field(kw_only=False)
    weight: int

    @property
    def workload_priority_class(self) -> str:
        """Name of the WorkloadPriorityClass in Kubernetes."""
        return f"{self.name}-priority"

    @property
    def label(self) -> Mapping[str, str]:
        """Label of tasks with this priority."""
        return {_PRIORITY_LABEL: self.workload_priority_class}

    def to_request(self) -> dict[str, Any]:
        """The priority class as AWS writes it."""
        return {"Name": self.name, "Weight": self.weight}


@value_class(frozen=True, kw_only=True, slots=True)
class QuotaResource:
    """Compute of a team on one instance type: whole instances, parts of them, or GPU partitions.

    If only some of `accelerators`, `v_cpu` and `memory_in_gib` are specified, AWS calculates the others
    in proportion to the instance type.

    Attributes:
        instance_type: Instance type of a group of the cluster.
        count: Number of instances.
        accelerators: Number of GPUs or Neuron devices.
        v_cpu: Number of vCPUs, as the instance type has them with two threads per core.
        memory_in_gib: Memory in GiB.
        partition: Type of Multi-Instance GPU partitions, such as `mig-1g.10gb`. Requires
            `partition_count`.
        partition_count: Number of partitions.
    """

    instance_type: str = field(kw_only=False)
    count: int | None = None
    accelerators: int | None = None
    v_cpu: float | None = None
    memory_in_gib: float | None = None
    partition: str | None = None
    partition_count: int | None = None

    def to_request(self) -> dict[str, Any]:
        """The resource as AWS writes it."""
        values = {
            "InstanceType": self.instance_type,
            "Count": self.count,
            "Accelerators": self.accelerators,
            "VCpu": self.v_cpu,
            "MemoryInGiB": self.memory_in_gib,
        }
        found: dict[str, Any] = {key: value for key, value in values.items() if value is not None}
        if self.partition is not None:
            found["AcceleratorPartition"] = {
                "Type": self.partition,
                "Count": self.partition_count,
            }
        return found


class SharingStrategy(StrEnum):
    """What happens to idle compute of a team."""

    LEND = "Lend"
    """Other teams can borrow it."""

    DO_NOT_LEND = "DontLend"
    """It is kept for the team, which cannot borrow either."""

    LEND_AND_BORROW = "LendAndBorrow"
    """Other teams can borrow it, and the team can borrow from others."""


@value_class(frozen=True, kw_only=True, slots=True)
class ResourceSharing:
    """Sharing of idle compute, created with `lend`, `do_not_lend` or `lend_and_borrow`.

    Attributes:
        strategy: What happens to idle compute.
        borrow_limit: Borrowed compute in percent of the team's own.
        borrow_limits: Borrowed compute by instance type.
    """

    strategy: SharingStrategy
    borrow_limit: int | None = None
    borrow_limits: Sequence[QuotaResource] = ()

    def __post_init__(self) -> None:
        freeze(self, strategy=SharingStrategy)

    @classmethod
    def lend(cls) -> Self:
        """Other teams can borrow idle compute."""
        return cls(strategy=SharingStrategy.LEND)

    @classmethod
    def do_not_lend(cls) -> Self:
        """Idle compute is kept for the team, which cannot borrow either."""
        return cls(strategy=SharingStrategy.DO_NOT_LEND)

    @classmethod
    def lend_and_borrow(
        cls, *, limit: int | None = None, limits: Sequence[QuotaResource] = ()
    ) -> Self:
        """Other teams can borrow idle compute, and the team can borrow from others.

        Args:
            limit: Borrowed compute in percent of the team's own, from 1 to 500. Defaults to 50.
            limits: Borrowed compute by instance type. None by default.
        """
        return cls(
            strategy=SharingStrategy.LEND_AND_BORROW, borrow_limit=limit, borrow_limits=limits
        )

    def to_request(self) -> dict[str, Any]:
        """The sharing as AWS writes it."""
        found: dict[str, Any] = {"Strategy": str(self.strategy)}
        if self.borrow_limit is not None:
            found["BorrowLimit"] = self.borrow_limit
        if self.borrow_limits:
            found["AbsoluteBorrowLimits"] = [each.to_request() for each in self.borrow_limits]
        return found


class Preemption(StrEnum):
    """Which tasks of its own team a task can stop."""

    NEVER = "Never"
    """None."""

    LOWER_PRIORITY = "LowerPriority"
    """Those of a lower priority."""


@value_class(frozen=True, kw_only=True, slots=True)
class ComputeQuota:
    """The compute of a team.

    HyperPod creates a namespace and a queue for the team. Tasks in the namespace require the labels
    `label` and, for a priority, `PriorityClass.label`.

    Attributes:
        team: Name of the team, up to 40 lowercase letters, digits and inner hyphens. Changing it
            creates another namespace.
        resources: Compute of the team, up to 15 entries. None by default: the team can only borrow.
        fair_share_weight: Rank of the team among those that borrow, from 0 to 100. Defaults to the
            default of AWS.
        sharing: Sharing of idle compute. Defaults to that of AWS: lend, and borrow up to 50 percent.
        preemption: Which tasks of the team a task can stop. Defaults to those of a lower priority.
        enabled: Whether the quota is active. Defaults to True.
        description: Description of the quota. None by default.
    """

    team: str = field(kw_only=False)
    resources: Sequence[QuotaResource] = ()
    fair_share_weight: int | None = None
    sharing: ResourceSharing | None = None
    preemption: Preemption | None = None
    enabled: bool = True
    description: str | None = None

    def __post_init__(self) -> None:
        freeze(self, preemption=Preemption)

    @property
    def namespace(self) -> str:
        """Namespace of the team in Kubernetes."""
        return f"{TEAM_NAMESPACE_PREFIX}{self.team}"

    @property
    def local_queue(self) -> str:
        """LocalQueue of the team in its namespace."""
        return f"{self.namespace}-localqueue"

    @property
    def cluster_queue(self) -> str:
        """ClusterQueue of the team."""
        return f"{self.namespace}-clusterqueue"

    @property
    def label(self) -> Mapping[str, str]:
        """Label of tasks of the team."""
        return {_QUEUE_LABEL: self.local_queue}

    def to_request(self) -> dict[str, Any]:
        """The quota as AWS writes it, without its name and its cluster."""
        config: dict[str, Any] = {}
        if self.resources:
            config["ComputeQuotaResources"] = [each.to_request() for each in self.resources]
        if self.sharing is not None:
            config["ResourceSharingConfig"] = self.sharing.to_request()
        if self.preemption is not None:
            config["PreemptTeamTasks"] = str(self.preemption)
        target: dict[str, Any] = {"TeamName": self.team}
        if self.fair_share_weight is not None:
            target["FairShareWeight"] = self.fair_share_weight
        found = {
            "ComputeQuotaConfig": config,
            "ComputeQuotaTarget": target,
            "ActivationState": "Enabled" if self.enabled else "Disabled",
        }
        return found if self.description is None else {**found, "Description": self.description}
