"""Why an operation on a cluster fails, in one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ACTION = re.compile(r"not authorized to perform:? (\S+:\w+)")
NO_REGION = "no Region: specify --region, or set AWS_REGION"
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class OperationError(Exception):
    """Raised for an operation that fails. The text is one line.

    Attributes:
        code: Error code of the service, if a service refused a request.
        denied_action: IAM action that is not allowed, if that is why.
    """

    def __init__(self, text: str, *, code: str = "", denied_action: str = "") -> None:
        self.code = code
        self.denied_action = denied_action
        super().__init__(text)


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
        raise _service_error(error.operation_name, error.response) from error
    except NoCredentialsError as error:
        raise OperationError(
            "no AWS credentials: specify --profile, or configure credentials with aws configure"
        ) from error
    except NoRegionError as error:
        raise OperationError(NO_REGION) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise OperationError(_line(str(error))) from error


def _service_error(operation: str, response: Any) -> OperationError:
    code = response["Error"].get("Code", "unknown error")
    message = _line(response["Error"].get("Message", ""))
    if code not in _DENIED:
        return OperationError(f"{operation}: {code}: {message}", code=code)
    found = _ACTION.search(message)
    action = found[1] if found else operation
    return OperationError(
        f"{operation}: {code}: the IAM action {action} is not allowed ({message}); --policy prints "
        "the policy that this command requires",
        code=code,
        denied_action=action,
    )


def _line(text: str) -> str:
    return " ".join(text.split())
