"""Files with credentials among the lifecycle scripts.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from .problem import Problem, Severity
from .script_walk import ScriptFile

_NAME = (
    r"\.env(\..+)?|\.netrc|\.pgpass|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)|.+\.(p12|pfx|jks)"
)
_EXAMPLES = frozenset({".example", ".sample", ".template"})
_FOLDERS = frozenset({".aws", ".ssh", ".gnupg"})
_CONTENT = rb"(?i)-----BEGIN [A-Z ]*PRIVATE KEY|aws_secret_access_key\s*[=:]\s*\S"


def secret_file_problems(argument: str, name: str, file: ScriptFile) -> Iterator[Problem]:
    """Files are stored in a bucket that keeps all versions, and every node reads them."""
    path = PurePosixPath(name)
    if (
        (re.fullmatch(_NAME, path.name) and path.suffix not in _EXAMPLES)
        or _FOLDERS & set(path.parts[:-1])
        or re.search(_CONTENT, file.head)
    ):
        yield Problem(
            code="SecretInScripts",
            path=argument,
            value=file.path.as_posix(),
            message="is likely a secret, and would be stored in the versioned bucket, which every "
            "node reads",
            fix="remove it, and read the secret from Secrets Manager in a script",
            severity=Severity.WARNING,
        )
