"""Writes slurmdbd.conf, for MariaDB on this node or for an external database."""

from __future__ import annotations

import argparse
import re
import secrets
import shutil
from pathlib import Path

from command import output_of, patiently, run_step
from database_user import make_user, user_of
from lifecycle_error import LifecycleError
from node_files import write_file
from secret import Secret
from slurm_conf import SlurmConf

FILE_NAME = "slurmdbd.conf"
LOCAL_USER = "slurm"
DEFAULT_USER = "admin"


def main() -> None:
    """Finds or makes the password, and writes the file that holds it."""
    arguments = _arguments()
    conf = SlurmConf()
    path = conf.folder / FILE_NAME
    if arguments.endpoint:
        user, password = _external_user(arguments, _password_of(path) or _new_password())
        storage = {
            "StorageHost": arguments.endpoint,
            "StoragePort": arguments.port,
            "StorageUser": user,
            "StoragePass": quoted(password),
        }
    else:
        password = _password_of(path) or _new_password()
        _grant(arguments.database, password)
        storage = {
            "StorageHost": "localhost",
            "StorageUser": LOCAL_USER,
            "StoragePass": password,
        }
    settings = {
        **_hosts(conf),
        "SlurmUser": conf.slurm_user,
        **_log_file(conf),
        "StorageType": "accounting_storage/mysql",
        "StorageLoc": arguments.database,
        **storage,
    }
    if arguments.private_data:
        settings["PrivateData"] = arguments.private_data
    lines = [f"{key}={value}" for key, value in settings.items()]
    text = "\n".join(["# Written anew whenever the lifecycle scripts run.", *lines, ""])
    write_file(path, text, mode=0o600, owner=conf.slurm_user)


def quoted(password: str) -> str:
    """A password as Slurm's parser reads it: `#` begins a comment, blanks end a value."""
    escaped = re.sub(r"([\\#])", r"\\\1", password)
    if re.search(r"\s", password) is None and not password.startswith('"'):
        return escaped
    if '"' in password or "\n" in password:
        raise LifecycleError(
            "the password of the database has a line break, or both a blank and a quotation mark, "
            "which slurmdbd.conf cannot hold: give the database another one"
        )
    return f'"{escaped}"'


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    for name in ("--endpoint", "--port", "--secret-arn", "--user", "--node", "--private-data"):
        parser.add_argument(name)
    return parser.parse_args()


def _hosts(conf: SlurmConf) -> dict[str, str]:
    """Of several controllers the first two run slurmdbd, which takes no third one."""
    controllers = [
        re.fullmatch(r"([^(]+)(?:\((.+)\))?", host) for host in conf.all("SlurmctldHost")
    ]
    names = [match[1] for match in controllers if match]
    if len(names) < 2:  # noqa: PLR2004 - two make a pair
        return {"DbdHost": "localhost"}
    return {"DbdHost": names[0], "DbdBackupHost": names[1]}


def _log_file(conf: SlurmConf) -> dict[str, str]:
    beside = conf.get("SlurmctldLogFile")
    return {"LogFile": str(Path(beside).with_name("slurmdbd.log"))} if beside else {}


def _external_user(arguments: argparse.Namespace, password: str) -> tuple[str, str]:
    secret = Secret(arguments.secret_arn)
    name = arguments.user or secret.optional_text("username") or DEFAULT_USER
    given = (name, secret.text("password"))
    own = (user_of(arguments.node), password)
    server = (arguments.endpoint, int(arguments.port))
    reason = make_user(server, given, own, arguments.database)
    if reason is None:
        return own
    print(f"slurmdbd connects as '{name}', since no user for it could be created: {reason}")  # noqa: T201
    return given


def _new_password() -> str:
    return secrets.token_hex(24)


def _password_of(path: Path) -> str | None:
    if not path.exists():
        return None
    found = re.search(
        r"^StoragePass=([0-9a-f]{48})$", path.read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[1] if found else None


def _grant(database: str, password: str) -> None:
    client = "mariadb" if shutil.which("mariadb") else "mysql"
    statements = f"""
        CREATE DATABASE IF NOT EXISTS `{database}`;
        CREATE USER IF NOT EXISTS '{LOCAL_USER}'@'localhost' IDENTIFIED BY '{password}';
        ALTER USER '{LOCAL_USER}'@'localhost' IDENTIFIED BY '{password}';
        GRANT ALL ON `{database}`.* TO '{LOCAL_USER}'@'localhost';
    """
    patiently(lambda: output_of(client, "--user", "root", stdin=statements))


if __name__ == "__main__":
    run_step(main)
