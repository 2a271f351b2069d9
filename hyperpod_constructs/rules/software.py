"""Rules for AMIs and their updates.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfiguration.html
"""

import math
import re
from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.software import (
    BatchSizeType,
    Duration,
    PatchingStrategy,
    RollingUpdate,
    Seconds,
)
from hyperpod_constructs.model.problem import Problem, Severity, wrong_type
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import pattern_problems, range_problems

from .queries import instance_groups, is_known, is_slurm
from .rule import rule

_IMAGE_ID = re.compile(r"ami-[0-9a-f]{8}([0-9a-f]{9})?|default")
_RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_SCHEDULE = re.compile(
    r"cron\("
    r"([0-5]?[0-9]|) "
    r"([01]?[0-9]|2[0-3]) "
    r"(0?[1-9]|[12][0-9]|3[01]|\?) "
    r"(0?[1-9]|1[0-2]|\*|\*/([1-9]|1[0-2])|) "
    r"(MON|TUE|WED|THU|FRI|SAT|SUN|[1-7]|\?|L|[1-7]#[1-5]|[1-7]L) "
    r"(20[2-9][0-9]|\*|)"
    r"\)"
)
_MAX_INT = 2**31 - 1
_MAX_WAIT_SECONDS = 3600
_MAX_ALARMS = 10


@rule
def image_ids(model: ClusterValues) -> Iterator[Problem]:
    """An AMI must be specified by its ID.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
    """
    for path, group in instance_groups(model):
        yield from pattern_problems(
            code="ImageId",
            path=f"{path}.image_id",
            value=group.image_id,
            pattern=_IMAGE_ID,
            max_length=21,
            message="is not a valid AMI ID",
            fix="use an ID such as 'ami-0123456789abcdef0', or omit image_id",
        )
        if group.image_id == "default":
            yield Problem(
                code="ImageIdDefault",
                path=f"{path}.image_id",
                value=group.image_id,
                message="is the default of HyperPod, and is rejected by template validation",
                fix="omit image_id",
                severity=Severity.WARNING,
            )


@rule
def image_releases(model: ClusterValues) -> Iterator[Problem]:
    """A release of the HyperPod AMI must be three numbers, and requires EKS.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-clusterinstancegroup.html
    """
    for path, group in instance_groups(model):
        if not is_known(group.image_release_version):
            continue
        argument = f"{path}.image_release_version"
        yield from pattern_problems(
            code="ImageReleaseVersion",
            path=argument,
            value=group.image_release_version,
            pattern=_RELEASE,
            max_length=64,
            message="must be three numbers separated by dots",
            fix="use a release such as '1.0.3'",
        )
        if is_slurm(model):
            yield Problem(
                code="ImageReleaseVersionMode",
                path=argument,
                value=group.image_release_version,
                message="is not supported in a Slurm cluster",
                fix="omit image_release_version, or pass image_id=",
            )
        else:
            yield Problem(
                code="ImageReleaseVersionUpdate",
                path=argument,
                value=group.image_release_version,
                message="replaces the root volumes of the group when it is changed",
                fix="store persistent data on a file system, and change it while the group is idle",
                severity=Severity.WARNING,
            )


@rule
def schedule_expressions(model: ClusterValues) -> Iterator[Problem]:
    """A schedule must be a cron expression of single values, with a day of the month or the week.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduledUpdateConfig.html
    """
    for path, group in instance_groups(model):
        if group.scheduled_update is not None:
            yield from pattern_problems(
                code="ScheduleExpression",
                path=f"{path}.scheduled_update.schedule_expression",
                value=group.scheduled_update.schedule_expression,
                pattern=_SCHEDULE,
                max_length=256,
                message="must be cron(minute hour day-of-month month day-of-week year) with "
                "single values and '?' for any day",
                fix="use ScheduledUpdate.weekly(...) or .monthly(...)",
            )


