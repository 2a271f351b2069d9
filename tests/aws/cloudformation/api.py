"""CloudFormation, as the CDK CLI talks to it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from tests.aws.cloud import Cloud
from tests.aws.faults import Faults
from tests.aws.front.errors import ServiceError, invalid
from tests.aws.permissions import trusts
from tests.aws.types.handler import Handler

from .change_set import ChangeSet
from .descriptions import description, summaries
from .exports import Exports
from .nested import NestedStack
from .operation import Operation
from .order import Order
from .planning import Plan, Planner
from .stack import Stack
from .states import (
    refuse_continuation,
    refuse_deletion,
    refuse_stale,
    refuse_update,
    settled_after_fault,
)
from .template import NESTED, Json, Resolver, load

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
        faults: Takes what is no answer of AWS.
        order: In which order they are made and deleted.
        stacks: The stacks, deleted ones too, oldest first.
    """

    cloud: Cloud
    handlers: dict[str, Handler]
    faults: Faults = field(default_factory=Faults)
    order: Order = field(default_factory=Order)
    stacks: list[Stack] = field(default_factory=list)
    _change_sets: dict[str, ChangeSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers[NESTED] = NestedStack(self.call, self.stacks)

    def forget(self) -> None:
        """Forgets every stack, whatever becomes of its resources, and takes the default order."""
        self.stacks.clear()
        self._change_sets.clear()
        self.order = Order()

    def call(self, action: str, arguments: Json, caller: str | None) -> Json:
        """Does what a request asks.

        Args:
            action: The operation.
            arguments: Its arguments.
            caller: ARN of the role that calls; None for the administrator.

        Raises:
            ServiceError: With the answer, if it is not success.
        """
        method: Callable[[Json], Json] | None = getattr(self, f"_do_{action}", None)
        if method is None:
            raise ServiceError("InvalidAction", f"the emulator does not know {action}")
        return method({**arguments, "Caller": caller})

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
        if "ChangeSetName" in arguments:
            return {"OperationEvents": self._change_set(arguments).events()}
        return {"OperationEvents": self._stack(arguments["StackName"], deleted=True).events[::-1]}

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
            return {"TemplateBody": self._change_set(arguments).plan.body}
        return {"TemplateBody": self._stack(arguments["StackName"]).body}

    def _do_GetTemplateSummary(self, arguments: Json) -> Json:  # noqa: N802
        if "StackName" in arguments:
            template = self._stack(arguments["StackName"]).template
        else:
            template = load(self._planner.body(arguments))
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
        return {"Exports": list(self._exports.all())}

    def _do_CreateChangeSet(self, arguments: Json) -> Json:  # noqa: N802
        kind = arguments.get("ChangeSetType", "UPDATE")
        stack = self._find(arguments["StackName"])
        if kind == "CREATE":
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise invalid(f"Stack [{stack.name}] already exists and cannot be created again")
        elif stack is None:
            raise invalid(f"Stack [{arguments['StackName']}] does not exist")
        else:
            refuse_update(stack)
        stack = stack or Stack(arguments["StackName"], self._arn("stack", arguments["StackName"]))
        self._take_role(stack, arguments)
        plan = self._planner.plan(arguments, stack)
        if stack not in self.stacks:
            self.stacks.append(stack)
        name = arguments["ChangeSetName"]
        change_set = ChangeSet(
            name,
            self._arn("changeSet", name),
            kind,
            stack,
            stack.version,
            plan,
            plan.early_problems(self.cloud.region),
        )
        self._change_sets[change_set.arn] = change_set
        return {"Id": change_set.arn, "StackId": stack.arn}

    def _do_DescribeChangeSet(self, arguments: Json) -> Json:  # noqa: N802
        return self._change_set(arguments).description()

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
        if change_set.version != stack.version:
            raise refuse_stale(stack)
        if change_set.reason is not None:
            raise ServiceError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.arn}] cannot be executed in its current status of [FAILED]",
            )
        self._start(stack, change_set.kind, change_set.plan)
        del self._change_sets[change_set.arn]
        return {}

    def _do_CreateStack(self, arguments: Json) -> Json:  # noqa: N802
        name = arguments["StackName"]
        if self._find(name) is not None:
            raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = Stack(name, self._arn("stack", name))
        self._take_role(stack, arguments)
        plan = self._planner.plan(arguments, stack)
        self.stacks.append(stack)
        self._start(stack, "CREATE", plan)
        return {"StackId": stack.arn}

    def _do_UpdateStack(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        refuse_update(stack)
        self._take_role(stack, arguments)
        plan = self._planner.plan(arguments, stack)
        if not plan.is_change:
            raise invalid("No updates are to be performed.")
        self._start(stack, "UPDATE", plan)
        return {"StackId": stack.arn}

    def _do_DeleteStack(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._find(arguments["StackName"])
        if stack is None:
            return {}
        if stack.protected:
            raise invalid(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        refuse_deletion(stack)
        self._take_role(stack, arguments)
        self._exports.refuse_deletion(stack)
        operation = self._operation(stack)
        stack.status = "DELETE_IN_PROGRESS"
        self._in_background(stack, operation.delete)
        return {}

    def _do_ContinueUpdateRollback(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        refuse_continuation(stack)
        resume, skipped = stack.resume, arguments.get("ResourcesToSkip", [])
        assert resume is not None
        stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        self._in_background(stack, lambda: resume(skipped))
        return {}

    def _do_UpdateTerminationProtection(self, arguments: Json) -> Json:  # noqa: N802
        stack = self._stack(arguments["StackName"])
        stack.protected = arguments["EnableTerminationProtection"] == "true"
        return {"StackId": stack.arn}

    def _start(self, stack: Stack, kind: str, plan: Plan) -> None:
        operation = self._operation(stack)
        stack.version += 1

        def commit() -> None:
            stack.template, stack.body, stack.parameters = plan.template, plan.body, plan.parameters
            stack.tags, stack.capabilities = plan.tags, plan.capabilities

        stack.status = f"{kind}_IN_PROGRESS"
        if kind == "CREATE":
            commit()
            self._in_background(stack, lambda: operation.create(plan.resolver))
        else:
            self._in_background(stack, lambda: operation.update(plan.resolver, commit))

    def _in_background(self, stack: Stack, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001
                stack.set_status(settled_after_fault(stack.status), self.faults.note(error))

        threading.Thread(target=run, daemon=True).start()

    def _operation(self, stack: Stack) -> Operation:
        return Operation(
            stack,
            self.cloud.acting_as(stack.role),
            self.handlers,
            self.order,
            self.faults,
            self._exports,
        )

    def _take_role(self, stack: Stack, arguments: Json) -> None:
        given = arguments.get("RoleARN")
        if given is not None and not trusts(self.cloud, given, "cloudformation.amazonaws.com"):
            raise invalid(f"Role {given} is invalid or cannot be assumed")
        stack.role = given or stack.role or arguments["Caller"]

    @property
    def _planner(self) -> Planner:
        return Planner(self.cloud, self.handlers, self._output, self._exports)

    @property
    def _exports(self) -> Exports:
        def resolver(stack: Stack) -> Resolver:
            return self._planner.resolver(stack, stack.template, stack.parameters)

        return Exports(self.stacks, resolver)

    def _output(self, stack_name: str, name: str) -> str:
        for output in self._stack(stack_name).outputs:
            if output["OutputKey"] == name:
                return str(output["OutputValue"])
        raise invalid(f"Stack {stack_name} has no output {name}")

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
