"""A directory that knows the users: LDAP or Active Directory, asked by SSSD on every node.

Sources: https://docs.aws.amazon.com/parallelcluster/latest/ug/DirectoryService-v3.html and
https://sssd.io/docs/introduction.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hyperpod_constructs.model.problem import Problem, Severity, wrong_type
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import secret_problems, text_problems

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager


@dataclass(frozen=True, kw_only=True, slots=True)
class _Text:
    """A text of a directory of which only some are right."""

    name: str
    code: str
    pattern: str
    message: str
    example: str


_TEXTS = (
    _Text(
        name="domain",
        code="DirectoryDomain",
        pattern=r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?",
        message="is not the name of a domain",
        example="corp.example.com",
    ),
    _Text(
        name="ldap_uri",
        code="LdapUri",
        pattern=r"ldaps://[^/\s,]+/?(, ?ldaps://[^/\s,]+/?)*|ldap://[^/\s,]+/?(, ?ldap://[^/\s,]+/?)*",
        message="is not the address of a directory: ldaps:// or ldap://, and a host; or several of one kind",
        example="ldaps://corp.example.com",
    ),
    _Text(
        name="search_base",
        code="LdapSearchBase",
        pattern=r"[^\r\n]*=[^\r\n]+",
        message="is not a distinguished name",
        example="dc=corp,dc=example,dc=com",
    ),
    _Text(
        name="bind_dn",
        code="LdapBindDn",
        pattern=r"[^\r\n]+",
        message="is not the name of an account, in one line",
        example="cn=reader,ou=users,dc=corp,dc=example,dc=com",
    ),
    _Text(
        name="home_pattern",
        code="HomePattern",
        pattern=r"/[^\s:]*%u[^\s:]*",
        message="is not an absolute path with %u for the name of the user",
        example="/fsx/%u",
    ),
)
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryService:
    """The directory whose users log in to the nodes.

    Nodes download SSSD when they are created, so they need a way to the internet; and a way to the
    directory.

    Attributes:
        domain: Name of the domain, such as `corp.example.com`.
        ldap_uri: Where the directory is, such as `ldaps://corp.example.com`; several are separated
            by commas.
        search_base: Part of the directory where users are, such as `dc=corp,dc=example,dc=com`.
        bind_dn: Account that reads the directory, such as
            `cn=reader,ou=users,dc=corp,dc=example,dc=com`.
        bind_secret: Secret with the password of that account as the JSON key `password`. Every
            node reads it when it starts.
        home_pattern: Home directories, with `%u` for the name of the user. `/fsx/%u` by default.
        ssh_allow_groups: Groups of the directory that may log in by SSH. All users when left out.
        ca_certificate: Certificate of the authority that signed that of the directory, in PEM.
            The authorities of the machine image are trusted when left out.
    """

    domain: str
    ldap_uri: str
    search_base: str
    bind_dn: str
    bind_secret: "secretsmanager.ISecret"
    home_pattern: str = "/fsx/%u"
    ssh_allow_groups: Sequence[str] = ()
    ca_certificate: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.ssh_allow_groups, list):
            object.__setattr__(self, "ssh_allow_groups", tuple(self.ssh_allow_groups))

    def to_dict(self) -> dict[str, Any]:
        """What a node reads, without what was left out."""
        values = {
            "domain": self.domain,
            "ldap_uri": self.ldap_uri,
            "search_base": self.search_base,
            "bind_dn": self.bind_dn,
            "bind_secret_arn": self.bind_secret.secret_arn,
            "home_pattern": self.home_pattern,
            "ssh_allow_groups": list(self.ssh_allow_groups),
            "ca_certificate": self.ca_certificate,
        }
        return {key: value for key, value in values.items() if value is not None}

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this directory.

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
                pattern=r"[^\r\n,]+",
                message="is not the name of a group, in one line and without commas",
                example="ml-users",
            )
        yield from self._certificate_problems(f"{path}.ca_certificate")
        yield from self._start_tls_problems(f"{path}.ldap_uri")

    def _certificate_problems(self, path: str) -> Iterator[Problem]:
        certificate = self.ca_certificate
        if certificate is None or is_unresolved(certificate):
            return
        if not isinstance(certificate, str) or "PRIVATE KEY" in certificate:
            # The content is not shown, since it may be a key.
            yield wrong_type(path, "...", f"the text of a certificate, from {_CERTIFICATE!r} on")
        elif not certificate.lstrip().startswith(_CERTIFICATE):
            yield Problem(
                code="CaCertificate",
                path=path,
                value=certificate[: len(_CERTIFICATE)],
                message="is not how a certificate in PEM begins",
                fix=f"pass the text of the file, from {_CERTIFICATE!r} on, and not its name",
            )

    def _start_tls_problems(self, path: str) -> Iterator[Problem]:
        if isinstance(self.ldap_uri, str) and "ldap://" in self.ldap_uri:
            yield Problem(
                code="LdapStartTls",
                path=path,
                value=self.ldap_uri,
                message="carries passwords, which StartTLS alone would encrypt; nodes ask for it, and "
                "fail where the directory does not offer it",
                fix="use ldaps://, or see that the directory offers StartTLS",
                severity=Severity.WARNING,
            )
