"""Requests of this process, answered without a connection."""

import traceback
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def answer_with(application: Application) -> Callable[..., AWSResponse]:
    """A handler of the `before-send` event of a client, that gives requests to an application.

    An exception of the application is an answer with status 500, as it is over a connection.
    """

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        content = _bytes(request.body)
        headers = [(name, _text(value)) for name, value in request.headers.items()]
        length = ("Content-Length", str(len(content)))
        url = urlsplit(request.url)
        builder = EnvironBuilder(
            url._replace(scheme="", netloc="").geturl(),
            f"{url.scheme}://{url.netloc}",
            method=request.method,
            headers=[*(each for each in headers if each[0] != length[0]), length],
            input_stream=BytesIO(content),
        )
        try:
            answered, status, given = run_wsgi_app(
                application, builder.get_environ(), buffered=True
            )
        except Exception:  # noqa: BLE001
            return AWSResponse(request.url, 500, {}, MockRawResponse(traceback.format_exc()))
        text = b"".join(answered)
        code = int(status.split()[0])
        return AWSResponse(request.url, code, given.items(), MockRawResponse(text))

    return send


def _bytes(body: Any) -> bytes:
    match body:
        case None:
            return b""
        case str():
            return body.encode()
        case bytes() | bytearray():
            return bytes(body)
        case _:
            content: bytes = body.read()
            return content


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
