"""Availability Zones of the Region of a stack.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
"""

import re
from collections.abc import Iterator

from constructs import Construct

from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .construct_tree import stack_of

_ZONE = r"[a-z]{2}(-[a-z0-9]+)*-?\d[a-z]|dummy\d[a-z]"


def zone_problems(path: str, scope: Construct, zone: str | None) -> Iterator[Problem]:
    """An Availability Zone must be specified by name, and belong to the Region of the stack.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
    """
    if zone is None or is_unresolved(zone):
        return
    region = stack_of(scope).region
    is_known = not is_unresolved(region)
    if not re.fullmatch(_ZONE, zone) or (is_known and not zone.startswith(region)):
        example = f"{region if is_known else 'us-west-2'}a"
        yield Problem(
            code="AvailabilityZone",
            path=path,
            value=zone,
            message=f"is not the name of an Availability Zone of {region}"
            if is_known
            else "is not the name of an Availability Zone",
            fix=f"use a name such as '{example}', not an ID such as 'usw2-az1'",
        )
