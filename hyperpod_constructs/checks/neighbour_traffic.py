"""Traffic that the security groups of a template allow.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html and
https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from operator import call
from typing import Any

from .template_resources import Resources, UnfollowedError, any_known, known_objects

SECURITY_GROUP = "AWS::EC2::SecurityGroup"
INGRESS, EGRESS = "Ingress", "Egress"
_PEERS = {INGRESS: "SourceSecurityGroupId", EGRESS: "DestinationSecurityGroupId"}
_ANYWHERE = "0.0.0.0/0"
_ANY_EGRESS = {"IpProtocol": "-1", "CidrIp": _ANYWHERE}
"""The rule of a security group for which no rule of egress is specified."""


def security_groups(resources: Resources, ids: Any) -> frozenset[str]:
    """Logical IDs of security groups.

    Raises:
        UnfollowedError: If one of them is not in the template.
    """
    found = resources.referred_in(ids)
    if not found or any(resources.properties(each, SECURITY_GROUP) is None for each in found):
        raise UnfollowedError
    return frozenset(each for each in found if each is not None)


def allows_all(
    resources: Resources,
    direction: str,
    groups: AbstractSet[str],
    peers: AbstractSet[str],
    *,
    by_address: bool = False,
) -> bool:
    """Whether groups allow all traffic with other groups.

    Args:
        resources: Resources of the template.
        direction: `INGRESS` or `EGRESS`.
        groups: Logical IDs of the groups.
        peers: Logical IDs of the other groups.
        by_address: Whether a rule for all addresses is sufficient.
    """

    def allows(rule: Mapping[str, Any]) -> bool:
        return _protocol(rule) == "-1" and (
            _has_peer(resources, direction, rule, peers) or (by_address and _is_anywhere(rule))
        )

    return _any_rule(resources, direction, groups, allows)


def allows_port(
    resources: Resources, groups: AbstractSet[str], peers: AbstractSet[str], port: int
) -> bool:
    """Whether groups allow TCP connections to a port from other groups, or from any address."""

    def allows(rule: Mapping[str, Any]) -> bool:
        return _has_port(rule, port) and (
            "CidrIp" in rule or _has_peer(resources, INGRESS, rule, peers)
        )

    return _any_rule(resources, INGRESS, groups, allows)


def _any_rule(
    resources: Resources,
    direction: str,
    groups: AbstractSet[str],
    allows: Callable[[Mapping[str, Any]], bool],
) -> bool:
    """Whether a rule of one of the groups allows something."""

    def is_allowed_within(logical_id: str) -> bool:
        properties = resources.properties(logical_id, SECURITY_GROUP) or {}
        own = properties.get(f"SecurityGroup{direction}")
        implied = [_ANY_EGRESS] if direction == EGRESS and not own else []
        return any_known(allows, (*known_objects(own), *implied))

    def is_allowed_by(rule: Mapping[str, Any]) -> bool:
        return resources.referred(rule.get("GroupId")) in groups and allows(rule)

    return any_known(
        call,
        (
            lambda: any_known(is_allowed_within, groups),
            lambda: resources.any_of_type(f"{SECURITY_GROUP}{direction}", is_allowed_by),
        ),
    )


def _has_peer(
    resources: Resources, direction: str, rule: Mapping[str, Any], peers: AbstractSet[str]
) -> bool:
    peer = rule.get(_PEERS[direction])
    return peer is not None and resources.referred(peer) in peers


def _is_anywhere(rule: Mapping[str, Any]) -> bool:
    return rule.get("CidrIp") == _ANYWHERE


def _protocol(rule: Mapping[str, Any]) -> str:
    protocol = rule.get("IpProtocol")
    if isinstance(protocol, Mapping):
        raise UnfollowedError
    return str(protocol)


def _has_port(rule: Mapping[str, Any], port: int) -> bool:
    protocol = _protocol(rule)
    if protocol == "-1":
        return True
    try:
        first, last = int(rule.get("FromPort", 0)), int(rule.get("ToPort", 65535))
    except (TypeError, ValueError) as error:
        raise UnfollowedError from error
    return protocol in ("tcp", "6") and first <= port <= last
