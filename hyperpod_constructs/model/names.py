"""Names of clusters, instance groups and Slurm partitions.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-cluster.html
"""

import re
from collections.abc import Iterator

from .problem import Problem, Severity
from .tokens import is_unresolved
from .type_checks import wrong_type
from .value_checks import pattern_problems

MAX_NAME_LENGTH = 63

_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"
_PARTITION_OF_FORM = r"[a-zA-Z0-9][a-zA-Z0-9._-]*"
_MAX_PARTITION_LENGTH = 1024
_MAX_STORED_PARTITION = 255


def cluster_name_problems(value: object) -> Iterator[Problem]:
    """A cluster must have a valid name."""
    yield from name_problems(
        code="ClusterName", path="cluster_name", value=value, otherwise="omit cluster_name"
    )


def name_problems(
    *, code: str, path: str, value: object, otherwise: str = "use a name such as 'gpu'"
) -> Iterator[Problem]:
    """A cluster or an instance group must have a valid name."""
    if not isinstance(value, str):
        yield wrong_type(path, value, "a string")
    elif is_unresolved(value):
        return
    elif not re.fullmatch(_NAME, value) or len(value) > MAX_NAME_LENGTH:
        yield Problem(
            code=code,
            path=path,
            value=value,
            message=f"must be 1 to {MAX_NAME_LENGTH} letters, digits and inner hyphens",
            fix=_suggestion(value, otherwise),
        )


def form_partition_problems(path: str, value: object) -> Iterator[Problem]:
    """A Slurm partition must have a valid name.

    Dots are allowed. Slurm reserves `DEFAULT` for default settings.
    Source: https://slurm.schedmd.com/slurm.conf.html
    """
    if not isinstance(value, str):
        yield wrong_type(path, value, "a string")
        return
    yield from pattern_problems(
        code="PartitionName",
        path=path,
        value=value,
        pattern=_PARTITION_OF_FORM,
        max_length=_MAX_PARTITION_LENGTH,
        message="must be letters, digits, dots, underscores and hyphens, and start with a "
        "letter or digit",
        fix=_suggestion(value),
    )
    yield from _default_partition(path, value)
    yield from _long_partition(path, value)


def partition_problems(path: str, value: str) -> Iterator[Problem]:
    """Validates the name of a Slurm partition in a request: letters, digits and inner hyphens.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterSlurmConfig.html
    """
    yield from pattern_problems(
        code="PartitionName",
        path=path,
        value=value,
        pattern=_NAME,
        max_length=_MAX_PARTITION_LENGTH,
        message="must be letters, digits and inner hyphens",
        fix=_suggestion(value),
    )
    yield from _default_partition(path, value)
    yield from _long_partition(path, value)


def _long_partition(path: str, value: str) -> Iterator[Problem]:
    """Slurm accounting stores up to 255 characters of a partition name.

    slurmdbd stores the partition of a job as `tinytext`. HyperPod supports up to 1024 characters.
    Source: https://dev.mysql.com/doc/refman/8.0/en/storage-requirements.html
    """
    if not is_unresolved(value) and _MAX_STORED_PARTITION < len(value) <= _MAX_PARTITION_LENGTH:
        yield Problem(
            code="PartitionNameLength",
            path=path,
            value=value,
            message=f"has {len(value)} characters, and Slurm accounting stores up to "
            f"{_MAX_STORED_PARTITION}, so jobs of the partition may not be recorded",
            fix="use a shorter name",
            severity=Severity.WARNING,
        )


def _default_partition(path: str, value: str) -> Iterator[Problem]:
    if value.upper() == "DEFAULT":
        yield Problem(
            code="PartitionName",
            path=path,
            value=value,
            message="is reserved by slurm.conf for the defaults of all partitions",
            fix="use another name",
        )


def _suggestion(value: str, otherwise: str = "use a name such as 'gpu'") -> str:
    legal = re.sub(r"[^a-zA-Z0-9]+", "-", value)[:MAX_NAME_LENGTH].strip("-")
    return f"use {legal!r}" if legal else otherwise
