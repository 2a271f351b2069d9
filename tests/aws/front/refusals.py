"""Errors of services in the protocol of the service."""

import json
from uuid import uuid4

from werkzeug.wrappers import Response

from . import query
from .errors import ServiceError
from .wire import protocol_of


def refusal(service: str, error: ServiceError, status: int = 400) -> Response:
    """The answer of a service that refuses."""
    request_id = str(uuid4())
    match protocol_of(service):
        case "query":
            body = query.error(error.code, error.message, request_id)
            return Response(body, status, content_type="text/xml")
        case "ec2":
            body = query.ec2_error(error.code, error.message, request_id)
            return Response(body, status, content_type="text/xml")
        case "rest-xml":
            body = query.s3_error(error.code, error.message, request_id)
            return Response(body, status, content_type="application/xml")
    body = json.dumps({"__type": error.code, "message": error.message}).encode()
    headers = {"x-amzn-errortype": error.code}
    return Response(body, status, headers, content_type="application/x-amz-json-1.1")
