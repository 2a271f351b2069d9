"""Buckets mounted on every node with Mountpoint for Amazon S3.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mountpoint.html
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hyperpod_constructs.model.node_patterns import BUCKET, S3_MOUNT_PATH, S3_PREFIX
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_checks import text_problems
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3

_FOLDER = r"(/[A-Za-z0-9_.-]+)+"
_PREFIX = rf"(?:{S3_PREFIX})?"
_EXAMPLE = "/mnt/data"


@value_class(frozen=True, kw_only=True, slots=True)
class S3Mount:
    """A bucket, or a prefix in it, mounted as a directory of every node.

    Nodes download Mountpoint for Amazon S3 when they are created. They require access to the
    internet. They see objects created by other nodes, and cannot change or delete objects.

    Attributes:
        bucket: Bucket to mount. The roles of all nodes are granted access to its objects under
            `prefix`.
        path: Directory at which nodes mount the bucket.
        prefix: Key prefix, such as `datasets/`. Defaults to the whole bucket.
        read_only: Whether nodes cannot create objects. Defaults to True.
    """

    bucket: "s3.IBucket"
    path: str
    prefix: str = ""
    read_only: bool = True

    @property
    def key_prefix(self) -> str:
        """The prefix in the format of Mountpoint: empty, or with a trailing slash."""
        if not self.prefix or is_unresolved(self.prefix):
            return self.prefix
        return f"{self.prefix.rstrip('/')}/"

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read."""
        prefix = {"prefix": self.key_prefix} if self.prefix else {}
        return {
            "bucket": self.bucket.bucket_name,
            "path": self.path,
            **prefix,
            "read_only": self.read_only,
            "region": self.bucket.env.region,
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """A mount requires a bucket, an absolute path and a valid prefix."""
        if not hasattr(self.bucket, "bucket_arn"):
            yield wrong_type(
                f"{path}.bucket", self.bucket, "a bucket, such as s3.Bucket.from_bucket_name(...)"
            )
        else:
            yield from text_problems(
                f"{path}.bucket",
                self.bucket.bucket_name,
                code="S3MountBucket",
                pattern=BUCKET,
                message="is not a valid bucket name",
                example="my-datasets",
            )
        yield from self._path_problems(f"{path}.path")
        yield from text_problems(
            f"{path}.prefix",
            self.prefix,
            code="S3MountPrefix",
            pattern=_PREFIX,
            message="must be letters, digits, spaces, slashes and any of _.=@+-, and cannot start "
            "with a slash or space or have '.' or '..' between slashes",
            example="datasets/",
        )
        if not isinstance(self.read_only, bool):
            yield wrong_type(f"{path}.read_only", self.read_only, "True or False")

    def _path_problems(self, path: str) -> Iterator[Problem]:
        """A bucket is mounted at an absolute path that the system and other mounts do not use."""
        wrong = tuple(
            text_problems(
                path,
                self.path,
                code="S3MountPath",
                pattern=_FOLDER,
                message="must be an absolute path of letters, digits and any of _.-",
                example=_EXAMPLE,
            )
        )
        yield from wrong
        if wrong or is_unresolved(self.path):
            return
        if not re.fullmatch(S3_MOUNT_PATH, self.path):
            yield Problem(
                code="S3MountPath",
                path=path,
                value=self.path,
                message="is reserved for other files of the node, which the mount would hide, or for "
                "directories that users can replace",
                fix=f"use a separate directory such as {_EXAMPLE!r}",
            )
