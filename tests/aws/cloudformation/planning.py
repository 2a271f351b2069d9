"""What a request would make of a stack; a change set shows it, and executing it does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.errors import invalid
from tests.aws.types.handler import Handler

from .changes import changes
from .exports import Exports
from .gate import (
    early_problems,
    refuse_missing_capabilities,
    refuse_size,
    refuse_template,
)
from .operation import as_of
from .order import refuse_cycles
from .parameters import given_values, resolved
from .policies import refuse_policies
from .stack import Stack
from .template import Json, Resolver, load


@dataclass(frozen=True)
class Plan:
    """A stack as a request wants it.

    Attributes:
        body: The template, as it was sent.
        template: The template.
        parameters: Values of its parameters, as they were sent.
        tags: Tags of the stack.
        capabilities: What the template may do.
        resolver: Reads the template, knowing the resources of the stack.
        changes: What changes.
        is_change: Whether anything changes.
    """

    body: str
    template: Json
    parameters: dict[str, str]
    tags: list[Json]
    capabilities: list[str]
    resolver: Resolver
    changes: list[Json] = field(default_factory=list)
    is_change: bool = True

    def early_problems(self, region: str) -> list[tuple[str, str]]:
        """What validation before the deployment finds, by resource."""
        return list(early_problems(self.resolver, region))


@dataclass(frozen=True)
class Planner:
    """Reads requests.

    Attributes:
        cloud: Where the stacks are.
        handlers: How resources of each type are created.
        output_of: Value of an output of a stack, by the names of both.
        exports: The exports of all stacks.
    """

    cloud: Cloud
    handlers: dict[str, Handler]
    output_of: Callable[[str, str], str]
    exports: Exports

    def plan(self, arguments: Json, stack: Stack) -> Plan:
        """What a request makes of a stack.

        Raises:
            ServiceError: If CloudFormation would refuse it.
        """
        body = self.body(arguments)
        template = load(body)
        refuse_template(template, self.cloud.region, self.handlers.keys())
        capabilities = arguments.get("Capabilities", [])
        refuse_missing_capabilities(template, capabilities)
        refuse_policies(template)
        _refuse_other_types(template, stack)
        parameters = given_values(arguments, template, stack.parameters)
        resolver = as_of(stack, self.resolver(stack, template, parameters))
        _refuse_broken_rules(template, resolver)
        refuse_cycles(resolver.edges())
        found = changes(stack, resolver, self.handlers, self.cloud.region)
        tags = arguments.get("Tags", stack.tags)
        same = template == stack.template and (parameters, tags) == (stack.parameters, stack.tags)
        is_change = not same or bool(found)
        return Plan(body, template, parameters, tags, capabilities, resolver, found, is_change)

    def resolver(self, stack: Stack, template: Json, parameters: dict[str, str]) -> Resolver:
        """Reads a template of a stack that has no resources."""
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
            cloud = self.cloud.acting_as(stack.role)
            values[name] = resolved(cloud, definition["Type"], parameters[name])
        return Resolver(template, values, {}, self.exports.value, self.output_of, self._zones)

    def body(self, arguments: Json) -> str:
        """The template of a request, which is sent with it or in S3."""
        if "TemplateURL" not in arguments:
            body: str = arguments["TemplateBody"]
            refuse_size(body, inline=True)
            return body
        path = arguments["TemplateURL"].split("?")[0].split("://", 1)[1]
        host, _, key = path.partition("/")
        if host.split(".")[0].split(":")[0] in {"localhost", "s3", "127"}:
            bucket, _, key = key.partition("/")
        else:
            bucket = host.split(".")[0]
        found = self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        body = str(found, "utf-8")
        refuse_size(body, inline=False)
        return body

    def _zones(self) -> list[str]:
        zones = self.cloud.client("ec2").describe_availability_zones()["AvailabilityZones"]
        return [zone["ZoneName"] for zone in zones]


def _refuse_other_types(template: Json, stack: Stack) -> None:
    changed = [
        name
        for name, resource in stack.resources.items()
        if name in template["Resources"] and template["Resources"][name]["Type"] != resource.kind
    ]
    if changed:
        raise invalid(
            "Update of resource type is not permitted. The new template modifies resource type of "
            f"the following resources: [{', '.join(changed)}]"
        )


def _refuse_broken_rules(template: Json, resolver: Resolver) -> None:
    for rule in template.get("Rules", {}).values():
        for assertion in rule["Assertions"]:
            if not resolver.resolve(assertion["Assert"]):
                raise invalid(f"Template error: {assertion['AssertDescription']}")
