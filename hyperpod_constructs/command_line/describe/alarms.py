"""Alarms of a cluster, as `ClusterWatch` creates them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from hyperpod_constructs.checks.assembly import flat_text
from hyperpod_constructs.checks.template_resources import Resources, UnfollowedError

from .description import AlarmDescription

_ALARM = "AWS::CloudWatch::Alarm"
_DESCRIPTION = re.compile(r"HyperPod cluster (.+?): (.+?)\. ")


def describe_alarms(
    template: Mapping[str, Any] | None, cluster: Mapping[str, Any], logical_id: str
) -> Iterator[AlarmDescription]:
    """Alarms whose description names the cluster.

    Args:
        template: The template, if any.
        cluster: Properties of the cluster.
        logical_id: Logical ID of the cluster.
    """
    name = flat_text(cluster.get("ClusterName", ""))
    reference = re.compile(rf"\[{re.escape(logical_id)}[].]")
    with suppress(UnfollowedError):
        for alarm, properties in Resources(template or {}).of_type(_ALARM):
            found = _DESCRIPTION.match(flat_text(properties.get("AlarmDescription", "")))
            if found and (found[1] == name or reference.search(found[1])):
                yield AlarmDescription(name=alarm, what=found[2])
