"""Subnets.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html and
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
"""

from ipaddress import IPv4Network
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError

LARGEST, SMALLEST = 16, 28


@before("ec2", "CreateSubnet")
def refuse_sizes(cloud: Cloud, arguments: dict[str, Any]) -> None:  # noqa: ARG001
    """Refuses a block that is too small or too large."""
    block = arguments.get("CidrBlock")
    if block is not None and not LARGEST <= IPv4Network(block, strict=False).prefixlen <= SMALLEST:
        raise ServiceError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")


@before("ec2", "CreateSubnet")
def refuse_zones(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a zone of another Region."""
    zone = arguments.get("AvailabilityZone")
    zones = cloud.client("ec2").describe_availability_zones()["AvailabilityZones"]
    if zone is not None and zone not in {each["ZoneName"] for each in zones}:
        raise ServiceError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only "
            "be created in the following availability zones: "
            f"{', '.join(each['ZoneName'] for each in zones)}.",
        )
