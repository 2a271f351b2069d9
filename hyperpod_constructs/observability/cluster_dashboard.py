"""The dashboard of a cluster.

Only metrics that exist are shown: those that count records, and those of CloudWatch Logs, EventBridge
and Amazon SNS.
"""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns

from .log_alarms import Count
from .log_queries import FAILURES, LIFECYCLE_RUNS, MOST_FAILURES, LogQuery

WHOLE, HALF = 24, 12
_MINUTES = 5


def dashboard_widgets(
    *,
    alarms: Mapping[str, cloudwatch.Alarm],
    counts: Mapping[Count, cloudwatch.Metric],
    rules: Mapping[str, events.Rule],
    topic: sns.ITopic,
    log_group_name: str,
) -> Sequence[Sequence[cloudwatch.IWidget]]:
    """The rows of the dashboard."""
    return [
        [
            cloudwatch.AlarmStatusWidget(
                title="Alarms", width=WHOLE, height=3, alarms=list(alarms.values())
            )
        ],
        [
            _graph("Faults", [counts[Count.HARDWARE_FAULTS], counts[Count.LIFECYCLE_FAILURES]]),
            _graph(
                "Runs of the lifecycle scripts",
                [counts[Count.LIFECYCLE_ATTEMPTS], counts[Count.LIFECYCLE_SUCCESSES]],
            ),
        ],
        [
            _graph("Records of the nodes", [_records(log_group_name)]),
            _graph("Messages", [*map(_messages, rules.values()), *_undelivered(rules, topic)]),
        ],
        [
            _table(MOST_FAILURES, log_group_name, width=HALF),
            _table(LIFECYCLE_RUNS, log_group_name, width=HALF),
        ],
        [_table(FAILURES, log_group_name, width=WHOLE)],
    ]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        width=HALF,
        height=6,
        left=list(metrics),
        period=cdk.Duration.minutes(_MINUTES),
    )


def _table(query: LogQuery, log_group_name: str, *, width: int) -> cloudwatch.LogQueryWidget:
    return cloudwatch.LogQueryWidget(
        title=query.title,
        width=width,
        height=8,
        log_group_names=[log_group_name],
        query_lines=list(query.lines),
        view=cloudwatch.LogQueryVisualizationType.TABLE,
    )


def _records(log_group_name: str) -> cloudwatch.Metric:
    return _sum("AWS/Logs", "IncomingLogEvents", "Records", LogGroupName=log_group_name)


def _messages(rule: events.Rule) -> cloudwatch.Metric:
    return _sum("AWS/Events", "Invocations", rule.node.id, RuleName=rule.rule_name)


def _undelivered(
    rules: Mapping[str, events.Rule], topic: sns.ITopic
) -> Sequence[cloudwatch.IMetric]:
    return [
        *(
            _sum("AWS/Events", "FailedInvocations", f"{name}, not sent", RuleName=rule.rule_name)
            for name, rule in rules.items()
        ),
        topic.metric_number_of_notifications_failed(label="Not delivered by Amazon SNS"),
    ]


def _sum(namespace: str, name: str, label: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        label=label,
        statistic="Sum",
        dimensions_map=dimensions,
    )
