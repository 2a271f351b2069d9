"""Examples of the rules about machine images."""

from typing import Any

import hyperpod_constructs as hp
from tests.clusters.values import as_request, controller, eks_group, slurm, slurm_worker, worker

from .example import WARNING, Example

WEEKLY = hp.ScheduledUpdate.weekly(hp.DayOfWeek.SUNDAY, hour=3)
IDLE = hp.AutoPatch(patching_strategy=hp.PatchingStrategy.WHEN_IDLE)
IN_DRAIN: Any = "DrainFirst"
BY_ONE = hp.RollingUpdate(maximum_batch_size=hp.BatchSize.instances(1))
DRAIN = hp.AutoPatch(patching_strategy=IN_DRAIN, rolling_update=BY_ONE)
ROLLING = hp.ScheduledUpdate.weekly(hp.DayOfWeek.SUNDAY, hour=3, rolling_update=BY_ONE)


def schedule(expression: str) -> hp.ClusterModel:
    return slurm_worker(scheduled_update=hp.ScheduledUpdate(schedule_expression=expression))


def rolling(**settings: Any) -> hp.ClusterModel:
    return slurm_worker(
        auto_patch=hp.AutoPatch(
            patching_strategy=hp.PatchingStrategy.WHEN_IDLE,
            rolling_update=hp.RollingUpdate(
                **{"maximum_batch_size": hp.BatchSize.instances(1), **settings}
            ),
        )
    )


def alarms(number: int, name: str = "alarm") -> list[hp.AlarmReference]:
    return [hp.AlarmReference(name + "+" * index) for index in range(number)]