@rule
def patching_strategies(model: ClusterValues) -> Iterator[Problem]:
    """CloudFormation supports two of the three patching strategies of the API.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-autopatchconfig.html
    """
    for path, group in instance_groups(model):
        patch = group.auto_patch
        if (
            patch is not None
            and is_known(patch.patching_strategy)
            and patch.patching_strategy not in tuple(PatchingStrategy)
        ):
            yield Problem(
                code="PatchingStrategy",
                path=f"{path}.auto_patch.patching_strategy",
                value=patch.patching_strategy,
                message="is not supported by CloudFormation",
                fix="use PatchingStrategy.WHEN_IDLE or PatchingStrategy.WHEN_ALL_IDLE",
            )


@rule
def one_way_to_renew(model: ClusterValues) -> Iterator[Problem]:
    """Scheduled updates and automatic patching both update the AMI."""
    for path, group in instance_groups(model):
        if group.scheduled_update is not None and group.auto_patch is not None:
            yield Problem(
                code="ScheduledUpdateAndAutoPatch",
                path=f"{path}.auto_patch",
                value=str(group.auto_patch.patching_strategy),
                message="updates the AMI, which scheduled_update also updates",
                fix="use one of them",
                severity=Severity.WARNING,
            )


@rule
def rolling_update_batches(model: ClusterValues) -> Iterator[Problem]:
    """Rolling updates have limits for batches, wait intervals and alarms."""
    for path, group in instance_groups(model):
        for name in ("scheduled_update", "auto_patch"):
            update = getattr(group, name)
            if update is not None and update.rolling_update is not None:
                yield from _rolling_update(f"{path}.{name}.rolling_update", update.rolling_update)


def _rolling_update(path: str, update: RollingUpdate) -> Iterator[Problem]:
    """A rolling update supports up to 10 alarms."""
    yield from _batch_sizes(path, update)
    if update.wait_interval is not None:
        yield from _wait_interval(f"{path}.wait_interval", update.wait_interval)
    if len(update.rollback_alarms) > _MAX_ALARMS:
        yield Problem(
            code="RollbackAlarms",
            path=f"{path}.rollback_alarms",
            value=len(update.rollback_alarms),
            message=f"alarms exceed the limit of {_MAX_ALARMS}",
            fix="combine alarms in a composite alarm",
        )


def _batch_sizes(path: str, update: RollingUpdate) -> Iterator[Problem]:
    """A batch must be at least 1 instance, or 1 to 100 percent of the group.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CapacitySizeConfig.html
    """
    if update.maximum_batch_size is None and update.rollback_maximum_batch_size is not None:
        yield Problem(
            code="MaximumBatchSize",
            path=f"{path}.maximum_batch_size",
            value=None,
            message="is required with rollback_maximum_batch_size",
            fix="pass maximum_batch_size=BatchSize.instances(...)",
        )
    for name in ("maximum_batch_size", "rollback_maximum_batch_size"):
        size = getattr(update, name)
        if size is not None:
            is_percentage = size.type == BatchSizeType.CAPACITY_PERCENTAGE
            yield from range_problems(
                code="BatchSize",
                path=f"{path}.{name}.value",
                value=size.value,
                low=1,
                high=100 if is_percentage else _MAX_INT,
            )


def _wait_interval(path: str, interval: Duration) -> Iterator[Problem]:
    """The wait interval must be up to one hour, in whole seconds."""
    try:
        seconds: object = interval.to_seconds()
    except RuntimeError:  # CDK converts only to whole seconds
        seconds = math.nan
    if is_unresolved(seconds):
        return
    if not isinstance(seconds, int | float):
        yield wrong_type(path, seconds, "a cdk.Duration such as cdk.Duration.minutes(10)")
    elif not 0 <= seconds <= _MAX_WAIT_SECONDS or seconds != int(seconds):
        yield Problem(
            code="WaitInterval",
            path=path,
            value=seconds if isinstance(interval, Seconds) else interval,
            message=f"must be a whole number of seconds from 0 to {_MAX_WAIT_SECONDS}",
            fix="use cdk.Duration.minutes(10), for example",
        )
