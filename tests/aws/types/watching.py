"""Rules for events, metric filters, saved queries, schedules and workspaces of Prometheus."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ServiceError

from .handler import Handler, Request, resource


@resource("AWS::Events::Rule")
class Rule(Handler):
    def create(self, request: Request) -> Made:
        return self._put(request, request.get("Name", request.name(64)))

    def update(self, request: Request, made: Made, old: Json) -> Made:
        kept = {target["Id"] for target in request.get("Targets", [])}
        self._remove(
            request, made, [each for each in old.get("Targets", []) if each["Id"] not in kept]
        )
        return self._put(request, made.physical_id)

    def _put(self, request: Request, name: str) -> Made:
        events = request.client("events")
        pattern = request.chosen("EventPattern")
        arn = events.put_rule(
            Name=name,
            **{key: json.dumps(value) for key, value in pattern.items()},
            **request.chosen("Description", "RoleArn", "ScheduleExpression", "State"),
        )["RuleArn"]
        targets = request.get("Targets", [])
        if targets:
            failed = events.put_targets(Rule=name, Targets=targets)["FailedEntries"]
            if failed:
                raise ServiceError("ValidationException", failed[0]["ErrorMessage"])
        return Made(name, {"Arn": arn})

    def delete(self, request: Request, made: Made) -> None:
        self._remove(request, made, request.get("Targets", []))
        request.client("events").delete_rule(Name=made.physical_id)

    def _remove(self, request: Request, made: Made, targets: list[Json]) -> None:
        if targets:
            request.client("events").remove_targets(
                Rule=made.physical_id, Ids=[target["Id"] for target in targets]
            )


@resource("AWS::Logs::MetricFilter")
class MetricFilter(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("FilterName", request.name(512))
        logs = request.client("logs")
        group = request["LogGroupName"]
        found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if group not in {each["logGroupName"] for each in found}:
            raise ServiceError(
                "ResourceNotFoundException", "The specified log group does not exist."
            )
        self._put(request, name)
        return Made(name)

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "FilterPattern", "MetricTransformations")
        self._put(request, made.physical_id)
        return made

    def _put(self, request: Request, name: str) -> None:
        request.client("logs").put_metric_filter(
            logGroupName=request["LogGroupName"],
            filterName=name,
            filterPattern=request["FilterPattern"],
            metricTransformations=[_lower_first(each) for each in request["MetricTransformations"]],
        )

    def delete(self, request: Request, made: Made) -> None:
        request.client("logs").delete_metric_filter(
            logGroupName=request["LogGroupName"], filterName=made.physical_id
        )


@resource("AWS::Logs::QueryDefinition")
class QueryDefinition(Handler):
    """A saved query. CloudWatch Logs does not look whether its log groups exist."""

    def create(self, request: Request) -> Made:
        name = request.name(36)
        return Made(name, {"QueryDefinitionId": name})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "Name", "QueryString", "LogGroupNames")
        return made

    def delete(self, request: Request, made: Made) -> None:
        pass


@resource("AWS::Scheduler::Schedule")
class Schedule(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("Name", request.name(64))
        role = request["Target"]["RoleArn"]
        iam = request.client_of_service("iam")
        try:
            trust = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]
        except ClientError:
            trust = {"AssumeRolePolicyDocument": {}}
        if "scheduler.amazonaws.com" not in str(trust["AssumeRolePolicyDocument"]):
            raise ServiceError(
                "ValidationException",
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the "
                "role.",
            )
        arn = request.client("scheduler").create_schedule(Name=name, **self._schedule(request))
        return Made(name, {"Arn": arn["ScheduleArn"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "ScheduleExpression", "State", "Target")
        request.client("scheduler").update_schedule(
            Name=made.physical_id, **self._schedule(request)
        )
        return made

    def _schedule(self, request: Request) -> Json:
        return request.chosen(
            "Description",
            "FlexibleTimeWindow",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "State",
            "Target",
        )

    def delete(self, request: Request, made: Made) -> None:
        request.client("scheduler").delete_schedule(Name=made.physical_id)


@resource("AWS::APS::Workspace")
class Workspace(Handler):
    def create(self, request: Request) -> Made:
        alias = {"alias": request["Alias"]} if "Alias" in request.properties else {}
        made = request.client("amp").create_workspace(**alias)
        found = request.client("amp").describe_workspace(workspaceId=made["workspaceId"])
        return Made(
            made["arn"],
            {
                "Arn": made["arn"],
                "WorkspaceId": made["workspaceId"],
                "PrometheusEndpoint": found["workspace"]["prometheusEndpoint"],
            },
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "AlertManagerDefinition")
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("amp").delete_workspace(workspaceId=made.physical_id.rpartition("/")[2])


@resource("AWS::APS::RuleGroupsNamespace")
class RuleGroupsNamespace(Handler):
    def create(self, request: Request) -> Made:
        arn = request.client("amp").create_rule_groups_namespace(
            workspaceId=self._workspace(request),
            name=request["Name"],
            data=request["Data"].encode(),
        )["arn"]
        return Made(arn, {"Arn": arn})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "Data")
        request.client("amp").put_rule_groups_namespace(
            workspaceId=self._workspace(request),
            name=request["Name"],
            data=request["Data"].encode(),
        )
        return made

    def _workspace(self, request: Request) -> str:
        return str(request["Workspace"]).rpartition("/")[2]

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        request.client("amp").delete_rule_groups_namespace(
            workspaceId=self._workspace(request), name=request["Name"]
        )


def _lower_first(properties: dict[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in properties.items()}
