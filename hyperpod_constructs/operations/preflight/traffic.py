"""What rules of security groups allow, as EC2 describes them."""

from collections.abc import Collection, Iterable, Mapping
from ipaddress import ip_network
from typing import Any

Ports = tuple[int, int]


def allows(
    rules: Iterable[Mapping[str, Any]],
    peers: Collection[str],
    ports: Ports | None,
    blocks: Collection[str] = (),
) -> bool:
    """Whether a rule allows traffic with peers.

    Args:
        rules: Rules of one direction.
        peers: Security groups of the peers.
        ports: First and last TCP port. None for all traffic.
        blocks: CIDR blocks in which the peers are, for rules that name addresses.
    """
    return any(_covers(rule, ports) and _names(rule, peers, blocks) for rule in rules)


def _covers(rule: Mapping[str, Any], ports: Ports | None) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    if ports is None or rule["IpProtocol"] not in {"tcp", "6"}:
        return False
    return bool(rule["FromPort"] <= ports[0] and ports[1] <= rule["ToPort"])


def _names(rule: Mapping[str, Any], peers: Collection[str], blocks: Collection[str]) -> bool:
    if any(pair.get("GroupId") in peers for pair in rule.get("UserIdGroupPairs", ())):
        return True
    named = [ip_network(each["CidrIp"]) for each in rule.get("IpRanges", ())]
    return bool(blocks) and all(
        any(ip_network(block).subnet_of(each) for each in named)  # type: ignore[arg-type]
        for block in blocks
    )
