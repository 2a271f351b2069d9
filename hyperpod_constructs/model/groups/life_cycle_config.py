"""What the nodes of one group run when they are created, in one of three modes.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterLifeCycleConfig.html
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True, slots=True)
class LifeCycleConfig:
    """The scripts of a group; made with `on_creation`, `after_initialization` or `none`.

    Attributes:
        on_create: File that takes the place of the machine image's own configuration.
        on_init_complete: File that runs after the machine image has configured the node.
        source_s3_uri: Where the file lies, such as `s3://bucket/prefix`. Where the scripts of the
            cluster lie when left out.
    """

    on_create: str | None = None
    on_init_complete: str | None = None
    source_s3_uri: str | None = None

    @classmethod
    def on_creation(cls, file: str = "on_create.sh", *, source_s3_uri: str | None = None) -> Self:
        """A script that prepares the node wholly: Slurm, file systems and all.

        Args:
            file: File that a node runs.
            source_s3_uri: As for the class.
        """
        return cls(on_create=file, source_s3_uri=source_s3_uri)

    @classmethod
    def after_initialization(cls, file: str, *, source_s3_uri: str | None = None) -> Self:
        """A script that adds to a node which the machine image has prepared.

        For Slurm clusters whose topology stands in the request (`ApiDrivenSlurm`).

        Args:
            file: File that a node runs.
            source_s3_uri: As for the class.
        """
        return cls(on_init_complete=file, source_s3_uri=source_s3_uri)

    @classmethod
    def none(cls) -> Self:
        """No script: the machine image prepares the node.

        For Slurm clusters whose topology stands in the request (`ApiDrivenSlurm`).
        """
        return cls()

    @property
    def is_none(self) -> bool:
        """Whether the machine image prepares the node alone."""
        return self == LifeCycleConfig()
