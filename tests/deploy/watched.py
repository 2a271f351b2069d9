"""A cluster with everything that watches it, and a schedule of updates."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns

import hyperpod_constructs as hp

NAME = "watched"


def watched(stack: cdk.Stack, *, retention: logs.RetentionDays, enabled: bool) -> None:
    """The retention of the logs and the state of the schedule are changed by an update."""
    topic = sns.Topic(stack, "Topic", topic_name="faults")
    exporters = hp.MetricsExporters(
        gpu=False, remote_write=hp.PrometheusWorkspace(stack, "Metrics", topic=topic)
    )
    cluster = hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name=NAME,
        lifecycle_scripts=hp.LifecycleScripts.default(metrics=exporters),
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu"),
        ],
    )
    hp.ClusterWatch(stack, "Watch", cluster=cluster, topic=topic, log_retention=retention)
    hp.SoftwareUpdateSchedule(
        stack,
        "Updates",
        cluster=cluster,
        schedule=scheduler.ScheduleExpression.cron(minute="0", hour="3", week_day="SUN"),
        enabled=enabled,
    )
