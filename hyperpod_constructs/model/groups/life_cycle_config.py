"""The lifecycle scripts of one group.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterLifeCycleConfig.html
"""

from typing import Self

from hyperpod_constructs.model.problem import ValidationError
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_class import value_class


@value_class(frozen=True, kw_only=True, slots=True)
class LifeCycleConfig:
    """Lifecycle scripts of a group, created with `on_creation`, `after_initialization` or `none`.

    Attributes:
        on_create: Script that replaces the configuration by the AMI.
        on_init_complete: Script that runs after the configuration by the AMI.
        source_s3_uri: S3 URI of the scripts, such as `s3://bucket/prefix`. Defaults to that of the
            cluster's scripts.
    """

    on_create: str | None = None
    on_init_complete: str | None = None
    source_s3_uri: str | None = None

    @classmethod
    def on_creation(cls, file: str = "on_create.sh", *, source_s3_uri: str | None = None) -> Self:
        """Runs a script that configures the whole node, including Slurm and file systems.

        Args:
            file: File name of the script. Defaults to `on_create.sh`.
            source_s3_uri: S3 URI of the scripts, such as `s3://bucket/prefix`. Defaults to that of
                the cluster's scripts.

        Raises:
            ValidationError: `ArgumentType`.
        """
        _check_file("on_creation", file)
        return cls(on_create=file, source_s3_uri=source_s3_uri)

    @classmethod
    def after_initialization(cls, file: str, *, source_s3_uri: str | None = None) -> Self:
        """Runs a script after the AMI has configured the node. Requires `ApiDrivenSlurm`.

        Args:
            file: File name of the script.
            source_s3_uri: S3 URI of the scripts, such as `s3://bucket/prefix`. Defaults to that of
                the cluster's scripts.

        Raises:
            ValidationError: `ArgumentType`.
        """
        _check_file("after_initialization", file)
        return cls(on_init_complete=file, source_s3_uri=source_s3_uri)

    @classmethod
    def none(cls) -> Self:
        """Runs no script: the AMI configures the node. Requires `ApiDrivenSlurm`."""
        return cls()

    @property
    def is_none(self) -> bool:
        """Whether the AMI configures the node without a script."""
        return self == LifeCycleConfig()


def _check_file(method: str, file: object) -> None:
    if not isinstance(file, str):
        raise ValidationError(
            [wrong_type(f"LifeCycleConfig.{method}.file", file, "the file name of a script")]
        )
