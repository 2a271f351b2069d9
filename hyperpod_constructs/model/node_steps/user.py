"""Linux users and groups of all nodes of a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-run-jobs-slurm-setting-up-multi-user.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.node_patterns import (
    ACCOUNT_NAME,
    FIRST_ID,
    HOME,
    IDS_OF_THE_SYSTEM,
    LAST_ID,
    OPERATOR,
    OPERATOR_ID,
    SHELL,
    USER_NAME,
)
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_checks import text_problems
from hyperpod_constructs.model.value_class import value_class

from .ssh_keys import ssh_key_problems

SYSTEM_USERS = frozenset(
    (  # noqa: SIM905 - a list would take a line for each
        "_apt backup bin chrony daemon dnsmasq fwupd-refresh games gnats irc landscape list lp lxd "
        "mail man messagebus munge mysql news nobody nvidia-persistenced pollinate proxy root rpc "
        "slurm slurmrestd sshd ssm-user sssd statd sync sys syslog systemd-coredump systemd-network "
        "systemd-resolve systemd-timesync tcpdump tss ubuntu usbmux uucp uuidd www-data"
    ).split()
)
"""Users of Ubuntu, Slurm and the HyperPod AMI."""
SYSTEM_GROUPS = SYSTEM_USERS | frozenset(
    (  # noqa: SIM905 - a list would take a line for each
        "adm admin audio cdrom crontab dialout dip disk docker fax floppy fuse input kmem kvm libvirt lxd "
        "netdev nogroup operator plugdev render sasl sgx shadow src ssh _ssh ssl-cert staff sudo "
        "tape tty users utmp video voice wheel"
    ).split()
)
"""Groups of Ubuntu, Slurm and the HyperPod AMI."""


@value_class(frozen=True, kw_only=True, slots=True)
class UserGroup:
    """A Linux group of all nodes.

    Attributes:
        name: Name of the group: 1 to 32 lowercase letters, digits, underscores and hyphens.
        gid: Group ID, 1001 or above. It is the same on all nodes, as shared file systems require.
    """

    name: str = field(kw_only=False)
    gid: int

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read."""
        return {"name": self.name, "gid": self.gid}

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the group: `ArgumentType`, `UserName`, `UserId`."""
        yield from _name_problems(f"{path}.name", self.name)
        is_ubuntu = (self.name, self.gid) == (OPERATOR, OPERATOR_ID)
        if isinstance(self.name, str) and self.name in SYSTEM_GROUPS and not is_ubuntu:
            yield _taken_name(f"{path}.name", self.name, "group", "ml")
        yield from _id_problems(f"{path}.gid", self.gid, of_ubuntu=self.name == OPERATOR)


@value_class(frozen=True, kw_only=True, slots=True)
class User:
    """A Linux user of all nodes, without a password.

    Attributes:
        name: Name of the user: 1 to 32 lowercase letters, digits, underscores and hyphens.
        uid: User ID, 1001 or above. It is the same on all nodes, as shared file systems require.
        gid: ID of the primary group: one of `Users.groups`, or a group of the same name as the
            user, which is created. Defaults to the user ID.
        groups: Names of additional groups, from `Users.groups` or those of the AMI: `adm`,
            `docker`, `render`, `sudo` and `video`. On controllers, groups with the permissions of
            root are omitted. None by default.
        home: Home directory. Defaults to `/home/<name>`. Specify a directory under `/fsx` if the
            nodes share FSx for Lustre. It cannot be in a directory of the system.
        shell: Login shell. Defaults to `/bin/bash`.
        ssh_keys: Public keys for SSH login. None by default.
        slurm_account: Slurm account for the jobs of the user, created if it does not exist. By
            default, the user is not added to Slurm accounting.
        slurm_admin: Whether the user is an administrator of Slurm accounting. Defaults to False.
    """

    name: str = field(kw_only=False)
    uid: int
    gid: int | None = None
    groups: Sequence[str] = ()
    home: str | None = None
    shell: str | None = None
    ssh_keys: Sequence[str] = ()
    slurm_account: str | None = None
    slurm_admin: bool = False

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def home_directory(self) -> str:
        """Home directory, specified or by default."""
        return f"/home/{self.name}" if self.home is None else self.home

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read, without unspecified values."""
        values: dict[str, Any] = {
            "name": self.name,
            "uid": self.uid,
            "gid": self.gid,
            "groups": list(self.groups),
            "home": self.home,
            "shell": self.shell,
            "ssh_keys": [key.strip() for key in self.ssh_keys],
            "slurm_account": self.slurm_account,
            "slurm_admin": self.slurm_admin or None,
        }
        return {key: value for key, value in values.items() if value is not None}

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the user.

        The codes are `ArgumentType`, `UserName`, `UserId`, `UserPath`, `SshKey`, `SshPrivateKey`
        and `SlurmAccountName`.
        """
        yield from _name_problems(f"{path}.name", self.name)
        yield from self._system_problems(f"{path}.name")
        yield from _id_problems(f"{path}.uid", self.uid, of_ubuntu=self.name == OPERATOR)
        if self.gid is not None:
            yield from _id_problems(f"{path}.gid", self.gid, of_ubuntu=True)
        yield from _path_problems(
            f"{path}.home",
            self.home,
            HOME,
            "must be a directory in /home, /fsx or another directory that is not of the system: an "
            "absolute path of letters, digits and any of _.@+-",
            "/fsx/anna",
        )
        yield from _path_problems(
            f"{path}.shell",
            self.shell,
            SHELL,
            "must be an absolute path of letters, digits and any of _.@+-",
            "/bin/bash",
        )
        yield from self._group_problems(f"{path}.groups")
        yield from self._key_problems(f"{path}.ssh_keys")
        yield from self._slurm_problems(path)

    def _system_problems(self, path: str) -> Iterator[Problem]:
        """User names must be valid on Linux and cannot be those of the AMI."""
        if (
            isinstance(self.name, str)
            and self.name in SYSTEM_GROUPS
            and not (self.name == OPERATOR and self.uid == OPERATOR_ID)
        ):
            yield _taken_name(path, self.name, "user or group", "anna")

    def _group_problems(self, path: str) -> Iterator[Problem]:
        if not isinstance(self.groups, tuple) or not all(isinstance(g, str) for g in self.groups):
            yield wrong_type(path, self.groups, "a list of names of groups")

    def _key_problems(self, path: str) -> Iterator[Problem]:
        if not isinstance(self.ssh_keys, tuple):
            # A key is not shown, since it may be a private one.
            yield wrong_type(path, "...", "a list of SSH public keys")
            return
        for index, key in enumerate(self.ssh_keys):
            yield from ssh_key_problems(f"{path}[{index}]", key)

    def _slurm_problems(self, path: str) -> Iterator[Problem]:
        """Slurm accounts must have valid names."""
        if self.slurm_account is not None:
            yield from text_problems(
                f"{path}.slurm_account",
                self.slurm_account,
                code="SlurmAccountName",
                pattern=ACCOUNT_NAME,
                message="must be lowercase letters, digits, dots, underscores and hyphens, and "
                "cannot be 'where' or 'set'",
                example="research",
            )
        if not isinstance(self.slurm_admin, bool):
            yield wrong_type(f"{path}.slurm_admin", self.slurm_admin, "True or False")


def _taken_name(path: str, name: str, kind: str, example: str) -> Problem:
    """Names must be valid on Linux, and differ from those of the AMI."""
    return Problem(
        code="UserName",
        path=path,
        value=name,
        message=f"is a {kind} of the AMI",
        fix=f"use another name, such as {example!r}",
    )


def _name_problems(path: str, value: object) -> Iterator[Problem]:
    """Names must be valid on Linux."""
    if not isinstance(value, str):
        yield wrong_type(path, value, "a string")
    elif not is_unresolved(value) and not re.fullmatch(USER_NAME, value):
        legal = re.sub(r"[^a-z0-9_-]+", "-", value.lower()).strip("-0123456789")[:32]
        yield Problem(
            code="UserName",
            path=path,
            value=value,
            message="must be 1 to 32 lowercase letters, digits, underscores and hyphens, start with "
            "a letter or underscore, and cannot be 'where' or 'set'",
            fix=f"use {legal if re.fullmatch(USER_NAME, legal) else 'anna'!r}",
        )


def _id_problems(path: str, value: object, *, of_ubuntu: bool) -> Iterator[Problem]:
    """User and group IDs must be outside the range of the system, and not that of `ubuntu`."""
    if not isinstance(value, list | tuple) and is_unresolved(value):
        return
    if not isinstance(value, int) or isinstance(value, bool):
        yield wrong_type(path, value, "a whole number such as 2001")
    elif value == OPERATOR_ID:
        if not of_ubuntu:
            yield Problem(
                code="UserId",
                path=path,
                value=value,
                message=f"is the ID of {OPERATOR!r}, the user and group of the AMI",
                fix="use an ID such as 2001",
            )
    elif not FIRST_ID <= value <= LAST_ID:
        yield Problem(
            code="UserId",
            path=path,
            value=value,
            message=f"must be between {FIRST_ID} and {LAST_ID}; Linux reserves lower IDs "
            "for the system",
            fix="use an ID such as 2001",
        )
    elif any(low <= value <= high for low, high in IDS_OF_THE_SYSTEM):
        yield Problem(
            code="UserId",
            path=path,
            value=value,
            message="is an ID that systemd or Linux uses",
            fix="use an ID such as 2001",
        )


def _path_problems(
    path: str, value: object, pattern: str, message: str, example: str
) -> Iterator[Problem]:
    """Paths must be absolute, and home directories separate from those of the system."""
    if value is not None:
        yield from text_problems(
            path, value, code="UserPath", pattern=pattern, message=message, example=example
        )
