"""What the rules need to know of a subnet.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Subnet:
    """What the rules need to know of a subnet.

    Attributes:
        name: How the user knows it, such as its construct path.
        subnet_id: Its id, if a request names it.
        public: Whether instances in it are reached from the internet.
        isolated: Whether it has no route to the internet.
        availability_zone: Its zone, if it is known.
        ipv4_cidr_block: Its addresses, such as `10.0.128.0/17`, if they are known.
    """

    name: str = "subnet"
    subnet_id: str | None = None
    public: bool = False
    isolated: bool = False
    availability_zone: str | None = None
    ipv4_cidr_block: str | None = None