EXAMPLES = [
    Example(
        "instance_groups[1].auto_patch.rolling_update.rollback_alarms[1]: 'a' is a "
        "duplicate of instance_groups[1].auto_patch.rolling_update.rollback_alarms[0]; "
        "remove the duplicate (ListedTwice)",
        rolling(rollback_alarms=[*alarms(1, "a"), *alarms(1, "a")]),
        rolling(rollback_alarms=[*alarms(1, "a"), *alarms(1, "b")]),
        WARNING,
    ),
    Example(
        "instance_groups[1].image_id: 'default' is the default of HyperPod, and is "
        "rejected by template validation; omit image_id (ImageIdDefault)",
        slurm_worker(image_id="default"),
        as_request(slurm_worker(image_id="default")),
        WARNING,
    ),
    Example(
        "instance_groups[1].image_id: 'ami-012345678' is not a valid AMI ID; use an ID "
        "such as 'ami-0123456789abcdef0', or omit image_id (ImageId)",
        slurm_worker(image_id="ami-012345678"),
        slurm_worker(image_id="ami-01234567"),
    ),
    Example(
        "instance_groups[1].image_id: 'ami-0123456789abcdef0, junk' is not a valid AMI "
        "ID; use an ID such as 'ami-0123456789abcdef0', or omit image_id (ImageId)",
        slurm_worker(image_id="ami-0123456789abcdef0, junk"),
        slurm_worker(image_id="ami-0123456789abcdef0"),
    ),
    Example(
        "instance_groups[0].image_release_version: '1.0' must be three numbers "
        "separated by dots; use a release such as '1.0.3' (ImageReleaseVersion)",
        eks_group(image_release_version="1.0"),
        eks_group(image_release_version="1.0.3"),
    ),
    Example(
        "instance_groups[1].image_release_version: '1.0.3' is not supported in a Slurm "
        "cluster; omit image_release_version, or pass image_id= "
        "(ImageReleaseVersionMode)",
        slurm_worker(image_release_version="1.0.3"),
        slurm_worker(),
    ),
    Example(
        "instance_groups[0].image_release_version: '1.0.3' replaces the root volumes of "
        "the group when it is changed; store persistent data on a file system, and "
        "change it while the group is idle (ImageReleaseVersionUpdate)",
        eks_group(image_release_version="1.0.3"),
        eks_group(),
        WARNING,
    ),
    Example(
        "instance_groups[1].scheduled_update.schedule_expression: 'cron(0 3 * * ? *)' "
        "must be cron(minute hour day-of-month month day-of-week year) with single "
        "values and '?' for any day; use ScheduledUpdate.weekly(...) or .monthly(...) "
        "(ScheduleExpression)",
        schedule("cron(0 3 * * ? *)"),
        schedule("cron(0 3 ? * SUN *)"),
    ),
    Example(
        "instance_groups[1].scheduled_update.schedule_expression: 'rate(1 day)' must be "
        "cron(minute hour day-of-month month day-of-week year) with single values and "
        "'?' for any day; use ScheduledUpdate.weekly(...) or .monthly(...) "
        "(ScheduleExpression)",
        schedule("rate(1 day)"),
        slurm_worker(scheduled_update=WEEKLY),
    ),
    Example(
        "instance_groups[1].scheduled_update.schedule_expression: 'rate(1 day)' is not "
        "supported by CloudFormation, which requires cron(minute hour day-of-month month "
        "day-of-week year) with single values and '?' for any day; use "
        "ScheduledUpdate.weekly(...) or .monthly(...) (ScheduleExpression)",
        as_request(schedule("rate(1 day)")),
        as_request(slurm_worker(scheduled_update=WEEKLY)),
        WARNING,
    ),
    Example(
        "instance_groups[1].scheduled_update.schedule_expression: 'cron(0 3 32 * ? *)' "
        "must be cron(minute hour day-of-month month day-of-week year) with single "
        "values and '?' for any day; use ScheduledUpdate.weekly(...) or .monthly(...) "
        "(ScheduleExpression)",
        schedule("cron(0 3 32 * ? *)"),
        slurm_worker(scheduled_update=hp.ScheduledUpdate.monthly(31, hour=23)),
    ),
    Example(
        "instance_groups[0].auto_patch.patching_strategy: 'DrainFirst' is not supported "
        "by CloudFormation; use PatchingStrategy.WHEN_IDLE or "
        "PatchingStrategy.WHEN_ALL_IDLE (PatchingStrategy)",
        eks_group(auto_patch=hp.AutoPatch(patching_strategy=IN_DRAIN)),
        as_request(eks_group(auto_patch=DRAIN)),
    ),
    Example(
        "instance_groups[0].auto_patch.patching_strategy: 'DrainFirst' is supported by "
        "the API, not by CloudFormation; use another value to create the cluster with "
        "CloudFormation (RequestApiOnly)",
        as_request(eks_group(auto_patch=DRAIN)),
        as_request(eks_group(auto_patch=IDLE)),
        WARNING,
    ),
    Example(
        "instance_groups[0].auto_patch.rolling_update.maximum_batch_size: 'maximum_batch_size' is "
        "required with patching_strategy 'DrainFirst'; pass "
        "maximum_batch_size=BatchSize.instances(...) (MaximumBatchSize)",
        as_request(eks_group(auto_patch=hp.AutoPatch(patching_strategy=IN_DRAIN))),
        as_request(eks_group(auto_patch=DRAIN)),
    ),
    Example(
        "instance_groups[1].auto_patch.patching_strategy: 'DrainFirst' is not supported "
        "in a Slurm cluster; use PatchingStrategy.WHEN_IDLE or "
        "PatchingStrategy.WHEN_ALL_IDLE (PatchingStrategyMode)",
        as_request(slurm_worker(auto_patch=DRAIN)),
        as_request(slurm_worker(auto_patch=IDLE)),
    ),
    Example(
        "instance_groups[1].auto_patch: ['gpu', 'more'] patch automatically, which is "
        "documented for EKS clusters only; test it on a small cluster first, or omit "
        "auto_patch (AutoPatchSlurm)",
        slurm(controller(), worker(auto_patch=IDLE), worker("more", auto_patch=IDLE)),
        eks_group(auto_patch=IDLE),
        WARNING,
    ),
    Example(
        "instance_groups[1].scheduled_update.rolling_update: ['gpu', 'more'] update in "
        "batches, which is documented for EKS clusters only; test it on a small cluster "
        "first, or omit rolling_update (RollingUpdateSlurm)",
        slurm(
            controller(), worker(scheduled_update=ROLLING), worker("more", scheduled_update=ROLLING)
        ),
        slurm_worker(scheduled_update=WEEKLY),
        WARNING,
    ),
    Example(
        "instance_groups[1].auto_patch: 'WhenIdle' updates the AMI, which "
        "scheduled_update also updates; use one of them (ScheduledUpdateAndAutoPatch)",
        slurm_worker(scheduled_update=WEEKLY, auto_patch=IDLE),
        slurm_worker(auto_patch=IDLE),
        WARNING,
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.maximum_batch_size: 'maximum_batch_size' is "
        "required with rollback_maximum_batch_size; pass "
        "maximum_batch_size=BatchSize.instances(...) (MaximumBatchSize)",
        rolling(maximum_batch_size=None, rollback_maximum_batch_size=hp.BatchSize.instances(1)),
        rolling(rollback_maximum_batch_size=hp.BatchSize.instances(1)),
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.maximum_batch_size.value: 0 must "
        "be between 1 and 2147483647; use 1 or more (BatchSize)",
        rolling(maximum_batch_size=hp.BatchSize.instances(0)),
        rolling(maximum_batch_size=hp.BatchSize.instances(101)),
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.rollback_maximum_batch_size.value: "
        "101 must be between 1 and 100; use 100 or less (BatchSize)",
        rolling(rollback_maximum_batch_size=hp.BatchSize.percentage(101)),
        rolling(rollback_maximum_batch_size=hp.BatchSize.percentage(100)),
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.wait_interval: 3601 must be a "
        "whole number of seconds from 0 to 3600; use cdk.Duration.minutes(10), for "
        "example (WaitInterval)",
        rolling(wait_interval=hp.Seconds(3601)),
        rolling(wait_interval=hp.Seconds(3600)),
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.rollback_alarms: 11 alarms exceed "
        "the limit of 10; combine alarms in a composite alarm (RollbackAlarms)",
        rolling(rollback_alarms=alarms(11)),
        rolling(rollback_alarms=alarms(10)),
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.rollback_alarms[0]: ' ' must be "
        "an alarm name of 1 to 255 characters; use the AlarmName from aws cloudwatch "
        "describe-alarms (AlarmName)",
        rolling(rollback_alarms=alarms(1, " ")),
        rolling(rollback_alarms=alarms(1, "a b")),
    ),
    Example(
        "instance_groups[1].auto_patch.rolling_update.rollback_alarms[0]: "
        f"'{'a' * 116}... must be an alarm name of 1 to 255 characters; use the AlarmName "
        "from aws cloudwatch describe-alarms (AlarmName)",
        rolling(rollback_alarms=alarms(1, "a" * 256)),
        rolling(rollback_alarms=alarms(1, "a" * 255)),
    ),
]
