"""Where resources are."""

from typing import NamedTuple


class Environment(NamedTuple):
    """Partition, account and Region of a stack, each a text or a token."""

    partition: str
    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of the environment."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
