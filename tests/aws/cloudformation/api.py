"""CloudFormation, as the CDK CLI talks to it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.aws.cloud import Cloud
from tests.aws.front.errors import ServiceError, invalid
from tests.aws.types.handler import Handler

from .changes import changes
from .descriptions import description, imports, summaries
from .operation import Operation, as_of
from .order import Order
from .stack import ChangeSet, Stack
from .template import Json, Resolver, load

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."

PATIENCE = 10
"""Seconds until an operation on a stack must have ended for the answer to say that it has.

The CDK CLI asks every five seconds. An answer that waits makes it go on as soon as it can.
"""


@dataclass
class CloudFormation:
    """The stacks of an account and region.

    Attributes:
        cloud: Where their resources live.
        handlers: How resources of each type are made.
        order: In which order they are made and deleted.
        stacks: The stacks, deleted ones too, oldest first.
    """

    cloud: Cloud
    handlers: dict[str, Handler]
    order: Order = field(default_factory=Order)
    stacks: list[Stack] = field(default_factory=list)
    _change_sets: dict[str, ChangeSet] = field(default_factory=dict)

    def forget(self) -> None:
        """Forgets every stack, whatever becomes of its resources, and takes the default order."""
        self.stacks.clear()
        self._change_sets.clear()
        self.order = Order()

    def call(self, action: str, arguments: Json) -> Json:
        """Does what a request asks.

        Raises:
            ServiceError: With the answer, if it is not success.
        """
        method: Callable[[Json], Json] | None = getattr(self, f"_do_{action}", None)
        if method is None:
            raise ServiceError("InvalidAction", f"the emulator does not know {action}")
        return method(arguments)

    def _do_DescribeStacks(self, arguments: Json) -> Json:  # noqa: N802
        stacks = [stack for stack in self.stacks if stack.exists]
        if "StackName" in arguments:
            stacks = [self._stack(arguments["StackName"], deleted=True)]
            stacks[0].wait(PATIENCE)
        return {"Stacks": [description(stack) for stack in stacks]}

    def _do_ListStacks(self, arguments: Json) -> Json:  # noqa: N802
        wanted = arguments.get("StackStatusFilter", [])
        return {
            "StackSummaries": [
                {
                    "StackId": stack.arn,
                    "StackName": stack.name,
                    "CreationTime": stack.created,
                    "StackStatus": stack.status,
                }
                for stack in self.stacks
                if not wanted or stack.status in wanted
            ]
        }

    def _do_DescribeStackEvents(self, arguments: Json) -> Json:  # noqa: N802
        return {"StackEvents": self._stack(arguments["StackName"], deleted=True).events[::-1]}

    def _do_DescribeEvents(self, arguments: Json) -> Json:  # noqa: N802
        name = arguments.get("StackName") or self._change_set(arguments).stack.arn
        return {"OperationEvents": self._stack(name, deleted=True).events[::-1]}

    def _do_ListStackResources(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        return {"StackResourceSummaries": list(summaries(stack))}

    def _do_DescribeStackResources(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        return {"StackResources": list(summaries(stack))}

    def _do_DescribeStackResource(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        for summary in summaries(stack):
            if summary["LogicalResourceId"] == arguments["LogicalResourceId"]:
                return {"StackResourceDetail": summary}
        raise invalid(f"Resource {arguments['LogicalResourceId']} does not exist")

    def _do_GetTemplate(self, arguments: Json) -> Json:  # noqa: N802
        if "ChangeSetName" in arguments:
            return {"TemplateBody": self._change_set(arguments).body}
        return {"TemplateBody": self._stack(arguments["StackName"]).body}

    def _do_GetTemplateSummary(self, arguments: Json) -> Json:  # noqa: N802
        if "StackName" in arguments:
            template = self._stack(arguments["StackName"]).template
        else:
            template = load(self._body(arguments))
        return {
            "Parameters": [
                {"ParameterKey": name, "ParameterType": parameter["Type"]}
                for name, parameter in template.get("Parameters", {}).items()
            ],
            "ResourceTypes": sorted({item["Type"] for item in template["Resources"].values()}),
        }

    def _do_ValidateTemplate(self, arguments: Json) -> Json:  # noqa: N802
        return self._do_GetTemplateSummary(arguments)

    def _do_ListExports(self, arguments: Json) -> Json:  # noqa: N802, ARG002
        return {
            "Exports": [
                {"ExportingStackId": stack.arn, "Name": name, "Value": value}
                for stack in self.stacks
                if stack.exists
                for name, value in stack.exports()
            ]
        }

    def _do_CreateChangeSet(self, arguments: Json) -> Json:  # noqa: N802
        kind = arguments.get("ChangeSetType", "UPDATE")
        stack = self._find(arguments["StackName"])
        if kind == "CREATE":
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise invalid(f"Stack [{stack.name}] already exists and cannot be created again")
            stack = stack or self._new_stack(arguments["StackName"])
        elif stack is None:
            raise invalid(f"Stack [{arguments['StackName']}] does not exist")
        body = self._body(arguments)
        template = load(body)
        self._refuse_unknown_types(template)
        change_set = ChangeSet(
            name=arguments["ChangeSetName"],
            arn=self._arn("changeSet", arguments["ChangeSetName"]),
            stack=stack,
            body=body,
            parameters=self._parameters(arguments, template, stack),
            tags=arguments.get("Tags", []),
            capabilities=arguments.get("Capabilities", []),
            kind=kind,
        )
        resolver = self._resolver(stack, template, change_set.parameters)
        self._refuse_cycles(resolver)
        change_set.changes = changes(stack, resolver, self.handlers)
        if template == stack.template and change_set.parameters == stack.parameters:
            change_set.status, change_set.reason = "FAILED", NO_CHANGES
        self._change_sets[change_set.arn] = change_set
        return {"Id": change_set.arn, "StackId": stack.arn}

    def _do_DescribeChangeSet(self, arguments: Json) -> Json:  # noqa: N802
        change_set = self._change_set(arguments)
        return {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.arn,
            "StackId": change_set.stack.arn,
            "StackName": change_set.stack.name,
            "CreationTime": change_set.created,
            "ExecutionStatus": "AVAILABLE"
            if change_set.status == "CREATE_COMPLETE"
            else "UNAVAILABLE",
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "Changes": change_set.changes,
        }

    def _do_DeleteChangeSet(self, arguments: Json) -> Json:  # noqa: N802
        try:
            change_set = self._change_set(arguments)
        except ServiceError:
            return {}
        del self._change_sets[change_set.arn]
        return {}

    def _do_ExecuteChangeSet(self, arguments: Json) -> Json:  # noqa: N802
        change_set = self._change_set(arguments)
        stack = change_set.stack
        self._start(stack, change_set.kind, change_set.body, change_set.parameters)
        stack.tags, stack.capabilities = change_set.tags, change_set.capabilities
        del self._change_sets[change_set.arn]
        return {}

    def _do_CreateStack(self, arguments: Json) -> Json:  # noqa: N802
        if self._find(arguments["StackName"]) is not None:
            raise ServiceError(
                "AlreadyExistsException", f"Stack [{arguments['StackName']}] already exists"
            )
        body = self._body(arguments)
        template = load(body)
        self._refuse_unknown_types(template)
        stack = self._new_stack(arguments["StackName"])
        parameters = self._parameters(arguments, template, stack)
        self._start(stack, "CREATE", body, parameters)
        return {"StackId": stack.arn}

    def _do_UpdateStack(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        body = self._body(arguments)
        template = load(body)
        self._refuse_unknown_types(template)
        parameters = self._parameters(arguments, template, stack)
        if template == stack.template and parameters == stack.parameters:
            raise invalid("No updates are to be performed.")
        self._start(stack, "UPDATE", body, parameters)
        return {"StackId": stack.arn}

    def _do_DeleteStack(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._find(arguments["StackName"])
        if stack is None:
            return {}
        if stack.protected:
            raise invalid(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        for name, _ in stack.exports():
            self._refuse_imported(stack, name)
        operation = self._operation(stack)
        stack.status = "DELETE_IN_PROGRESS"
        _in_background(operation.delete)
        return {}

    def _do_UpdateTerminationProtection(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        stack.protected = arguments["EnableTerminationProtection"] == "true"
        return {"StackId": stack.arn}

    def _start(self, stack: Stack, kind: str, body: str, parameters: dict[str, str]) -> None:
        if stack.busy:
            raise invalid(f"Stack:{stack.arn} is in {stack.status} state and can not be updated.")
        template = load(body)
        resolver = as_of(stack, self._resolver(stack, template, parameters))
        self._refuse_broken_rules(template, resolver)
        self._refuse_cycles(resolver)
        operation = self._operation(stack)

        def commit() -> None:
            stack.template, stack.body, stack.parameters = template, body, parameters

        if kind == "CREATE":
            commit()
            stack.status = "CREATE_IN_PROGRESS"
            _in_background(lambda: operation.create(resolver))
        else:
            stack.status = "UPDATE_IN_PROGRESS"
            _in_background(lambda: operation.update(resolver, commit))

    def _operation(self, stack: Stack) -> Operation:
        return Operation(stack, self.cloud, self.handlers, self.order)

    def _resolver(self, stack: Stack, template: Json, parameters: Mapping[str, str]) -> Resolver:
        values: dict[str, Any] = {
            "AWS::AccountId": self.cloud.account,
            "AWS::Region": self.cloud.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack.name,
            "AWS::StackId": stack.arn,
            "AWS::NotificationARNs": [],
        }
        for name, definition in template.get("Parameters", {}).items():
            values[name] = self._parameter_value(definition["Type"], parameters[name])
        return Resolver(template, values, {}, self._export, self._output, self._zones)

    def _parameter_value(self, kind: str, value: str) -> Any:
        if kind.startswith("AWS::SSM::Parameter::Value"):
            value = self.cloud.client("ssm").get_parameter(Name=value)["Parameter"]["Value"]
        return value.split(",") if "List" in kind else value

    def _parameters(self, arguments: Json, template: Json, stack: Stack) -> dict[str, str]:
        given = {item["ParameterKey"]: item for item in arguments.get("Parameters", [])}
        values = {}
        for name, definition in template.get("Parameters", {}).items():
            if given.get(name, {}).get("UsePreviousValue") == "true":
                values[name] = stack.parameters[name]
            elif "ParameterValue" in given.get(name, {}):
                values[name] = given[name]["ParameterValue"]
            elif "Default" in definition:
                values[name] = str(definition["Default"])
            else:
                raise invalid(f"Parameters: [{name}] must have values")
        return values

    def _zones(self) -> list[str]:
        zones = self.cloud.client("ec2").describe_availability_zones()["AvailabilityZones"]
        return [zone["ZoneName"] for zone in zones]

    def _export(self, name: str) -> str:
        for stack in self.stacks:
            if stack.exists and name in dict(stack.exports()):
                return dict(stack.exports())[name]
        raise invalid(f"No export named {name} found.")

    def _output(self, stack_name: str, name: str) -> str:
        for output in self._stack(stack_name).outputs:
            if output["OutputKey"] == name:
                return str(output["OutputValue"])
        raise invalid(f"Stack {stack_name} has no output {name}")

    def _refuse_imported(self, exporting: Stack, name: str) -> None:
        for stack in self.stacks:
            if stack is not exporting and stack.exists and name in imports(stack.template):
                raise invalid(f"Export {name} cannot be deleted as it is in use by {stack.name}")

    def _refuse_unknown_types(self, template: Json) -> None:
        unknown = sorted(
            {
                kind
                for kind in (resource["Type"] for resource in template["Resources"].values())
                if kind not in self.handlers and not kind.startswith("Custom::")
            }
        )
        if unknown:
            raise invalid(
                f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
            )

    def _refuse_cycles(self, resolver: Resolver) -> None:
        types = {name: resource["Type"] for name, resource in resolver.resources().items()}
        self.order.creation(resolver.edges(), types)

    def _refuse_broken_rules(self, template: Json, resolver: Resolver) -> None:
        for rule in template.get("Rules", {}).values():
            for assertion in rule["Assertions"]:
                if not resolver.resolve(assertion["Assert"]):
                    raise invalid(f"Template error: {assertion['AssertDescription']}")

    def _body(self, arguments: Json) -> str:
        if "TemplateURL" not in arguments:
            body: str = arguments["TemplateBody"]
            return body
        path = arguments["TemplateURL"].split("?")[0].split("://", 1)[1]
        host, _, key = path.partition("/")
        if host.split(".")[0].split(":")[0] in {"localhost", "s3", "127"}:
            bucket, _, key = key.partition("/")
        else:
            bucket = host.split(".")[0]
        found = self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return str(found, "utf-8")

    def _new_stack(self, name: str) -> Stack:
        stack = Stack(name, self._arn("stack", name))
        self.stacks.append(stack)
        return stack

    def _arn(self, kind: str, name: str) -> str:
        cloud = self.cloud
        return f"arn:aws:cloudformation:{cloud.region}:{cloud.account}:{kind}/{name}/{uuid4()}"

    def _find(self, name: str) -> Stack | None:
        return next(
            (stack for stack in self.stacks if stack.exists and name in {stack.name, stack.arn}),
            None,
        )

    def _stack(self, name: str, *, deleted: bool = False) -> Stack:
        stack = self._find(name)
        if stack is None and deleted:
            stack = next((item for item in self.stacks if item.arn == name), None)
        if stack is None:
            raise invalid(f"Stack with id {name} does not exist")
        return stack

    def _change_set(self, arguments: Json) -> ChangeSet:
        name = arguments["ChangeSetName"]
        for change_set in self._change_sets.values():
            ours = arguments.get("StackName") in {None, change_set.stack.name, change_set.stack.arn}
            if name == change_set.arn or (ours and name == change_set.name):
                return change_set
        raise ServiceError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
