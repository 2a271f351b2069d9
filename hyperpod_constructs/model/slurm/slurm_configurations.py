"""The block of the provisioning form with the configuration of multiple controllers.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Self

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.node_patterns import (
    DATABASE_USER,
    HOST_NAME,
    SECRET_ARN,
    SHARED_DIRECTORY,
    TOPIC_ARN,
)
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.value_class import value_class

from .form_fields import object_field, required_field, text_field

_FIELDS = {
    "slurm_database_secret_arn": (
        SECRET_ARN,
        "arn:aws:secretsmanager:us-west-2:111122223333:secret:slurm-AbCdEf",
    ),
    "slurm_database_endpoint": (HOST_NAME, "slurm.abcdefghijkl.us-west-2.rds.amazonaws.com"),
    "slurm_shared_directory": (SHARED_DIRECTORY, "/fsx"),
    "slurm_database_user": (DATABASE_USER, "admin"),
}
"""Patterns and examples of the required fields."""


@value_class(frozen=True, kw_only=True, slots=True)
class SlurmConfigurations:
    """Configuration shared by multiple controllers (multi-head).

    Attributes:
        slurm_database_secret_arn: ARN of the secret with the password of the database user.
        slurm_database_endpoint: Host name of the accounting database.
        slurm_shared_directory: Directory on a shared file system for the state of slurmctld.
        slurm_database_user: User of the accounting database.
        slurm_sns_arn: ARN of the topic to which failovers are published. None by default.
        extra: Additional keys that the form does not define.
    """

    slurm_database_secret_arn: str
    slurm_database_endpoint: str
    slurm_shared_directory: str
    slurm_database_user: str = "admin"
    slurm_sns_arn: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def from_dict(cls, block: Mapping[str, Any]) -> Self:
        """Reads the block of a form. Keys that the form does not define are added to `extra`.

        Raises:
            ValidationError: `ArgumentType`.
        """
        wrong = list(object_field("slurm_configurations", block))
        if wrong:
            raise ValidationError(wrong)
        rest = dict(block)
        return cls(
            slurm_database_secret_arn=rest.pop("slurm_database_secret_arn", None),
            slurm_database_endpoint=rest.pop("slurm_database_endpoint", None),
            slurm_shared_directory=rest.pop("slurm_shared_directory", None),
            slurm_database_user=rest.pop("slurm_database_user", "admin"),
            slurm_sns_arn=rest.pop("slurm_sns_arn", None),
            extra=rest,
        )

    def to_dict(self) -> dict[str, Any]:
        """The block of the form."""
        topic = {} if self.slurm_sns_arn is None else {"slurm_sns_arn": self.slurm_sns_arn}
        return {
            "slurm_database_secret_arn": self.slurm_database_secret_arn,
            "slurm_database_endpoint": self.slurm_database_endpoint,
            "slurm_shared_directory": self.slurm_shared_directory,
            "slurm_database_user": self.slurm_database_user,
            **topic,
            **self.extra,
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the block."""
        for name, (pattern, example) in _FIELDS.items():
            value = getattr(self, name)
            yield from required_field(f"{path}.{name}", value) or text_field(
                f"{path}.{name}", value, pattern, example
            )
        yield from object_field(f"{path}.extra", self.extra)
        if self.slurm_sns_arn is not None:
            yield from text_field(
                f"{path}.slurm_sns_arn",
                self.slurm_sns_arn,
                TOPIC_ARN,
                "arn:aws:sns:us-west-2:111122223333:failover",
            )
