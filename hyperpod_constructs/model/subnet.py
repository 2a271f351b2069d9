"""The attributes of a subnet that rules validate.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from collections.abc import Sequence

from hyperpod_constructs.model.value_class import value_class


@value_class(frozen=True, kw_only=True, slots=True)
class Subnet:
    """Attributes of a subnet that rules validate.

    Attributes:
        name: Name in problems, such as its construct path.
        subnet_id: ID of the subnet, if a request specifies it.
        public: Whether instances in the subnet are reachable from the internet.
        isolated: Whether the subnet has no route to the internet.
        availability_zone: Availability Zone of the subnet, if known.
        ipv4_cidr_block: IPv4 CIDR block, such as `10.0.128.0/17`, if known.
    """

    name: str = "subnet"
    subnet_id: str | None = None
    public: bool = False
    isolated: bool = False
    availability_zone: str | None = None
    ipv4_cidr_block: str | None = None


@value_class(frozen=True, slots=True)
class KnownSubnets:
    """What is known of the subnets of a cluster, in order.

    Attributes:
        of_cluster: Subnets of the cluster.
        of_groups: Subnets of each instance group.
    """

    of_cluster: Sequence[Subnet] = ()
    of_groups: Sequence[Sequence[Subnet]] = ()
