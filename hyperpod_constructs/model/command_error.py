"""Errors of commands, each with a stable code."""

from enum import StrEnum
from typing import Self


class ErrorCode(StrEnum):
    """A stable code of an error; part of the public API.

    Attributes:
        meaning: What is wrong, for people who look up the code.
    """

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    ACCESS_DENIED = (
        "AccessDenied",
        "An IAM action is not allowed. --policy prints the policy of the command.",
    )
    ARGUMENT_INVALID = (
        "ArgumentInvalid",
        "An argument is missing or invalid, or cannot be combined with another one.",
    )
    CLUSTER_INVALID = (
        "ClusterInvalid",
        "A cluster of a file has errors, which check reports.",
    )
    CODE_UNKNOWN = ("CodeUnknown", "There is no such code of a rule, a check or an error.")
    CONFIRMATION_MISSING = (
        "ConfirmationMissing",
        "There is no terminal to ask for confirmation. Specify --yes.",
    )
    CONNECTION_FAILED = (
        "ConnectionFailed",
        "An AWS service cannot be reached, or its answer cannot be read.",
    )
    CREDENTIALS_MISSING = (
        "CredentialsMissing",
        "There are no AWS credentials, or no profile of that name.",
    )
    EXTRA_MISSING = (
        "ExtraMissing",
        "The command requires a Python package that is not installed, which the message names.",
    )
    FILE_CONTENT = (
        "FileContent",
        "A file can be read, but does not contain what the command requires, such as one cluster.",
    )
    FILE_UNREADABLE = (
        "FileUnreadable",
        "A file does not exist, or is neither valid JSON nor valid YAML.",
    )
    FILE_UNWRITABLE = ("FileUnwritable", "A file cannot be written, or already exists.")
    GROUP_UNKNOWN = ("GroupUnknown", "The cluster or the file has no such instance group.")
    LOG_MISSING = (
        "LogMissing",
        "The log stream of the node does not exist, or not yet. --follow waits for it.",
    )
    NODE_UNKNOWN = ("NodeUnknown", "The cluster has no such node. nodes lists them.")
    PLUGIN_MISSING = (
        "PluginMissing",
        "The command requires session-manager-plugin of AWS, which is not in PATH.",
    )
    PRICES_MISSING = (
        "PricesMissing",
        "The price file of AWS can be neither downloaded nor read.",
    )
    REGION_MISSING = (
        "RegionMissing",
        "There is no Region. Specify --region, or set AWS_REGION.",
    )
    SERVICE_REFUSAL = (
        "ServiceRefusal",
        "An AWS service refuses a request; the message contains its error code.",
    )
    WAIT_TIMEOUT = (
        "WaitTimeout",
        "The nodes did not become what was requested within --timeout. The request continues.",
    )


class CommandError(Exception):
    """Raised for a command that cannot continue.

    Attributes:
        code: Its code. None if each line of the text has one.
    """

    def __init__(self, code: ErrorCode | None, text: str) -> None:
        self.code = code
        super().__init__(text)

    @property
    def with_code(self) -> str:
        """The text with its code."""
        return f"{self}" if self.code is None else f"{self} ({self.code})"
