"""Whether the rules of security groups allow traffic."""

from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any

Span = tuple[int, int]
HTTPS = (443, 443)


def allows(
    rules: Iterable[Mapping[str, Any]],
    peers: Collection[str],
    span: Span | None,
    subnets: Collection[str] = (),
) -> bool:
    """Whether rules allow traffic with peers.

    Args:
        rules: Rules of one direction, as EC2 describes them.
        peers: Security groups of the peers.
        span: First and last TCP port; None for all traffic.
        subnets: CIDR blocks of the subnets in which the peers are, for rules that name addresses.
    """
    blocks = [IPv4Network(subnet) for subnet in subnets]
    return any(_covers(rule, span) and _names(rule, peers, blocks) for rule in rules)


def reaches_addresses(groups: Iterable[Mapping[str, Any]], prefix_list: str) -> bool:
    """Whether security groups let HTTPS out to all addresses, or to those of a prefix list."""
    return any(
        _covers(rule, HTTPS)
        and (
            any(each["CidrIp"] == "0.0.0.0/0" for each in rule.get("IpRanges", []))
            or any(each["PrefixListId"] == prefix_list for each in rule.get("PrefixListIds", []))
        )
        for group in groups
        for rule in group["IpPermissionsEgress"]
    )


def _covers(rule: Mapping[str, Any], span: Span | None) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    if span is None or rule["IpProtocol"] not in {"tcp", "6"}:
        return False
    return bool(rule["FromPort"] <= span[0] and span[1] <= rule["ToPort"])


def _names(
    rule: Mapping[str, Any], peers: Collection[str], blocks: Collection[IPv4Network]
) -> bool:
    if any(pair.get("GroupId") in peers for pair in rule.get("UserIdGroupPairs", [])):
        return True
    named = [ip_network(each["CidrIp"]) for each in rule.get("IpRanges", [])]
    return bool(blocks) and all(
        any(isinstance(each, IPv4Network) and block.subnet_of(each) for each in named)
        for block in blocks
    )
