"""Command `capacity`: quotas, training plans and offerings that fit groups."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.command_line.inputs import Inputs, read_inputs
from hyperpod_constructs.command_line.models import clusters_of
from hyperpod_constructs.command_line.operate.printing import (
    counted,
    moment,
    print_json,
    print_table,
    say,
)
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.account import Account
from hyperpod_constructs.operations.capacity import (
    Need,
    Plan,
    QuotaNeed,
    has_plans,
    offerings,
    plans,
    quota_needs,
    size_of,
)
from hyperpod_constructs.operations.reads import Reads
from hyperpod_constructs.rules.queries import all_groups, instance_types_of, known_count

from .app_region import region_of
from .instance_type import full_type

_QUOTAS = ("QUOTA", "VALUE", "NEEDED", "USED", "CODE", "RESULT")
_PLANS = ("PLAN", "TYPE", "FREE", "ZONE", "STATUS", "START", "END")
_OFFERINGS = ("OFFERING", "TYPE", "NODES", "ZONE", "START", "DAYS", "PRICE")
_HOURS_PER_DAY = 24


def capacity(options: argparse.Namespace, account: Account) -> int:
    """Prints what capacity there is.

    Returns:
        Exit status: 1 if a quota of clusters is too low.

    Raises:
        UnreadableError: If there is neither a file nor a type, or both.
    """
    if (options.file is None) is (options.type is None):
        raise UnreadableError(
            ErrorCode.ARGUMENT_INVALID, "capacity: specify FILE, or --type and --count"
        )
    inputs = Inputs([], []) if options.file is None else read_inputs([options.file], None)
    reads = Reads(replace(account, region=region_of(options, account, [inputs])))
    needs = (
        list(_needs(inputs, options.group))
        if options.file is not None
        else [Need(full_type(options.type), options.count)]
    )
    quotas = list(quota_needs(reads, needs, _name(inputs)))
    found = list(plans(reads, needs))
    offered = [
        (need, each)
        for need in needs
        if has_plans(need)
        for each in offerings(reads, need, days=options.days, after=options.after)
    ]
    if options.json:
        print_json(_in_json(quotas, found, offered))
    else:
        _print(needs, quotas, found, offered)
    return int(any("cluster" in each.name and not each.is_enough for each in quotas))


def _needs(inputs: Inputs, group: str | None) -> Iterator[Need]:
    """What the groups of a file need, once for each type."""
    counts: Counter[tuple[str, bool]] = Counter()
    names: list[str] = []
    for cluster in clusters_of(inputs, with_groups=True):
        for _, each in all_groups(cluster.model):
            names.append(str(each.name))
            if group in {None, each.name}:
                for name in instance_types_of(each):
                    counts[name, each.capacity.is_spot] += known_count(each)
    if group is not None and group not in names:
        raise UnreadableError(
            ErrorCode.GROUP_UNKNOWN,
            f"--group {group}: is not a group of the file; groups: {', '.join(names) or 'none'}",
        )
    for (name, is_spot), count in counts.items():
        if count:
            yield Need(name, count, is_spot)


def _name(inputs: Inputs) -> str | None:
    names = [subject.request.get("ClusterName") for subject in inputs.subjects]
    return names[0] if len(names) == 1 and isinstance(names[0], str) else None


def _print(
    needs: Sequence[Need],
    quotas: Sequence[QuotaNeed],
    found: Sequence[Plan],
    offered: Sequence[tuple[Need, Mapping[str, Any]]],
) -> None:
    print_table(_QUOTAS, [_quota_row(each) for each in quotas], optional=("USED", "CODE"))
    for each in quotas:
        if each.quota is not None and not each.is_enough:
            sys.stdout.write(f"Increase {each.name}: {each.quota.link}\n")
    with_plans = [need for need in needs if has_plans(need)]
    if not with_plans:
        sys.stdout.write("\nTraining plans do not support these types.\n")
        return
    sys.stdout.write("\n")
    if found:
        print_table(_PLANS, [_plan_row(each) for each in found], optional=("START", "STATUS"))
    else:
        sys.stdout.write("No training plan of the account fits.\n")
    sys.stdout.write("\n")
    if offered:
        print_table(_OFFERINGS, [_offering_row(*each) for each in offered], optional=("TYPE",))
    for need in with_plans:
        if need not in {each for each, _ in offered}:
            say(
                f"No offering for {counted(size_of(need), 'instance')} of {need.instance_type}. Try another "
                "start or duration, and verify the quota for training plans."
            )


def _quota_row(each: QuotaNeed) -> tuple[str, ...]:
    value = "unknown" if each.quota is None else f"{each.quota.value:g}"
    code = "" if each.quota is None else each.quota.code
    result = "unknown" if each.quota is None else "ok" if each.is_enough else "too low"
    return (each.name, value, str(each.needed), str(each.used), code, result)


def _plan_row(each: Plan) -> tuple[str, ...]:
    summary = each.summary
    return (
        summary["TrainingPlanName"],
        each.need.instance_type,
        str(summary.get("AvailableInstanceCount", "")),
        ", ".join(each.zones),
        summary["Status"],
        moment(summary.get("StartTime")),
        moment(summary.get("EndTime")),
    )


def _offering_row(need: Need, offering: Mapping[str, Any]) -> tuple[str, ...]:
    reserved = offering.get("ReservedCapacityOfferings", ())
    starts = [each["StartTime"] for each in reserved if "StartTime" in each]
    hours = offering.get("DurationHours", 0)
    price = f"{offering.get('UpfrontFee', 'unknown')} {offering.get('CurrencyCode', '')}".strip()
    return (
        offering["TrainingPlanOfferingId"],
        need.instance_type,
        str(sum(each["InstanceCount"] for each in reserved)),
        ", ".join(sorted({each.get("AvailabilityZone", "") for each in reserved})),
        moment(min(starts, default=None)),
        f"{hours / _HOURS_PER_DAY:g}",
        price,
    )


def _in_json(
    quotas: Sequence[QuotaNeed],
    found: Sequence[Plan],
    offered: Sequence[tuple[Need, Mapping[str, Any]]],
) -> dict[str, Any]:
    return {
        "Quotas": [
            {
                "QuotaName": each.name,
                "QuotaCode": None if each.quota is None else each.quota.code,
                "Value": None if each.quota is None else each.quota.value,
                "Needed": each.needed,
                "Used": each.used,
                "IsEnough": each.is_enough,
                "Link": None if each.quota is None else each.quota.link,
            }
            for each in quotas
        ],
        "TrainingPlans": [each.summary for each in found],
        "TrainingPlanOfferings": [each for _, each in offered],
    }
