"""Why an operation on a cluster fails, in one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ACTION = re.compile(r"not authorized to perform:? (\S+:\w+)")
NO_REGION = "no Region: specify --region, or set AWS_REGION"
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class OperationError(Exception):
    """Raised for an operation that fails. The text is one line."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Raises the errors of boto3 as `OperationError`."""
    from botocore.exceptions import (  # noqa: PLC0415 - imported with boto3 only
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        NoRegionError,
    )
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise OperationError(_service_error(error.operation_name, error.response)) from error
    except NoCredentialsError as error:
        raise OperationError(
            "no AWS credentials: specify --profile, or configure credentials with aws configure"
        ) from error
    except NoRegionError as error:
        raise OperationError(NO_REGION) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise OperationError(_line(str(error))) from error


def _service_error(operation: str, response: Any) -> str:
    code = response["Error"].get("Code", "unknown error")
    message = _line(response["Error"].get("Message", ""))
    if code not in _DENIED:
        return f"{operation}: {code}: {message}"
    found = _ACTION.search(message)
    action = found[1] if found else operation
    return (
        f"{operation}: {code}: the IAM action {action} is not allowed ({message}); --policy prints "
        "the policy that this command requires"
    )


def _line(text: str) -> str:
    return " ".join(text.split())
