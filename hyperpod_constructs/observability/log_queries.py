"""CloudWatch Logs Insights queries of the log group of a cluster.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from collections.abc import Sequence
from typing import NamedTuple

from aws_cdk import aws_logs as logs
from constructs import Construct

from .log_records import DOWNLOADING, FAILED, HARDWARE_FAULT, SCRIPTS, SUCCEEDED


class LogQuery(NamedTuple):
    """A saved query.

    Attributes:
        id: ID of the construct.
        title: What the query answers.
        lines: Commands of the query.
    """

    id: str
    title: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The query as CloudWatch Logs expects it."""
        return "\n| ".join(self.lines)


def _number(name: str, text: str) -> str:
    return f'sum(strcontains(@message, "{text}")) as {name}'


FAILURES = LogQuery(
    "Failures",
    "Why did nodes fail",
    (
        "fields @timestamp, @logStream, @message",
        "filter @logStream like /^(LifecycleConfig|SagemakerHealthMonitoringAgent|DeepHealth)/",
        f"filter @message like /(?i)(fail|error|traceback|{HARDWARE_FAULT})/",
        "sort @timestamp desc",
        "limit 200",
    ),
)
MOST_FAILURES = LogQuery(
    "MostFailures",
    "Which nodes failed most often",
    (
        f'filter @message like "{FAILED}" or @message like "{HARDWARE_FAULT}"',
        "stats count(*) as failures by @logStream",
        "sort failures desc",
        "limit 20",
    ),
)
LIFECYCLE_RUNS = LogQuery(
    "LifecycleRuns",
    "How often did nodes run the lifecycle scripts",
    (
        "filter @logStream like /^LifecycleConfig/",
        f"stats {_number('attempts', DOWNLOADING)}, {_number('successes', SUCCEEDED)} by @logStream",
        "sort attempts desc",
        "limit 50",
    ),
)
HEALTH_CHECKS = LogQuery(
    "DeepHealthChecks",
    "What did the deep health checks find",
    (
        "fields @timestamp, @logStream, @message",
        "filter @logStream like /^DeepHealthCheckResults/",
        "sort @timestamp desc",
        "limit 100",
    ),
)
SCRIPT_DIGESTS = LogQuery(
    "ScriptDigests",
    "Which nodes ran which digest of the scripts",
    (
        f'filter @logStream like /^LifecycleConfig/ and @message like "{SCRIPTS}"',
        f"parse @message /{SCRIPTS}.*\\/(?<digest>[0-9a-f]+)$/",
        "stats latest(@timestamp) as newest, count(*) as runs by digest, @logStream",
        "sort newest desc",
        "limit 1000",
    ),
)
QUERIES = (FAILURES, MOST_FAILURES, LIFECYCLE_RUNS, HEALTH_CHECKS, SCRIPT_DIGESTS)


def save_queries(
    scope: Construct, cluster_name: str, log_group_name: str
) -> Sequence[logs.CfnQueryDefinition]:
    """Saves all queries in a folder of the cluster."""
    return [
        logs.CfnQueryDefinition(
            scope,
            f"{query.id}Query",
            name=f"HyperPod/{cluster_name}/{query.title}",
            log_group_names=[log_group_name],
            query_string=query.text,
        )
        for query in QUERIES
    ]
