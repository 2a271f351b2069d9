"""Requests of checks, each sent once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .account import Account
from .errors import OperationError, one_line_errors

_ABSENT = ("NotFound", "NoSuch", "ResourceNotFound")


class Caller(NamedTuple):
    """Who calls.

    Attributes:
        partition: The partition.
        account: ID of the account.
        region: The Region.
    """

    partition: str
    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of the account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass
class Reads:
    """Answers of services.

    Attributes:
        account: The account and Region.
    """

    account: Account
    _clients: dict[str, Any] = field(default_factory=dict)
    _answers: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def caller(self) -> Caller:
        """Who calls.

        Raises:
            OperationError: If there are no credentials.
        """
        arn = self.get("sts", "get_caller_identity")["Arn"]
        _, partition, _, _, account, _ = arn.split(":", 5)
        return Caller(partition, account, self.account.region_name)

    def get(self, service: str, operation: str, **arguments: Any) -> Any:
        """The answer of an operation.

        Raises:
            OperationError: If the operation fails.
        """
        key = json.dumps([service, operation, arguments], default=str)
        if key not in self._answers:
            if service not in self._clients:
                self._clients[service] = self.account.client(service)
            client = self._clients[service]
            with one_line_errors():
                if client.can_paginate(operation):
                    pages = client.get_paginator(operation).paginate(**arguments)
                    self._answers[key] = pages.build_full_result()
                else:
                    self._answers[key] = getattr(client, operation)(**arguments)
        return self._answers[key]

    def find(self, service: str, operation: str, **arguments: Any) -> Any:
        """Same as `get`; None if the resource does not exist."""
        try:
            return self.get(service, operation, **arguments)
        except OperationError as error:
            if any(word in error.service_code for word in _ABSENT) or error.service_code == "404":
                return None
            raise

    def described(self, operation: str, member: str, name: str, values: Sequence[str]) -> Any:
        """Resources of EC2 that a filter selects; those that do not exist are not among them."""
        if not values:
            return []
        filters = [{"Name": name, "Values": sorted(set(values))}]
        return self.get("ec2", operation, Filters=filters)[member]

    def subnets(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Subnets by ID."""
        found = self.described("describe_subnets", "Subnets", "subnet-id", ids)
        return {each["SubnetId"]: each for each in found}

    def security_groups(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Security groups by ID."""
        found = self.described("describe_security_groups", "SecurityGroups", "group-id", ids)
        return {each["GroupId"]: each for each in found}
