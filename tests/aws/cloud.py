"""The account and region that the emulator is, and clients of its services."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from .front.identity import key_of
from .front.in_process import Application, answer_with


@dataclass(frozen=True)
class Cloud:
    """The account and region of the emulator.

    Attributes:
        endpoint: Where every service listens.
        region: The region.
        account: The account.
        application: What answers the requests of this process.
        role: ARN of the role that calls; the administrator by default.
    """

    endpoint: str
    region: str
    account: str
    application: Application
    role: str | None = None

    def acting_as(self, role: str | None) -> "Cloud":
        """The same account and region for a role."""
        return replace(self, role=role)

    def client(self, service: str) -> Any:
        """A client of a service, whose requests do not leave the process."""
        return _client(service, self)


@cache
def _client(service: str, cloud: Cloud) -> Any:
    client = boto3.client(
        service,
        endpoint_url=cloud.endpoint,
        region_name=cloud.region,
        aws_access_key_id=key_of(cloud.role),
        aws_secret_access_key="emulator",
        config=Config(
            retries={"total_max_attempts": 1}, parameter_validation=True, user_agent="emulator"
        ),
    )
    send: Callable[..., Any] = answer_with(cloud.application)
    client.meta.events.register("before-send", send)
    return client
