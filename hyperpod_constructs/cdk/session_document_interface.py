"""The interface of session documents."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


class ISessionDocument(Protocol):
    """A document of Session Manager sessions."""

    @property
    def document_arn(self) -> str:
        """ARN of the document."""

    @property
    def key(self) -> "kms.IKey | None":
        """Key that encrypts the data of sessions, if any."""
