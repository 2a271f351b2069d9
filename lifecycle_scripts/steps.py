"""What else the nodes of a cluster do, besides mounting and starting Slurm: `steps.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from json_object import JsonObject

FILE_NAME = "steps.json"
DATABASE = "slurm_acct_db"
MYSQL_PORT = 3306


@dataclass(frozen=True)
class Accounting:
    """Where slurmdbd keeps its records; without an endpoint, in MariaDB on the controller."""

    endpoint: str | None = None
    port: int = MYSQL_PORT
    secret_arn: str | None = None
    user: str | None = None
    database: str = DATABASE

    @classmethod
    def read(cls, fields: JsonObject) -> Accounting:
        """Reads `accounting`."""
        fields.refuse_all_but("endpoint", "port", "secret_arn", "database")
        endpoint = fields.optional_text("endpoint")
        return cls(
            endpoint=endpoint,
            port=fields.number("port", MYSQL_PORT),
            secret_arn=fields.text("secret_arn") if endpoint else None,
            database=fields.optional_text("database") or DATABASE,
        )


@dataclass(frozen=True)
class Group:
    """A Linux group."""

    name: str
    gid: int

    @classmethod
    def read(cls, fields: JsonObject) -> Group:
        """Reads an entry of `users.groups`."""
        fields.refuse_all_but("name", "gid")
        return cls(name=fields.text("name"), gid=fields.number("gid"))


@dataclass(frozen=True)
class User:
    """A Linux user, and what this user is in Slurm."""

    name: str
    uid: int
    gid: int
    groups: list[str]
    home: str
    shell: str
    ssh_keys: list[str]
    slurm_account: str | None
    slurm_admin: bool

    @classmethod
    def read(cls, fields: JsonObject) -> User:
        """Reads an entry of `users.users`."""
        fields.refuse_all_but(
            "name",
            "uid",
            "gid",
            "groups",
            "home",
            "shell",
            "ssh_keys",
            "slurm_account",
            "slurm_admin",
        )
        name, uid = fields.text("name"), fields.number("uid")
        return cls(
            name=name,
            uid=uid,
            gid=fields.number("gid", uid),
            groups=fields.texts("groups"),
            home=fields.optional_text("home") or f"/home/{name}",
            shell=fields.optional_text("shell") or "/bin/bash",
            ssh_keys=fields.texts("ssh_keys"),
            slurm_account=fields.optional_text("slurm_account"),
            slurm_admin=fields.flag("slurm_admin"),
        )


@dataclass(frozen=True)
class Containers:
    """Docker, Enroot and Pyxis; without a folder for their data, the first disk that there is."""

    data_root: str | None

    @classmethod
    def read(cls, fields: JsonObject) -> Containers:
        """Reads `containers`."""
        fields.refuse_all_but("data_root")
        return cls(data_root=fields.optional_text("data_root"))


@dataclass(frozen=True)
class Metrics:
    """Which Prometheus exporters run."""

    node: bool = False
    gpu: bool = False
    slurm: bool = False

    @classmethod
    def read(cls, fields: JsonObject) -> Metrics:
        """Reads `metrics`."""
        fields.refuse_all_but("node", "gpu", "slurm")
        return cls(node=fields.flag("node"), gpu=fields.flag("gpu"), slurm=fields.flag("slurm"))


@dataclass(frozen=True)
class DirectoryService:
    """The LDAP directory or Active Directory that SSSD asks for users."""

    domain: str
    ldap_uri: str
    search_base: str
    bind_dn: str
    bind_secret_arn: str
    home_pattern: str
    ssh_allow_groups: list[str]
    ca_certificate: str | None

    @classmethod
    def read(cls, fields: JsonObject) -> DirectoryService:
        """Reads `directory_service`."""
        fields.refuse_all_but(
            "domain",
            "ldap_uri",
            "search_base",
            "bind_dn",
            "bind_secret_arn",
            "home_pattern",
            "ssh_allow_groups",
            "ca_certificate",
        )
        return cls(
            domain=fields.text("domain"),
            ldap_uri=fields.text("ldap_uri"),
            search_base=fields.text("search_base"),
            bind_dn=fields.text("bind_dn"),
            bind_secret_arn=fields.text("bind_secret_arn"),
            home_pattern=fields.optional_text("home_pattern") or "/fsx/%u",
            ssh_allow_groups=fields.texts("ssh_allow_groups"),
            ca_certificate=fields.optional_text("ca_certificate"),
        )


@dataclass(frozen=True)
class S3Mount:
    """A bucket, or a part of it, as a folder."""

    bucket: str
    path: str
    prefix: str | None
    read_only: bool
    region: str | None

    @classmethod
    def read(cls, fields: JsonObject) -> S3Mount:
        """Reads an entry of `s3_mounts`."""
        fields.refuse_all_but("bucket", "path", "prefix", "read_only", "region")
        return cls(
            bucket=fields.text("bucket"),
            path=fields.text("path"),
            prefix=fields.optional_text("prefix"),
            read_only=fields.flag("read_only"),
            region=fields.optional_text("region"),
        )


@dataclass(frozen=True)
class Steps:
    """All of `steps.json`; what it does not name is off."""

    accounting: Accounting | None = None
    groups: list[Group] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    ssh_between_nodes: bool = False
    containers: Containers | None = None
    metrics: Metrics = field(default_factory=Metrics)
    log_rotation: bool = False
    directory_service: DirectoryService | None = None
    s3_mounts: list[S3Mount] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Steps:
        """Reads the file of a folder; without one, everything is off."""
        path = folder / FILE_NAME
        if not path.exists():
            return cls()
        fields = JsonObject.read(path)
        fields.refuse_all_but(
            "accounting",
            "users",
            "ssh_between_nodes",
            "containers",
            "metrics",
            "log_rotation",
            "directory_service",
            "s3_mounts",
        )
        accounting = fields.optional_object("accounting")
        users = fields.optional_object("users")
        containers = fields.optional_object("containers")
        metrics = fields.optional_object("metrics")
        directory_service = fields.optional_object("directory_service")
        if users:
            users.refuse_all_but("groups", "users")
        return cls(
            accounting=Accounting.read(accounting) if accounting else None,
            groups=[Group.read(group) for group in users.optional_objects("groups")]
            if users
            else [],
            users=[User.read(user) for user in users.optional_objects("users")] if users else [],
            ssh_between_nodes=fields.flag("ssh_between_nodes"),
            containers=Containers.read(containers) if containers else None,
            metrics=Metrics.read(metrics) if metrics else Metrics(),
            log_rotation=fields.flag("log_rotation"),
            directory_service=DirectoryService.read(directory_service)
            if directory_service
            else None,
            s3_mounts=[S3Mount.read(mount) for mount in fields.optional_objects("s3_mounts")],
        )
