"""Names that only one resource can have.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
"""

from collections.abc import Iterable

from tests.aws.front.errors import ServiceError

from .schema import schema_of
from .stack import Stack, StackResource


def refuse_taken(
    stacks: Iterable[Stack], wanted: StackResource, current: StackResource | None, region: str
) -> None:
    """Refuses a new resource whose name another resource of a stack has."""
    name = identifier(wanted, region)
    if name is None:
        return
    if current is not None and identifier(current, region) == name and current.kind == wanted.kind:
        raise ServiceError(
            "InvalidRequest",
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {name} and update the stack again.",
        )
    for stack in stacks:
        for other in stack.resources.values() if stack.exists else ():
            taken = other is not wanted and other.kind == wanted.kind and other.made.physical_id
            if taken and identifier(other, region) == name:
                raise ServiceError("AlreadyExists", f"{name} already exists in stack {stack.arn}")


def identifier(resource: StackResource, region: str) -> str | None:
    """What the template names a resource, if it does."""
    schema = schema_of(resource.kind, region)
    if schema is None:
        return None
    named = [path for path in schema.identifier if path not in schema.read_only]
    if len(named) < len(schema.identifier):
        name = (f"{resource.kind.rpartition(':')[2]}Name",)
        named = [name] if name in schema.create_only else []
    values = [resource.properties.get(path[0]) for path in named if len(path) == 1]
    known = bool(values) and all(isinstance(value, str) for value in values)
    return "|".join(map(str, values)) if known else None
