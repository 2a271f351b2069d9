"""Has Lustre use EFA where the file system, this node and its client support it.

Where one of them does not, Lustre uses TCP, and the log says which. Arguments: DNS name of the file
system, address of this node, instance type.
Sources: https://docs.aws.amazon.com/fsx/latest/LustreGuide/efa-file-systems.html and
https://docs.aws.amazon.com/fsx/latest/LustreGuide/configure-efa-clients.html
"""

from __future__ import annotations

import json
import re
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from command import output_of, patiently
from lifecycle_error import LifecycleError
from node_files import node_path

FOLDER = Path(__file__).resolve().parent
DEVICES = "/sys/class/infiniband"
MODULE = "kefalnd"
DNS_NAME = r"(fs-[0-9a-f]+)\.fsx\.([a-z0-9-]+)\.amazonaws\.com"
# EFA of Nitro v3 (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html), and Trainium2.
UNSUPPORTED = r"ml\.(c5n|g4dn|g5|i3en|p4de?|trn2)\..*"
WITH_EIGHT = r"ml\.(p5e?n?|p6-b200)\.48xlarge|ml\.p6e-gb200\.36xlarge"
REFUSALS = r"AccessDenied|UnauthorizedOperation|FileSystemNotFound"
WAIT_SECONDS = 60
# A subnet without a route to a service would hold the node up.
OPTIONS = ("--cli-connect-timeout", "5", "--cli-read-timeout", "20", "--output", "json")


class TcpOnlyError(Exception):
    """Lustre cannot use EFA."""


def main() -> None:
    """Whatever fails, the node is not worse off than without EFA."""
    dns_name, address, *instance_type = sys.argv[1:]
    try:
        devices = chosen_devices(instance_type[0] if instance_type else "")
        require_client()
        require_file_system(dns_name, address)
        output_of("bash", str(FOLDER / "install_efa_network.sh"), address, *devices)
        outcome = f"EFA: {' '.join(devices)}"
    except (LifecycleError, OSError, TcpOnlyError) as error:
        outcome = f"TCP: {error}"
    except (KeyError, TypeError, ValueError) as error:
        outcome = f"TCP: AWS described a file system or subnets in an unexpected way ({error!r})"
    print(f"Lustre uses {outcome}.")  # noqa: T201 - what a step prints is its log


def chosen_devices(instance_type: str) -> list[str]:
    """As many devices as AWS uses for the type, spread over all of them."""
    found = [path.name for path in sorted(node_path(DEVICES).glob("*")) if _driver(path) == "efa"]
    if not found:
        raise TcpOnlyError("this node has no EFA interface")
    if re.fullmatch(UNSUPPORTED, instance_type):
        raise TcpOnlyError(f"FSx for Lustre does not support the EFA of {instance_type}")
    wanted = 8 if re.fullmatch(WITH_EIGHT, instance_type) else 2
    return found[:: max(1, len(found) // wanted)][:wanted]


def _driver(device: Path) -> str:
    return (device / "device/driver").resolve().name


def require_client() -> None:
    """The client for kernel 6.8 and later has the module."""
    try:
        output_of("modprobe", "--dry-run", MODULE)
    except LifecycleError as error:
        raise TcpOnlyError(f"the Lustre client of this node has no module {MODULE}") from error


def require_file_system(dns_name: str, address: str) -> None:
    """EFA reaches neither another VPC nor another Availability Zone."""
    match = re.match(DNS_NAME, dns_name)
    if match is None:
        raise TcpOnlyError(f"{dns_name} has no ID of a file system, so its EFA is unknown")
    name, region = match.groups()
    (found,) = _described("fsx", "describe-file-systems", "--file-system-ids", name, region=region)
    if not found.get("LustreConfiguration", {}).get("EfaEnabled"):
        raise TcpOnlyError(f"the file system {name} has no EFA")
    subnets = _described("ec2", "describe-subnets", region=region)
    servers = {_zone(each) for each in subnets if each["SubnetId"] in found["SubnetIds"]}
    own = {_zone(each) for each in subnets if ip_address(address) in ip_network(each["CidrBlock"])}
    if servers.isdisjoint(own):
        raise TcpOnlyError(f"the file system {name} is not in the Availability Zone of this node")


def _zone(subnet: dict[str, Any]) -> tuple[str, str]:
    return subnet["VpcId"], subnet["AvailabilityZone"]


def _described(service: str, operation: str, *arguments: str, region: str) -> list[Any]:
    """What the one list of a response has."""

    def ask() -> str:
        try:
            return output_of("aws", service, operation, *arguments, "--region", region, *OPTIONS)
        except LifecycleError as error:
            if re.search(REFUSALS, str(error)):
                raise TcpOnlyError(str(error)) from error
            raise

    (found,) = (
        value for value in json.loads(patiently(ask, WAIT_SECONDS)).values() if value is not None
    )
    return list(found)


if __name__ == "__main__":
    main()
