"""What else the nodes of a cluster do, besides mounting and starting Slurm: `steps.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import patterns
from json_object import JsonObject
from lifecycle_error import LifecycleError

FILE_NAME = "steps.json"
DATABASE = "slurm_acct_db"
MYSQL_PORT = 3306


@dataclass(frozen=True)
class Backup:
    """Where the records of MariaDB on the controller are kept, and how often they are written."""

    bucket: str
    prefix: str
    region: str
    minutes: int

    @classmethod
    def read(cls, fields: JsonObject) -> Backup:
        """Reads `accounting.backup`."""
        fields.refuse_all_but("bucket", "prefix", "region", "minutes")
        return cls(
            bucket=fields.text("bucket", patterns.BUCKET),
            prefix=fields.text("prefix", patterns.S3_PREFIX),
            region=fields.text("region", patterns.REGION),
            minutes=fields.number_within("minutes", 1, 1440),
        )


@dataclass(frozen=True)
class Accounting:
    """Where slurmdbd keeps its records; without an endpoint, in MariaDB on the controller."""

    endpoint: str | None = None
    port: int = MYSQL_PORT
    secret_arn: str | None = None
    user: str | None = None
    database: str = DATABASE
    backup: Backup | None = None

    @classmethod
    def read(cls, fields: JsonObject) -> Accounting:
        """Reads `accounting`."""
        fields.refuse_all_but("endpoint", "port", "secret_arn", "database", "backup")
        endpoint = fields.optional_text("endpoint", patterns.HOST_NAME)
        backup = fields.optional_object("backup")
        return cls(
            endpoint=endpoint,
            port=fields.number_within("port", 1, 65535, MYSQL_PORT),
            secret_arn=fields.text("secret_arn", patterns.SECRET_ARN) if endpoint else None,
            database=fields.optional_text("database", patterns.DATABASE_NAME) or DATABASE,
            backup=Backup.read(backup) if backup and not endpoint else None,
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
        name = fields.text("name", patterns.USER_NAME)
        return cls(name=name, gid=read_id(fields, "gid", is_of_operator=name == patterns.OPERATOR))


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
        name = fields.text("name", patterns.USER_NAME)
        uid = read_id(fields, "uid", is_of_operator=name == patterns.OPERATOR)
        return cls(
            name=name,
            uid=uid,
            gid=read_id(fields, "gid", default=uid, is_of_operator=True),
            groups=fields.texts("groups", patterns.USER_NAME),
            home=fields.optional_text("home", patterns.HOME) or f"/home/{name}",
            shell=fields.optional_text("shell", patterns.SHELL) or "/bin/bash",
            ssh_keys=fields.texts("ssh_keys", patterns.PUBLIC_KEY),
            slurm_account=fields.optional_text("slurm_account", patterns.ACCOUNT_NAME),
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
        return cls(data_root=fields.optional_text("data_root", patterns.DATA_ROOT))


@dataclass(frozen=True)
class RemoteWrite:
    """Where metrics are written, and the region for which requests are signed, if they are."""

    url: str
    region: str | None

    @classmethod
    def read(cls, fields: JsonObject) -> RemoteWrite:
        """Reads `metrics.remote_write`."""
        fields.refuse_all_but("url", "region")
        return cls(
            url=fields.text("url", patterns.REMOTE_WRITE_URL),
            region=fields.optional_text("region", patterns.REGION),
        )


@dataclass(frozen=True)
class Metrics:
    """Which Prometheus exporters run, and where a collector writes what they export."""

    node: bool = False
    gpu: bool = False
    slurm: bool = False
    remote_write: RemoteWrite | None = None

    @classmethod
    def read(cls, fields: JsonObject) -> Metrics:
        """Reads `metrics`."""
        fields.refuse_all_but("node", "gpu", "slurm", "remote_write")
        remote_write = fields.optional_object("remote_write")
        return cls(
            node=fields.flag("node"),
            gpu=fields.flag("gpu"),
            slurm=fields.flag("slurm"),
            remote_write=RemoteWrite.read(remote_write) if remote_write else None,
        )


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
    metadata_for_users: bool

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
            "metadata_for_users",
        )
        return cls(
            domain=fields.text("domain", patterns.DOMAIN),
            ldap_uri=fields.text("ldap_uri", patterns.LDAP_URI),
            search_base=fields.text("search_base", patterns.DIRECTORY_NAME),
            bind_dn=fields.text("bind_dn", patterns.DIRECTORY_ACCOUNT),
            bind_secret_arn=fields.text("bind_secret_arn", patterns.SECRET_ARN),
            home_pattern=fields.optional_text("home_pattern", patterns.HOME_PATTERN) or "/fsx/%u",
            ssh_allow_groups=fields.texts("ssh_allow_groups", patterns.DIRECTORY_GROUP),
            ca_certificate=fields.optional_text("ca_certificate", patterns.CERTIFICATE),
            metadata_for_users=fields.flag("metadata_for_users"),
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
            bucket=fields.text("bucket", patterns.BUCKET),
            path=fields.text("path", patterns.S3_MOUNT_PATH),
            prefix=fields.optional_text("prefix", patterns.S3_PREFIX),
            read_only=fields.flag("read_only"),
            region=fields.optional_text("region", patterns.REGION),
        )


@dataclass(frozen=True)
class Refresh:
    """Where nodes that run find the users of the cluster, and how often they look."""

    bucket: str
    key: str
    region: str
    cluster: str
    minutes: int

    @classmethod
    def read(cls, fields: JsonObject) -> Refresh:
        """Reads `refresh`."""
        fields.refuse_all_but("bucket", "key", "region", "cluster", "minutes")
        return cls(
            bucket=fields.text("bucket", patterns.BUCKET),
            key=fields.text("key", patterns.S3_PREFIX),
            region=fields.text("region", patterns.REGION),
            cluster=fields.text("cluster", patterns.CLUSTER_NAME),
            minutes=fields.number_within("minutes", 1, 1440),
        )


@dataclass(frozen=True)
class Steps:
    """All of `steps.json`; what it does not name is off."""

    accounting: Accounting | None = None
    groups: list[Group] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    users_on_controllers: bool = False
    ssh_between_nodes: bool = False
    containers: Containers | None = None
    metrics: Metrics = field(default_factory=Metrics)
    log_rotation: bool = False
    private_data: bool = False
    pam_slurm_adopt: bool = False
    directory_service: DirectoryService | None = None
    s3_mounts: list[S3Mount] = field(default_factory=list)
    refresh: Refresh | None = None
    ubuntu_home: bool = False
    reserve_login_nodes: bool = False
    constrain_devices: bool = False
    lustre_efa: bool = False

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
            "users_on_controllers",
            "ssh_between_nodes",
            "containers",
            "metrics",
            "log_rotation",
            "private_data",
            "pam_slurm_adopt",
            "directory_service",
            "s3_mounts",
            "refresh",
            "ubuntu_home",
            "reserve_login_nodes",
            "constrain_devices",
            "lustre_efa",
        )
        accounting = fields.optional_object("accounting")
        users = fields.optional_object("users")
        containers = fields.optional_object("containers")
        metrics = fields.optional_object("metrics")
        directory_service = fields.optional_object("directory_service")
        refresh = fields.optional_object("refresh")
        if users:
            users.refuse_all_but("groups", "users")
        return cls(
            accounting=Accounting.read(accounting) if accounting else None,
            groups=[Group.read(group) for group in users.optional_objects("groups")]
            if users
            else [],
            users=read_users(users) if users else [],
            users_on_controllers=fields.flag("users_on_controllers"),
            ssh_between_nodes=fields.flag("ssh_between_nodes"),
            containers=Containers.read(containers) if containers else None,
            metrics=Metrics.read(metrics) if metrics else Metrics(),
            log_rotation=fields.flag("log_rotation"),
            private_data=fields.flag("private_data"),
            pam_slurm_adopt=fields.flag("pam_slurm_adopt"),
            directory_service=DirectoryService.read(directory_service)
            if directory_service
            else None,
            s3_mounts=[S3Mount.read(mount) for mount in fields.optional_objects("s3_mounts")],
            refresh=Refresh.read(refresh) if refresh else None,
            ubuntu_home=fields.flag("ubuntu_home"),
            reserve_login_nodes=fields.flag("reserve_login_nodes"),
            constrain_devices=fields.flag("constrain_devices"),
            lustre_efa=fields.flag("lustre_efa"),
        )


def read_id(
    fields: JsonObject, key: str, *, is_of_operator: bool, default: int | None = None
) -> int:
    """A uid or gid that is neither the system's nor, unless it may be, that of `ubuntu`."""
    value = fields.number(key, default)
    if is_of_operator and value == patterns.OPERATOR_ID:
        return value
    fields.number_within(key, patterns.FIRST_ID, patterns.LAST_ID, default)
    for low, high in patterns.IDS_OF_THE_SYSTEM:
        if low <= value <= high:
            raise fields.wrong(key, f"a whole number outside of {low} to {high}")
    return value


def read_users(fields: JsonObject) -> list[User]:
    """The users, no home of which is that of another user or lies in it."""
    users = [User.read(user) for user in fields.optional_objects("users")]
    homes = {f"/home/{patterns.OPERATOR}": patterns.OPERATOR}
    for user in users:
        if homes.setdefault(user.home, user.name) != user.name:
            raise _overlap(user, homes[user.home])
    for user in users:
        for folder in PurePosixPath(user.home).parents:
            if str(folder) in homes:
                raise _overlap(user, homes[str(folder)])
    return users


def _overlap(user: User, other: str) -> LifecycleError:
    return LifecycleError(
        f"{FILE_NAME}: the home of '{user.name}', {user.home}, is that of '{other}' or lies in it"
    )
