"""Properties as the schema of their type has them, and which of their changes replace a resource."""

from tests.aws.front.errors import ResourceFailure
from tests.aws.types.handler import Handler

from .schema import schema_of
from .template import Json


def coerced(kind: str, region: str, properties: Json) -> Json:
    """Properties with the types of their schema."""
    schema = schema_of(kind, region)
    return properties if schema is None else schema.coerced(properties)


def refuse_properties(name: str, kind: str, region: str, properties: Json) -> None:
    """Refuses properties that do not obey the schema."""
    schema = schema_of(kind, region)
    problems = [] if schema is None else schema.problems(properties)
    if problems:
        raise ResourceFailure(
            f"Properties validation failed for resource {name} with message:\n"
            f"[{', '.join(problems)}]"
        )


def is_replaced(handler: Handler, kind: str, region: str, old: Json, new: Json) -> bool:
    """Whether a change creates a new resource."""
    schema = schema_of(kind, region)
    return handler.replaces(old, new) or (schema is not None and schema.replaces(old, new))
