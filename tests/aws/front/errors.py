"""How the emulator refuses: in the words of the service it stands for."""


class ServiceError(Exception):
    """An answer of a service other than success.

    Attributes:
        code: Error code of the service.
        message: What the service says.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ResourceFailure(Exception):  # noqa: N818
    """Why CloudFormation could not create, update or delete a resource.

    Attributes:
        physical_id: What the resource is called that could not be created, if anything is there.
    """

    def __init__(self, message: str, physical_id: str = "") -> None:
        super().__init__(message)
        self.physical_id = physical_id


def invalid(message: str) -> ServiceError:
    """The answer to a request that CloudFormation finds wrong."""
    return ServiceError("ValidationError", message)
