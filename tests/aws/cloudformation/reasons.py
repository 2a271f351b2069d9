"""What CloudFormation says of a resource that failed."""

from uuid import uuid4

from botocore.exceptions import ClientError, ParamValidationError

from tests.aws.faults import Faults
from tests.aws.front.errors import ResourceFailure, ServiceError


def reason_of(error: Exception, faults: Faults) -> str:
    """The reason of a failure; an exception that is no answer of a service is a fault."""
    match error:
        case ClientError():
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        case ServiceError():
            code, message = error.code, error.message
        case ParamValidationError():
            code, message = "InvalidRequest", str(error)
        case ResourceFailure():
            return str(error)
        case _:
            return faults.note(error)
    return (
        f'Resource handler returned message: "{message}" '
        f"(RequestToken: {uuid4()}, HandlerErrorCode: {code})"
    )
