"""Software updates of a cluster on a schedule.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateClusterSoftware.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    CLUSTER,
    SCHEDULE,
    check,
    optional,
    required,
    scope_problems,
)
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.model.problem import Problem, Severity

from .cluster_region import cluster_region_problems


class SoftwareUpdateSchedule(Construct):
    """Updates the AMI of all nodes of a Slurm cluster on a schedule.

    Amazon EventBridge Scheduler calls `UpdateClusterSoftware` itself, without a function, and does not
    repeat a call that fails, since HyperPod retries and rolls back an update. The update replaces the
    root volume of every node at once: their data is lost, including an accounting database on the
    controller. Data on FSx file systems is kept. Jobs that run are stopped.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        schedule: scheduler.ScheduleExpression,
        enabled: bool = False,
        description: str | None = None,
    ) -> None:
        """Creates the schedule and its role.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: Slurm cluster, created or imported. For EKS, use `scheduled_update` of the groups.
            schedule: When to update, such as `scheduler.ScheduleExpression.cron(...)`.
            enabled: Whether updates take place. Defaults to False, since an update deletes data.
            description: Description of the schedule. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`.
        """
        check(
            scope_problems(scope, id),
            required("cluster", cluster, CLUSTER),
            required("schedule", schedule, SCHEDULE),
            required("enabled", enabled, bool),
            optional("description", description, str),
        )
        super().__init__(scope, id)
        for problem in (
            *_problems(cluster, enabled=enabled),
            *cluster_region_problems(scope, cluster.cluster_arn),
        ):
            warn(self, problem)
        environment = environment_of(stack_of(scope))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": environment.account,
                        "aws:SourceArn": environment.arn("scheduler", "schedule-group/default"),
                    }
                },
            ),
        )
        zone = schedule.time_zone
        self._schedule = scheduler.CfnSchedule(
            self,
            "Resource",
            description=description,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            schedule_expression=schedule.expression_string,
            schedule_expression_timezone=None if zone is None else zone.timezone_name,
            state="ENABLED" if enabled else "DISABLED",
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{environment.partition}:scheduler:::aws-sdk:sagemaker:updateClusterSoftware",
                role_arn=role.role_arn,
                input=json.dumps({"ClusterName": cluster.cluster_arn}),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(maximum_retry_attempts=0),
            ),
        )
        cluster.grants.update_software(role).apply_before(self._schedule)

    @property
    def schedule_name(self) -> str:
        """Name of the schedule."""
        return self._schedule.ref


def _problems(cluster: IHyperPodCluster, *, enabled: bool) -> Iterator[Problem]:
    """A software update replaces the root volumes of all nodes.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-operate-slurm-cli-command.html
    """
    if isinstance(cluster.orchestrator, Eks):
        yield Problem(
            code="SoftwareUpdateEks",
            path="cluster",
            value="Eks",
            message="has scheduled updates of its own, which update a group in batches",
            fix="pass scheduled_update=ScheduledUpdate.weekly(...) to the instance groups",
            severity=Severity.WARNING,
        )
    if enabled:
        yield Problem(
            code="SoftwareUpdateSchedule",
            path="enabled",
            value=True,
            message="replaces the root volumes of all nodes, with home directories and accounting "
            "databases that are on them",
            fix="store data on FSx file systems or in an external database, and acknowledge the "
            "warning",
            severity=Severity.WARNING,
        )
