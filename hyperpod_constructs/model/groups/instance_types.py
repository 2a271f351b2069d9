"""Properties of instance types.

The table `instance_types.csv` lists the types of the SageMaker API. An empty field means that AWS
does not document the property.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cpu-options-supported-instances-values.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html,
https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_ONE_THREAD_PER_CORE = r"ml\.(?:[a-z]+\d+g[a-z]*|[a-z0-9]+-gb\d+|[cmr][78]a|hpc[67]a)\."
_DOCUMENTED_EKS_ADDRESSES = 50


class InstanceType(NamedTuple):
    """Properties of an instance type.

    Attributes:
        accelerators: Number of GPUs or Neuron devices.
        v_cpus: Number of vCPUs by default.
        memory_in_gib: Memory in GiB.
        arm64: Whether the processor is Graviton or Grace.
        efa: Whether the type supports EFA; None if not documented.
        network_cards: Number of network cards.
        eks_max_pods: Maximum number of pods in an EKS cluster; None if not documented.
        training_plan: Whether training plans support the type.
    """

    accelerators: int
    v_cpus: int
    memory_in_gib: float
    arm64: bool
    efa: bool | None
    network_cards: int
    eks_max_pods: int | None
    training_plan: bool

    @property
    def accelerated(self) -> bool:
        """Whether the type has GPUs or Neuron devices."""
        return self.accelerators > 0


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Known instance types by name."""
    from csv import DictReader  # noqa: PLC0415 - loaded with the first validation

    with (files(__package__) / "instance_types.csv").open(encoding="utf-8") as table:
        return {
            row["instance_type"]: InstanceType(
                accelerators=int(row["accelerators"]),
                v_cpus=int(row["vcpus"]),
                memory_in_gib=float(row["memory_gib"]),
                arm64=row["architecture"] == "arm64",
                efa={"yes": True, "no": False}.get(row["efa"]),
                network_cards=int(row["network_cards"]),
                eks_max_pods=int(row["eks_max_pods"]) if row["eks_max_pods"] else None,
                training_plan=row["training_plan"] == "yes",
            )
            for row in DictReader(table)
        }


def default_threads_per_core(instance_type: str) -> int:
    """The EC2 default of threads per core: 1 on Graviton, Grace and AMD Zen 4, else 2."""
    return 1 if re.match(_ONE_THREAD_PER_CORE, instance_type) else 2


def slurm_addresses(instance_type: str) -> int:
    """Number of IP addresses of an instance in a Slurm cluster: one per network card."""
    known = instance_types().get(instance_type)
    return known.network_cards if known else 1


def eks_addresses(instance_type: str) -> int:
    """Number of IP addresses of an instance in an EKS cluster.

    The first network card has the address of the instance and those of its pods; each other card
    has one.
    """
    known = instance_types().get(instance_type)
    if known is None:
        return _DOCUMENTED_EKS_ADDRESSES
    pods = known.eks_max_pods
    first = _DOCUMENTED_EKS_ADDRESSES if pods is None else pods + 1
    return first + known.network_cards - 1
