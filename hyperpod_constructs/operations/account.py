"""The account and Region of an operation, and clients of its services."""

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.region import is_region

from .errors import NO_REGION, OperationError, one_line_errors

_INSTALL = 'python -m pip install "hyperpod-constructs[operate]"'
_ARN_PARTS = 6


@dataclass(frozen=True)
class Account:
    """An account and Region.

    Attributes:
        profile: Profile of the AWS configuration. None for the default credentials.
        region: Region. None for that of the profile or of the environment.
    """

    profile: str | None = None
    region: str | None = None

    def client(self, service: str) -> Any:
        """A client of a service, which retries throttled requests.

        Raises:
            OperationError: If boto3 is not installed, or there is no profile or Region.
        """
        session = self._session
        if session.region_name == "":
            raise OperationError(ErrorCode.REGION_MISSING, NO_REGION)
        if session.region_name is not None:
            _verify(session.region_name)
        from botocore.config import Config  # noqa: PLC0415 - imported with boto3 only

        with one_line_errors():
            return session.client(
                service, config=Config(retries={"mode": "adaptive", "max_attempts": 8})
            )

    @cached_property
    def region_name(self) -> str:
        """The Region.

        Raises:
            OperationError: If there is none.
        """
        found = self.region
        if found is None and self.profile is None:
            found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not found:
            with suppress(OperationError):
                found = self._session.region_name
        if not found:
            raise OperationError(ErrorCode.REGION_MISSING, NO_REGION)
        _verify(found)
        return found

    @cached_property
    def _session(self) -> Any:
        try:
            import boto3  # noqa: PLC0415 - an extra, which other commands do not require
        except ImportError as error:
            raise OperationError(
                ErrorCode.EXTRA_MISSING, f"requires boto3; install it: {_INSTALL}"
            ) from error
        with one_line_errors():
            return boto3.Session(profile_name=self.profile, region_name=self.region)


def _verify(region: str) -> None:
    """Refuses a Region of an ARN, a profile or the environment that is none."""
    if not is_region(region):
        raise OperationError(
            ErrorCode.ARGUMENT_INVALID,
            f"{region!r}: is not a Region such as us-west-2; specify --region, or set AWS_REGION",
        )


def account_of(cluster: str | None, *, profile: str | None, region: str | None) -> Account:
    """The account of a cluster, if any, in the Region of its ARN unless another one is specified."""
    parts = (cluster or "").split(":")
    return Account(profile, region or (parts[3] if len(parts) == _ARN_PARTS else None))
