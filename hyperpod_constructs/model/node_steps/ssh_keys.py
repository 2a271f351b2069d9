"""SSH public keys in the format of `authorized_keys`.

Source: https://man.openbsd.org/sshd.8#AUTHORIZED_KEYS_FILE_FORMAT
"""

import base64
import binascii
import re
from collections.abc import Iterator

from hyperpod_constructs.model.node_patterns import PUBLIC_KEY
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type

_SHOWN = 40


def ssh_key_problems(path: str, value: object) -> Iterator[Problem]:
    """An SSH key must be a public key in the format of `authorized_keys`."""
    if not isinstance(value, str):
        yield wrong_type(path, value, "an SSH public key, a string")
    elif is_unresolved(value):
        return
    elif "PRIVATE KEY" in value:
        yield Problem(
            code="SshPrivateKey",
            path=path,
            value="-----BEGIN ... PRIVATE KEY-----",
            message="is a private key, which must remain secret",
            fix="pass the public key, the line in the file that ends with '.pub'; create a new "
            "key pair if this one was shared or committed",
        )
    elif len(lines := value.strip().splitlines()) > 1:
        yield Problem(
            code="SshKey",
            path=path,
            value=_start_of(value),
            message=f"contains {len(lines)} lines, and each key is one",
            fix="pass each key as an item of the list",
        )
    elif not _is_public_key(value):
        yield Problem(
            code="SshKey",
            path=path,
            value=_start_of(value),
            message="is not a valid SSH public key",
            fix="pass the line in the file that ends with '.pub', such as 'ssh-ed25519 AAAA... "
            "anna@laptop'",
        )


def _start_of(key: str) -> str:
    return key if len(key) <= _SHOWN else f"{key[:_SHOWN]}..."


def _is_public_key(value: str) -> bool:
    match = re.fullmatch(PUBLIC_KEY, value.strip())
    if match is None:
        return False
    try:
        data = base64.b64decode(match["data"], validate=True)
    except binascii.Error:
        return False
    kind = match["kind"].encode()
    return data.startswith(len(kind).to_bytes(4) + kind) and len(data) > len(kind) + 4
