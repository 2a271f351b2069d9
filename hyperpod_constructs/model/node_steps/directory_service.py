"""LDAP and Active Directory users, resolved by SSSD on every node.

Sources: https://docs.aws.amazon.com/parallelcluster/latest/ug/DirectoryService-v3.html and
https://sssd.io/docs/introduction.html
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.node_patterns import (
    CERTIFICATE,
    DIRECTORY_ACCOUNT,
    DIRECTORY_GROUP,
    DIRECTORY_NAME,
    DOMAIN,
    HOME_PATTERN,
    LDAP_URI,
)
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_checks import secret_problems, text_problems
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager


@value_class(frozen=True, kw_only=True, slots=True)
class _Text:
    """A string attribute of a directory, with its pattern."""

    name: str
    code: str
    pattern: str
    message: str
    example: str


_TEXTS = (
    _Text(
        name="domain",
        code="DirectoryDomain",
        pattern=DOMAIN,
        message="is not a valid domain name",
        example="corp.example.com",
    ),
    _Text(
        name="ldap_uri",
        code="LdapUri",
        pattern=LDAP_URI,
        message="must be one or more URIs of the same scheme, ldaps:// or ldap://, each with a "
        "host",
        example="ldaps://corp.example.com",
    ),
    _Text(
        name="search_base",
        code="LdapSearchBase",
        pattern=DIRECTORY_NAME,
        message="is not a valid distinguished name",
        example="dc=corp,dc=example,dc=com",
    ),
    _Text(
        name="bind_dn",
        code="LdapBindDn",
        pattern=DIRECTORY_ACCOUNT,
        message="must be the name of an account on one line",
        example="cn=reader,ou=users,dc=corp,dc=example,dc=com",
    ),
    _Text(
        name="home_pattern",
        code="HomePattern",
        pattern=HOME_PATTERN,
        message="must be an absolute path with %u as the user name, not in a directory of the system",
        example="/fsx/%u",
    ),
)
"""A directory requires a valid domain, URI, search base, account and home directory."""
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


@value_class(frozen=True, kw_only=True, slots=True)
class DirectoryService:
    """A directory whose users can log in to the nodes.

    Nodes download SSSD when they are created. They require access to the internet and to the
    directory.

    Attributes:
        domain: Name of the domain, such as `corp.example.com`.
        ldap_uri: URI of the directory, such as `ldaps://corp.example.com`. Separate multiple URIs
            with commas.
        search_base: Base DN of the users, such as `dc=corp,dc=example,dc=com`.
        bind_dn: DN of the account that reads the directory, such as
            `cn=reader,ou=users,dc=corp,dc=example,dc=com`.
        bind_secret: Secret with the password of the account in the JSON key `password`. Every node
            reads it at startup.
        home_pattern: Home directories, with `%u` as the user name. Defaults to `/fsx/%u`.
        ssh_allow_groups: Groups of the directory that can log in with SSH. Defaults to all users.
        ca_certificate: PEM certificate of the authority that signed the certificate of the
            directory. Defaults to the authorities of the AMI.
        metadata_for_users: Whether processes of users can use the roles of the nodes, and with them
            read the password of the account. Defaults to False.
    """

    domain: str
    ldap_uri: str
    search_base: str
    bind_dn: str
    bind_secret: "secretsmanager.ISecret"
    home_pattern: str = "/fsx/%u"
    ssh_allow_groups: Sequence[str] = ()
    ca_certificate: str | None = None
    metadata_for_users: bool = False

    def __post_init__(self) -> None:
        freeze(self)

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read, without unspecified values."""
        values = {
            "domain": self.domain,
            "ldap_uri": self.ldap_uri,
            "search_base": self.search_base,
            "bind_dn": self.bind_dn,
            "bind_secret_arn": self.bind_secret.secret_arn,
            "home_pattern": self.home_pattern,
            "ssh_allow_groups": list(self.ssh_allow_groups),
            "ca_certificate": self.ca_certificate,
            "metadata_for_users": self.metadata_for_users or None,
        }
        return {key: value for key, value in values.items() if value is not None}

    def problems(self, path: str) -> Iterator[Problem]:
        """A directory requires a valid domain, URI, search base, account and home directory.

        The codes are `ArgumentType`, `DirectoryDomain`, `LdapUri`, `LdapSearchBase`, `LdapBindDn`,
        `HomePattern`, `SshAllowGroups`, `CaCertificate`, and the warning `LdapStartTls`.
        """
        for each in _TEXTS:
            yield from text_problems(
                f"{path}.{each.name}",
                getattr(self, each.name),
                code=each.code,
                pattern=each.pattern,
                message=each.message,
                example=each.example,
            )
        yield from secret_problems(f"{path}.bind_secret", self.bind_secret)
        if not isinstance(self.metadata_for_users, bool):
            yield wrong_type(f"{path}.metadata_for_users", self.metadata_for_users, "True or False")
        if not isinstance(self.ssh_allow_groups, tuple):
            yield wrong_type(
                f"{path}.ssh_allow_groups", self.ssh_allow_groups, "a list of names of groups"
            )
            return
        for index, group in enumerate(self.ssh_allow_groups):
            yield from text_problems(
                f"{path}.ssh_allow_groups[{index}]",
                group,
                code="SshAllowGroups",
                pattern=DIRECTORY_GROUP,
                message="must be the name of a group on one line without commas",
                example="ml-users",
            )
        yield from self._certificate_problems(f"{path}.ca_certificate")
        yield from self._start_tls_problems(f"{path}.ldap_uri")

    def _certificate_problems(self, path: str) -> Iterator[Problem]:
        """A certificate must be in PEM format."""
        certificate = self.ca_certificate
        if certificate is None:
            return
        if not isinstance(certificate, str) or "PRIVATE KEY" in certificate:
            # The content is not shown, since it may be a key.
            yield wrong_type(
                path, "...", f"the content of a certificate, starting with {_CERTIFICATE!r}"
            )
        elif not is_unresolved(certificate) and not re.fullmatch(CERTIFICATE, certificate):
            yield Problem(
                code="CaCertificate",
                path=path,
                value=certificate[: len(_CERTIFICATE)],
                message="is not the beginning of a PEM certificate",
                fix=f"pass the content of the file, starting with {_CERTIFICATE!r}, not its name",
            )

    def _start_tls_problems(self, path: str) -> Iterator[Problem]:
        """With `ldap://`, the directory must support StartTLS to encrypt passwords."""
        if isinstance(self.ldap_uri, str) and "ldap://" in self.ldap_uri:
            yield Problem(
                code="LdapStartTls",
                path=path,
                value=self.ldap_uri,
                message="transmits passwords, encrypted only with StartTLS; nodes require it, and "
                "fail if the directory does not support it",
                fix="use ldaps://, or verify that the directory supports StartTLS",
                severity=Severity.WARNING,
            )
