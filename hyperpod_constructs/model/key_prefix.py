"""Key prefixes of objects in a bucket.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
"""

import re
from collections.abc import Iterator

from .problem import Problem
from .tokens import is_unresolved
from .type_checks import wrong_type

DEFAULT_PREFIX = "lifecycle-scripts"
_PREFIX = r"[A-Za-z0-9/._-]{0,60}"
_URI = r"(?:s3://|https?://)[^/]*|arn:aws[a-z-]*:s3:::[^/]*"


def key_prefix_problems(path: str, prefix: object) -> Iterator[Problem]:
    """A key prefix is a path within its bucket, of up to 60 characters."""
    if not isinstance(prefix, str):
        yield wrong_type(path, prefix, "a string")
    elif is_unresolved(prefix):
        return
    elif not re.fullmatch(_PREFIX, prefix) or {".", ".."} & set(prefix.split("/")):
        yield Problem(
            code="LifecyclePrefix",
            path=path,
            value=prefix,
            message="must be a path within the bucket, of up to 60 letters, digits, slashes, dots, "
            "underscores and hyphens, without '.' and '..'",
            fix=f"use {_legal(prefix)!r}",
        )


def _legal(prefix: str) -> str:
    words = re.findall(r"[A-Za-z0-9._-]+", re.sub(_URI, "", prefix))
    return "/".join(word for word in words if word.strip("."))[:60].strip("/") or DEFAULT_PREFIX
