"""Custom resources: their Lambda functions are run, and say how it went."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.aws.authorizer import Authorizer
from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ResourceFailure
from tests.aws.front.identity import key_of
from tests.aws.front.wire import Call
from tests.aws.functions import invoke
from tests.aws.permissions import trusts

from .handler import Handler, Request

LIMIT = 4096
"""Bytes of an answer.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""
ANSWER_PATH = "/_custom-resource-answers/"


@dataclass
class Answers:
    """What functions said, by request."""

    _said: dict[str, Json] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, request_id: str, body: bytes) -> None:
        """Notes what a function said."""
        with self._lock:
            self._said[request_id] = json.loads(body)

    def give(self, request_id: str) -> Json | None:
        """What a function said about a request."""
        with self._lock:
            return self._said.pop(request_id, None)


class CustomResource(Handler):
    replaced_by = (("ServiceToken",),)

    def __init__(self, answers: Answers, authorizer: Authorizer) -> None:
        self._answers = answers
        self._authorizer = authorizer

    def create(self, request: Request) -> Made:
        return self._ask(request, "Create")

    def update(self, request: Request, made: Made, old: Json) -> Made:
        return self._ask(
            request,
            "Update",
            PhysicalResourceId=made.physical_id,
            OldResourceProperties=_strings(old),
        )

    def delete(self, request: Request, made: Made) -> None:
        self._ask(request, "Delete", PhysicalResourceId=made.physical_id)

    def _ask(self, request: Request, kind: str, **more: Any) -> Made:
        request_id = str(uuid4())
        event = {
            "RequestType": kind,
            "RequestId": request_id,
            "ResponseURL": f"{request.cloud.endpoint}{ANSWER_PATH}{request_id}",
            "StackId": request.stack_id,
            "LogicalResourceId": request.logical_id,
            "ResourceType": request.kind,
            "ResourceProperties": _strings(request.properties),
            **more,
        }
        function = request["ServiceToken"]
        call = Call("lambda", "Invoke", {"FunctionName": function})
        self._authorizer.authorize(key_of(request.cloud.role), call)
        cloud = request.cloud.acting_as(None)
        configuration = cloud.client("lambda").get_function(FunctionName=function)
        role = configuration["Configuration"]["Role"]
        if not trusts(cloud, role, "lambda.amazonaws.com"):
            raise ResourceFailure("The role defined for the function cannot be assumed by Lambda.")
        log = invoke(cloud, configuration["Configuration"], event)
        answer = self._answers.give(request_id)
        if answer is None:
            raise ResourceFailure(
                f"Custom Resource failed to stabilize: {log[-2000:]}", request.name()
            )
        physical_id = answer.get("PhysicalResourceId") or request.name()
        if len(json.dumps(answer)) > LIMIT:
            raise ResourceFailure("Response object is too long.", physical_id)
        if answer["Status"] != "SUCCESS":
            raise ResourceFailure(
                "Received response status [FAILED] from custom resource. Message returned: "
                f"{answer['Reason']}",
                physical_id,
            )
        if "PhysicalResourceId" not in answer:
            raise ResourceFailure(
                "Vendor response doesn't contain PhysicalResourceId.", physical_id
            )
        return Made(answer["PhysicalResourceId"], answer.get("Data") or {})


def _strings(value: Any) -> Any:
    match value:
        case dict():
            return {name: _strings(item) for name, item in value.items()}
        case list():
            return [_strings(item) for item in value]
        case bool():
            return str(value).lower()
    return str(value)
