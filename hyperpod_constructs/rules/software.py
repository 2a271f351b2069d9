"""Rules for AMIs and their updates.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfiguration.html
"""

import math
import re
from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.software import (
    AutoPatch,
    BatchSizeType,
    Duration,
    PatchingStrategy,
    RollingUpdate,
    Seconds,
)
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_checks import pattern_problems, range_problems

from .api_only import api_only_value
from .basis import Basis
from .queries import instance_groups, is_known, is_slurm
from .rule import rule

_IMAGE_ID = r"ami-[0-9a-f]{8}([0-9a-f]{9})?|default"
_RELEASE = r"[0-9]+\.[0-9]+\.[0-9]+"
_SCHEDULE = (
    r"cron\("
    r"([0-5]?[0-9]|) "
    r"([01]?[0-9]|2[0-3]) "
    r"(0?[1-9]|[12][0-9]|3[01]|\?) "
    r"(0?[1-9]|1[0-2]|\*|\*/([1-9]|1[0-2])|) "
    r"(MON|TUE|WED|THU|FRI|SAT|SUN|[1-7]|\?|L|[1-7]#[1-5]|[1-7]L) "
    r"(20[2-9][0-9]|\*|)"
    r"\)"
)
_SCHEDULE_TEXT = (
    "cron(minute hour day-of-month month day-of-week year) with single values and '?' for any day"
)
_DRAIN_FIRST = "DrainFirst"
_MAX_INT = 2**31 - 1
_MAX_WAIT_SECONDS = 3600
_MAX_ALARMS = 10


@rule(basis=Basis.SERVICE_MODEL)
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


@rule(basis=Basis.CLOUDFORMATION)
def default_image(model: ClusterValues) -> Iterator[Problem]:
    """CloudFormation rejects the ID `default`, which the API accepts.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-clusterinstancegroup.html
    """
    for path, group in instance_groups(model):
        if group.image_id == "default" and not model.is_request:
            yield Problem(
                code="ImageIdDefault",
                path=f"{path}.image_id",
                value=group.image_id,
                message="is the default of HyperPod, and is rejected by template validation",
                fix="omit image_id",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.CLOUDFORMATION)
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


@rule(basis=Basis.CLOUDFORMATION)
def schedule_expressions(model: ClusterValues) -> Iterator[Problem]:
    """A schedule must be a cron expression of single values, with a day of the month or the week.

    In a request of the API, another schedule is a warning.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-scheduledupdateconfig.html
    """
    for path, group in instance_groups(model):
        if group.scheduled_update is None:
            continue
        expression = group.scheduled_update.schedule_expression
        if is_unresolved(expression) or re.fullmatch(_SCHEDULE, expression):
            continue
        yield Problem(
            code="ScheduleExpression",
            path=f"{path}.scheduled_update.schedule_expression",
            value=expression,
            message=f"is not supported by CloudFormation, which requires {_SCHEDULE_TEXT}"
            if model.is_request
            else f"must be {_SCHEDULE_TEXT}",
            fix="use ScheduledUpdate.weekly(...) or .monthly(...)",
            severity=Severity.WARNING if model.is_request else Severity.ERROR,
        )


@rule(basis=Basis.CLOUDFORMATION)
def patching_strategies(model: ClusterValues) -> Iterator[Problem]:
    """CloudFormation supports two of the three patching strategies of the API.

    In a request of the API, the third strategy is a warning.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-autopatchconfig.html
    """
    for path, patch in _patches(model):
        strategy = patch.patching_strategy
        if not is_known(strategy) or strategy in tuple(PatchingStrategy):
            continue
        if model.is_request and strategy == _DRAIN_FIRST:
            yield api_only_value(f"{path}.patching_strategy", strategy)
        else:
            yield Problem(
                code="PatchingStrategy",
                path=f"{path}.patching_strategy",
                value=strategy,
                message="is not supported by CloudFormation",
                fix="use PatchingStrategy.WHEN_IDLE or PatchingStrategy.WHEN_ALL_IDLE",
            )


@rule(basis=Basis.SERVICE_MODEL)
def draining(model: ClusterValues) -> Iterator[Problem]:
    """Patching with draining requires EKS and the size of a batch.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAutoPatchConfig.html
    """
    for path, patch in _patches(model):
        if not model.is_request or patch.patching_strategy != _DRAIN_FIRST:
            continue
        if is_slurm(model):
            yield Problem(
                code="PatchingStrategyMode",
                path=f"{path}.patching_strategy",
                value=patch.patching_strategy,
                message="is not supported in a Slurm cluster",
                fix="use PatchingStrategy.WHEN_IDLE or PatchingStrategy.WHEN_ALL_IDLE",
            )
        if patch.rolling_update is None or patch.rolling_update.maximum_batch_size is None:
            yield Problem(
                code="MaximumBatchSize",
                path=f"{path}.rolling_update.maximum_batch_size",
                value=None,
                message=f"is required with patching_strategy {patch.patching_strategy!r}",
                fix="pass maximum_batch_size=BatchSize.instances(...)",
            )


@rule(basis=Basis.AWS_PAGE)
def patching_in_slurm(model: ClusterValues) -> Iterator[Problem]:
    """Automatic patching is documented for EKS clusters only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ami-update.html
    """
    if not is_slurm(model):
        return
    groups = [(path, group) for path, group in instance_groups(model) if group.auto_patch]
    if groups:
        yield Problem(
            code="AutoPatchSlurm",
            path=f"{groups[0][0]}.auto_patch",
            value=[group.name for _, group in groups],
            message="patch automatically, which is documented for EKS clusters only",
            fix="test it on a small cluster first, or omit auto_patch",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.AWS_PAGE)
def rolling_updates_in_slurm(model: ClusterValues) -> Iterator[Problem]:
    """Rolling updates are documented for EKS clusters only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ami-update.html
    """
    if not is_slurm(model):
        return
    groups = [
        (path, group)
        for path, group in instance_groups(model)
        if group.scheduled_update and group.scheduled_update.rolling_update
    ]
    if groups:
        yield Problem(
            code="RollingUpdateSlurm",
            path=f"{groups[0][0]}.scheduled_update.rolling_update",
            value=[group.name for _, group in groups],
            message="update in batches, which is documented for EKS clusters only",
            fix="test it on a small cluster first, or omit rolling_update",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.INFERRED)
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


@rule(basis=Basis.SERVICE_MODEL)
def rolling_update_batches(model: ClusterValues) -> Iterator[Problem]:
    """Rolling updates have limits for batches, wait intervals and alarms."""
    for path, group in instance_groups(model):
        for name in ("scheduled_update", "auto_patch"):
            update = getattr(group, name)
            if update is not None and update.rolling_update is not None:
                yield from _rolling_update(f"{path}.{name}.rolling_update", update.rolling_update)


def _patches(model: ClusterValues) -> Iterator[tuple[str, AutoPatch]]:
    for path, group in instance_groups(model):
        if group.auto_patch is not None:
            yield f"{path}.auto_patch", group.auto_patch


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
