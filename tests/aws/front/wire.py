"""What a request on the wire asks of which service, by the models of the services."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

_SIGNED_AS = {"monitoring": "cloudwatch"}
_MODELS = {"aps": "amp", "servicequotas": "service-quotas"}
_WITH_LARGE_BODIES = {"s3"}


@dataclass(frozen=True)
class Call:
    """A request.

    Attributes:
        service: The service, as boto3 names it.
        operation: What it is to do.
        arguments: With what; of S3, only what stands in path and query.
    """

    service: str
    operation: str
    arguments: dict[str, Any]


def service_of(signed_as: str) -> str:
    """The service for which a request is signed."""
    return _SIGNED_AS.get(signed_as, signed_as)


def model_name(service: str) -> str:
    """The name of the model of a service."""
    return _MODELS.get(service, service)


def protocol_of(service: str) -> str:
    """The protocol of a service."""
    return str(get_service_model(model_name(service)).protocol)


def call_of(service: str, environ: dict[str, Any]) -> Call | None:
    """What a request asks of a service; None if the models do not know it."""
    if service in _WITH_LARGE_BODIES:
        request = Request({**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})
    else:
        request = Request(environ)
        environ["wsgi.input"] = BytesIO(request.get_data(parse_form_data=False))
        request = Request({**environ, "wsgi.input": BytesIO(request.get_data())})
    try:
        operation, places = get_service_router(model_name(service)).match(request)
    except (HTTPException, NotImplementedError):
        return None
    if service in _WITH_LARGE_BODIES:
        return Call(service, operation.name, {**request.args.to_dict(), **places})
    model = get_service_model(model_name(service))
    parser = PROTOCOL_PARSERS[determine_request_protocol(model, request.content_type)](operation)
    arguments = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.get_data(),
            "url_path": request.path,
            "url_params": places,
        }
    )
    return Call(service, operation.name, dict(arguments))
