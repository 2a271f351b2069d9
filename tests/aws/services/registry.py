"""The operations of services that moto does not have, and their answers."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from werkzeug.wrappers import Response

from tests.aws.front import query
from tests.aws.front.request_validation import validate, validate_answer
from tests.aws.front.wire import Call, model_name, protocol_of

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Operation = Callable[["Cloud", dict[str, Any]], dict[str, Any]]

_OPERATIONS: dict[tuple[str, str], Operation] = {}
_FORGETTING: list[Callable[[], None]] = []


def operation(service: str, name: str) -> Callable[[Operation], Operation]:
    """Registers a function that answers an operation, or raises a ServiceError."""

    def register(function: Operation) -> Operation:
        _OPERATIONS[service, name] = function
        return function

    return register


def forgotten(function: Callable[[], None]) -> Callable[[], None]:
    """Registers a function that empties the account."""
    _FORGETTING.append(function)
    return function


def forget() -> None:
    """Empties the account."""
    for function in _FORGETTING:
        function()


def has_operations(service: str) -> bool:
    """Whether any operation of a service is here."""
    return any(known == service for known, _ in _OPERATIONS)


def answer(cloud: "Cloud", call: Call) -> Response | None:
    """The answer to a request. None if moto answers it.

    Raises:
        ServiceError: If the service refuses.
    """
    function = _OPERATIONS.get((call.service, call.operation))
    if function is None:
        return None
    service = model_name(call.service)
    validate(service, call.operation, call.arguments)
    found = function(cloud, call.arguments)
    validate_answer(service, call.operation, found)
    if protocol_of(call.service) == "query":
        body = query.answer(call.operation, found, str(uuid4()))
        return Response(body, content_type="text/xml")
    text = json.dumps(found, default=lambda moment: moment.timestamp())
    return Response(text, content_type="application/x-amz-json-1.1")
