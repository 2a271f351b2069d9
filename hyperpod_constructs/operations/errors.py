"""Why an operation on a cluster fails, in one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hyperpod_constructs.model.command_error import CommandError, ErrorCode

_ACTION = re.compile(r"not authorized to perform:? (\S+:\w+)")
NO_REGION = "no Region: specify --region, or set AWS_REGION"
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class OperationError(CommandError):
    """Raised for an operation that fails. The text is one line.

    Attributes:
        service_code: Error code of the service, if a service refused a request.
        denied_action: IAM action that is not allowed, if that is why.
    """

    def __init__(
        self,
        code: ErrorCode | None,
        text: str,
        *,
        service_code: str = "",
        denied_action: str = "",
    ) -> None:
        self.service_code = service_code
        self.denied_action = denied_action
        super().__init__(code, text)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Raises the errors of boto3 as `OperationError`."""
    from botocore.exceptions import (  # noqa: PLC0415 - imported with boto3 only
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        NoRegionError,
        ParamValidationError,
        ProfileNotFound,
    )
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise _service_error(error.operation_name, error.response) from error
    except NoCredentialsError as error:
        raise OperationError(
            ErrorCode.CREDENTIALS_MISSING,
            "no AWS credentials: specify --profile, or configure credentials with aws configure",
        ) from error
    except ProfileNotFound as error:
        raise OperationError(ErrorCode.CREDENTIALS_MISSING, _line(str(error))) from error
    except ParamValidationError as error:
        raise OperationError(ErrorCode.ARGUMENT_INVALID, _line(str(error))) from error
    except NoRegionError as error:
        raise OperationError(ErrorCode.REGION_MISSING, NO_REGION) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise OperationError(ErrorCode.CONNECTION_FAILED, _line(str(error))) from error


def _service_error(operation: str, response: Any) -> OperationError:
    code = response["Error"].get("Code", "unknown error")
    message = _line(response["Error"].get("Message", ""))
    if code not in _DENIED:
        return OperationError(
            ErrorCode.SERVICE_REFUSAL, f"{operation}: {code}: {message}", service_code=code
        )
    found = _ACTION.search(message)
    action = found[1] if found else operation
    return OperationError(
        ErrorCode.ACCESS_DENIED,
        f"{operation}: {code}: the IAM action {action} is not allowed ({message}); --policy prints "
        "the policy that this command requires",
        service_code=code,
        denied_action=action,
    )


def _line(text: str) -> str:
    return " ".join(text.split())
