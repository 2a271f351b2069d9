"""Alarms on the records of nodes.

HyperPod documents no metric of its own, so metric filters count records.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from collections.abc import Mapping
from enum import StrEnum

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from .log_records import DOWNLOADING, FAILED, HARDWARE_FAULT, SUCCEEDED


class Count(StrEnum):
    """Records that are counted, by the name of the metric."""

    HARDWARE_FAULTS = "HardwareFaults"
    LIFECYCLE_FAILURES = "LifecycleFailures"
    LIFECYCLE_ATTEMPTS = "LifecycleAttempts"
    LIFECYCLE_SUCCESSES = "LifecycleSuccesses"


TERMS: Mapping[Count, str] = {
    Count.HARDWARE_FAULTS: HARDWARE_FAULT,
    Count.LIFECYCLE_FAILURES: FAILED,
    Count.LIFECYCLE_ATTEMPTS: DOWNLOADING,
    Count.LIFECYCLE_SUCCESSES: SUCCEEDED,
}
"""A text of each record that is counted. Terms match both forms of a record; JSON keys do not."""

_HOURS_OF_RETRIES = 3
_MINUTES = 5


class LogAlarms(Construct):
    """Metrics of the records of a cluster, and alarms on them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_name: str,
        log_group: logs.ILogGroup,
        hardware_faults: bool,
    ) -> None:
        """Creates the metric filters and alarms.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster_name: Name of the cluster.
            log_group: Log group of the cluster.
            hardware_faults: Whether to create the alarm on hardware faults.
        """
        super().__init__(scope, id)
        self._cluster_name = cluster_name
        self._log_group = log_group
        self.metrics = {count: self._count(count) for count in Count}
        hardware = {"HardwareFaults": self._hardware_faults()} if hardware_faults else {}
        self.alarms: dict[str, cloudwatch.Alarm] = {
            **hardware,
            "LifecycleFailures": self._lifecycle_failures(),
            "RepeatedAttempts": self._repeated_attempts(),
        }

    def _count(self, count: Count) -> cloudwatch.Metric:
        namespace = f"HyperPod/{self._cluster_name}"
        logs.CfnMetricFilter(
            self,
            count.value,
            log_group_name=self._log_group.log_group_name,
            filter_pattern=f'"{TERMS[count]}"',
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_name=count.value,
                    metric_namespace=namespace,
                    metric_value="1",
                    default_value=0,
                    unit="Count",
                )
            ],
        )
        return cloudwatch.Metric(namespace=namespace, metric_name=count.value, statistic="Sum")

    def _hardware_faults(self) -> cloudwatch.Alarm:
        return self._alarm(
            "HardwareFaultsAlarm",
            self.metrics[Count.HARDWARE_FAULTS].with_(period=cdk.Duration.minutes(_MINUTES)),
            "The health monitoring agent detected a fault of a node",
            self._records("SagemakerHealthMonitoringAgent", HARDWARE_FAULT),
        )

    def _lifecycle_failures(self) -> cloudwatch.Alarm:
        return self._alarm(
            "LifecycleFailuresAlarm",
            self.metrics[Count.LIFECYCLE_FAILURES].with_(period=cdk.Duration.minutes(_MINUTES)),
            "The lifecycle scripts of a node failed",
            self._records("LifecycleConfig", FAILED),
        )

    def _repeated_attempts(self) -> cloudwatch.Alarm:
        """An alarm on nodes that start again and again, as in an update that HyperPod retries.

        Nodes that start at the end of an hour and are ready in the next one do not count, since the
        next hour has as many successes more.
        """
        attempts_without_success = cloudwatch.MathExpression(
            expression="FILL(attempts, 0) - FILL(successes, 0)",
            using_metrics={
                "attempts": self.metrics[Count.LIFECYCLE_ATTEMPTS],
                "successes": self.metrics[Count.LIFECYCLE_SUCCESSES],
            },
            label="Attempts without success",
            period=cdk.Duration.hours(1),
        )
        return self._alarm(
            "RepeatedAttemptsAlarm",
            attempts_without_success,
            f"Nodes run the lifecycle scripts without success for {_HOURS_OF_RETRIES} hours",
            self._records("LifecycleConfig", DOWNLOADING),
            periods=_HOURS_OF_RETRIES,
        )

    def _records(self, stream: str, term: str) -> str:
        """A command that prints the records, whose streams name the group and the instance."""
        return (
            f"aws logs filter-log-events --log-group-name {self._log_group.log_group_name} "
            f"--log-stream-name-prefix {stream} --filter-pattern '\"{term}\"'"
        )

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        text: str,
        command: str,
        *,
        periods: int = 1,
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            alarm_description=f"HyperPod cluster {self._cluster_name}: {text}. The name of the log "
            f"stream has the instance group and the instance: {command}",
            threshold=1,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
