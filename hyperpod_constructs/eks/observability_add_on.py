"""Metrics of nodes, jobs and Kubernetes in Amazon Managed Service for Prometheus.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-observability-addon-setup.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.annotations import warn
from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import Interface, optional, required
from hyperpod_constructs.cdk.workspace_interface import IPrometheusWorkspace
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.kubernetes.image_mirror import merged
from hyperpod_constructs.model.kubernetes.observability_metrics import ObservabilityMetrics
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .add_on import EksAddOn
from .pod_policy import allow

if TYPE_CHECKING:
    from aws_cdk import aws_grafana as grafana

_WORKSPACE = Interface("workspace_arn", "a workspace, such as hp.PrometheusWorkspace(...)")
_GRAFANA = Interface("attr_grafana_version", "a grafana.CfnWorkspace")
_ACCOUNT = "hyperpod-observability-operator-otel-collector"
_LOG_ACTIONS = (
    *("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents", "GetLogEvents"),
    *("FilterLogEvents", "GetLogRecord", "StartQuery", "GetQueryResults"),
)
_UNSCOPABLE_LOG_ACTIONS = ("logs:DescribeLogGroups", "logs:StopQuery")
"""Actions without resource types."""
_TAGS = {"SageMaker": "true"}
_SMALL = r"ml\.[^.]+\.(medium|large|xlarge|2xlarge|3xlarge)"


class ObservabilityAddOn(EksAddOn):
    """The HyperPod observability add-on, which writes metrics to a workspace for Prometheus.

    Attributes: `add_on`, `role`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: IHyperPodCluster,
        workspace: IPrometheusWorkspace,
        grafana_workspace: "grafana.CfnWorkspace | None" = None,
        metrics: ObservabilityMetrics = ObservabilityMetrics(),
        logs: bool = False,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Creates the role and the add-on.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            cluster: HyperPod cluster on EKS, with an instance of 4xlarge or larger.
            workspace: Workspace of the metrics, such as `hp.PrometheusWorkspace`.
            grafana_workspace: Workspace of Amazon Managed Grafana with a name, for the dashboards.
                Requires IAM Identity Center. None by default.
            metrics: Levels of the metrics. Defaults to those of the add-on.
            logs: Whether the logs of pods are written to CloudWatch. Defaults to False.
            version: Version of the add-on. Defaults to the default version of EKS.
            configuration: Further values of the add-on, which override the others. None by default.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `OrchestratorNotEks`, `AddOnTwice`,
                `MetricsLevel`.
        """
        super().__init__(
            scope,
            id,
            name="amazon-sagemaker-hyperpod-observability",
            cluster=cluster,
            version=version,
            problems=_problems(workspace, grafana_workspace, metrics, logs),
        )
        self.role = self._collector_role(workspace.workspace_arn)
        if self._nodes.control_plane is not None:
            self._nodes.control_plane.add_endpoint("aps-workspaces")
        values: dict[str, Any] = {
            "ampWorkspace": {
                "prometheusEndpoint": self._endpoint(workspace.workspace_arn),
                "arn": workspace.workspace_arn,
            },
            "metricsProvider": metrics.values(),
            "logging": {"enabled": logs},
        }
        if grafana_workspace is not None:
            values["amgWorkspace"] = self._grafana(grafana_workspace)
        self._create(
            configuration=merged(values, configuration or {}),
            pod_identities={_ACCOUNT: self.role},
            tags=_TAGS,
        )
        self._tag(workspace, grafana_workspace)
        if self._nodes.has_restricted_groups:
            # Restricted nodes write metrics with their own role.
            iam.Grant.add_to_principal(
                grantee=cast("iam.IGrantable", cluster),
                actions=["aps:RemoteWrite"],
                resource_arns=[workspace.workspace_arn],
            )
        for problem in _instance_problems(cluster.instance_groups or ()):
            warn(self, problem)

    def _tag(self, *workspaces: object) -> None:
        """Sets the tag by which the console and managed policies of AWS find what they may read."""
        for workspace in workspaces:
            if isinstance(workspace, Construct):
                for key, value in _TAGS.items():
                    cdk.Tags.of(workspace).add(key, value)

    def _collector_role(self, workspace_arn: str) -> iam.Role:
        environment = environment_of(stack_of(self))
        statements = [
            allow(["aps:RemoteWrite"], [workspace_arn]),
            allow(
                [f"logs:{action}" for action in _LOG_ACTIONS],
                [environment.arn("logs", "log-group:/aws/sagemaker/Clusters/*")],
            ),
            allow(_UNSCOPABLE_LOG_ACTIONS, ["*"]),
        ]
        return self._pod_role("Role", "Writes metrics and logs of pods", statements)

    def _endpoint(self, workspace_arn: str) -> str:
        """The URL of a workspace without the slash at the end, which the add-on does not support."""
        stack = stack_of(self)
        region = environment_of(stack).region
        known = cdk.Fn.select(1, cdk.Fn.split("/", workspace_arn))
        return f"https://aps-workspaces.{region}.{stack.url_suffix}/workspaces/{known}"

    def _grafana(self, workspace: "grafana.CfnWorkspace") -> dict[str, str]:
        environment = environment_of(stack_of(self))
        return {
            "workspaceName": workspace.name or "",
            "arn": environment.arn("grafana", f"/workspaces/{workspace.attr_id}"),
        }


def _problems(
    workspace: object, grafana_workspace: object, metrics: object, logs: object
) -> Iterator[Problem]:
    yield from required("workspace", workspace, _WORKSPACE)
    yield from optional("grafana_workspace", grafana_workspace, _GRAFANA)
    yield from required("logs", logs, bool)
    yield from required("metrics", metrics, ObservabilityMetrics)
    if isinstance(metrics, ObservabilityMetrics):
        yield from metrics.problems("metrics")


def _instance_problems(groups: Sequence[InstanceGroup]) -> Iterator[Problem]:
    """The collector requires an instance of 4xlarge or larger."""
    names = [
        name for group in groups for name in (group.instance_type, *group.instance_types) if name
    ]
    known = [name for name in names if not is_unresolved(name)]
    if known and len(known) == len(names) and all(re.fullmatch(_SMALL, name) for name in known):
        yield Problem(
            code="ObservabilityInstance",
            path="cluster",
            value=", ".join(dict.fromkeys(known)),
            message="are the instance types of the cluster, and the add-on requires 4xlarge or larger",
            fix="add a group such as ml.c5.4xlarge",
            severity=Severity.WARNING,
        )
