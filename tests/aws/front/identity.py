"""Who calls: the role behind an access key, and what CloudFormation or a function acts as."""

import hashlib
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

ADMINISTRATOR = "emulator"
"""The access key of whoever has the account; it may do everything."""

_KEYS: dict[str, str] = {}


def key_of(role: str | None) -> str:
    """An access key with which requests come from a role."""
    if role is None:
        return ADMINISTRATOR
    key = f"ASIA{hashlib.sha256(role.encode()).hexdigest()[:16].upper()}"
    _KEYS[key] = role
    return key


def lend(key: str, role: str) -> None:
    """Has an access key that is in use already belong to a role."""
    _KEYS[key] = role


def role_of(account: str, key: str) -> str | None:
    """The ARN of the role behind an access key, or of a user; None for the administrator."""
    if key in _KEYS:
        return _KEYS[key]
    assumed: Any = sts_backends[account]["aws"].get_assumed_role_from_access_key(key)
    if assumed is not None:
        return str(assumed.role_arn)
    for user in iam_backends[account]["aws"].users.values():
        if any(each.access_key_id == key for each in user.access_keys):
            return str(user.arn)
    return None
