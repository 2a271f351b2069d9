"""Amazon Managed Service for Prometheus, for the metrics of clusters.

Source: https://docs.aws.amazon.com/prometheus/latest/userguide/what-is-Amazon-Managed-Service-Prometheus.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from aws_cdk import aws_aps as aps
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import (
    GRANTEE,
    TOPIC,
    check,
    optional,
    required,
    scope_problems,
)
from hyperpod_constructs.model.problem import Problem

from .topic_access import allow_publishing

_ARN = r"arn:aws[a-z-]*:aps:[a-z0-9-]+:[0-9]{12}:workspace/[a-z0-9-]+"
RULES = Path(__file__).with_name("prometheus")
_NAMESPACES = {"Recordings": "recording_rules", "Alerts": "alert_rules"}
_ALERT_MANAGER = """\
alertmanager_config: |
  route:
    receiver: topic
    group_by: [alertname, cluster]
    group_wait: 30s
    group_interval: 5m
    repeat_interval: 12h
  receivers:
    - name: topic
      sns_configs:
        - topic_arn: {topic}
          sigv4:
            region: {region}
          send_resolved: true
          subject: '{{{{ .GroupLabels.alertname }}}} in HyperPod cluster {{{{ .GroupLabels.cluster }}}}'
          message: '{{{{ range .Alerts }}}}{{{{ .Status }}}}: {{{{ .Annotations.summary }}}} Show more: {{{{ .Annotations.command }}}}. {{{{ end }}}}'
"""


class PrometheusWorkspaceBase(Construct):
    """A workspace of Amazon Managed Service for Prometheus."""

    _arn: str
    _endpoint: str
    _region: str

    @property
    def workspace_arn(self) -> str:
        """ARN of the workspace."""
        return self._arn

    @property
    def region(self) -> str:
        """Region of the workspace."""
        return self._region

    @property
    def prometheus_endpoint(self) -> str:
        """URL of the workspace, which ends with a slash."""
        return self._endpoint

    @property
    def remote_write_url(self) -> str:
        """URL to which collectors write."""
        return f"{self._endpoint}api/v1/remote_write"

    def grant_remote_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows writing metrics, such as for a collector on the nodes of a cluster.

        Args:
            grantee: A role, or a cluster for all its nodes.

        Raises:
            ValidationError: `ArgumentType`.
        """
        return self._grant(grantee, ["aps:RemoteWrite"])

    def grant_query(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows reading metrics, such as for Grafana.

        Args:
            grantee: A role or user.

        Raises:
            ValidationError: `ArgumentType`.
        """
        return self._grant(
            grantee,
            ["aps:QueryMetrics", "aps:GetLabels", "aps:GetSeries", "aps:GetMetricMetadata"],
        )

    def _grant(self, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
        check(required("grantee", grantee, GRANTEE))
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(actions), resource_arns=[self._arn], scope=self
        )


class PrometheusWorkspace(PrometheusWorkspaceBase):
    """A workspace of Amazon Managed Service for Prometheus, with rules and alerts for clusters.

    One workspace serves many clusters of the Region, whose metrics have the label `cluster`. Alerts of
    one kind and cluster are sent to the topic together.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        topic: sns.ITopic,
        alias: str | None = None,
    ) -> None:
        """Creates the workspace, its rules and its alert manager.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            topic: Topic of the alerts, in the Region of the workspace. The workspace is allowed to
                publish to a topic of the app. A key of the topic must allow it too.
            alias: Name of the workspace that the console shows. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`.
        """
        check(
            scope_problems(scope, id),
            required("topic", topic, TOPIC),
            optional("alias", alias, str),
        )
        super().__init__(scope, id)
        environment = environment_of(stack_of(scope))
        workspace = aps.CfnWorkspace(
            self,
            "Resource",
            alias=alias,
            alert_manager_definition=_ALERT_MANAGER.format(
                topic=topic.topic_arn, region=environment.region
            ),
        )
        self._arn = workspace.attr_arn
        self._endpoint = workspace.attr_prometheus_endpoint
        self._region = environment.region
        for name, file in _NAMESPACES.items():
            aps.CfnRuleGroupsNamespace(
                self,
                name,
                name=file.replace("_", "-"),
                workspace=self._arn,
                data=(RULES / f"{file}.yaml").read_text(encoding="utf-8"),
            )
        conditions: Mapping[str, Mapping[str, str]] = {
            "ArnEquals": {"aws:SourceArn": self._arn},
            "StringEquals": {"aws:SourceAccount": environment.account},
        }
        for problem in allow_publishing(
            topic,
            "aps.amazonaws.com",
            conditions,
            actions=["sns:Publish", "sns:GetTopicAttributes"],
        ):
            warn(self, problem)

    @staticmethod
    def from_workspace_arn(
        scope: Construct, id: str, workspace_arn: str
    ) -> "ImportedPrometheusWorkspace":
        """Imports a workspace, such as one that another app created with its rules and alerts.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            workspace_arn: ARN of the workspace, which cannot be a token.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `WorkspaceArn`.
        """
        return ImportedPrometheusWorkspace(scope, id, workspace_arn)


class ImportedPrometheusWorkspace(PrometheusWorkspaceBase):
    """A workspace that was not created by this app; see `PrometheusWorkspace.from_workspace_arn`."""

    def __init__(self, scope: Construct, id: str, workspace_arn: str) -> None:
        """Imports the workspace.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            workspace_arn: ARN of the workspace, which cannot be a token.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `WorkspaceArn`.
        """
        check(scope_problems(scope, id), _arn_problems(workspace_arn))
        super().__init__(scope, id)
        _, partition, _, region, _, workspace = workspace_arn.split(":")
        self._arn = workspace_arn
        self._region = region
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        self._endpoint = f"https://aps-workspaces.{region}.{suffix}/workspaces/{workspace[10:]}/"


def _arn_problems(arn: object) -> Iterator[Problem]:
    """The ARN of a workspace, which has its Region and ID.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedserviceforprometheus.html
    """
    yield from required("workspace_arn", arn, str)
    if isinstance(arn, str) and not re.fullmatch(_ARN, arn):
        yield Problem(
            code="WorkspaceArn",
            path="workspace_arn",
            value=arn,
            message="is not the ARN of a workspace of Amazon Managed Service for Prometheus",
            fix="use an ARN such as "
            "'arn:aws:aps:us-west-2:111122223333:workspace/ws-00000000-0000-0000-0000-000000000000'",
        )
