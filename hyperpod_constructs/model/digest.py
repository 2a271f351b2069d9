"""The digest of contents, which names what depends on them."""

from collections.abc import Iterable


def digest(contents: Iterable[bytes]) -> str:
    """SHA-256 of the contents, one after the other, in hexadecimal digits."""
    from hashlib import sha256  # noqa: PLC0415 - loads OpenSSL

    computed = sha256()
    for content in contents:
        computed.update(content)
    return computed.hexdigest()
