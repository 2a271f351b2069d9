"""The accounting database of this controller, as root asks for it by its socket."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import IO

from command import output_of
from lifecycle_error import LifecycleError

COMMANDS = {"mariadb": "mysql", "mariadb-dump": "mysqldump"}
COUNT_OTHERS = (
    "SELECT COUNT(*) FROM information_schema.tables"
    " WHERE table_type <> 'BASE TABLE' AND table_schema = 'DATABASE';"
    "SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = 'DATABASE';"
    "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'DATABASE';"
    "SELECT COUNT(*) FROM information_schema.events WHERE event_schema = 'DATABASE';"
)


def command(name: str) -> str:
    """The program of MariaDB, or that of MySQL."""
    return name if shutil.which(name) else COMMANDS[name]


def ask(statements: str) -> str:
    """What a client prints, without headings."""
    return output_of(command("mariadb"), "--user", "root", "--skip-column-names", stdin=statements)


def tables(database: str) -> set[str]:
    """Names of the tables of a database."""
    return set(ask(f"SHOW TABLES FROM `{database}`;").split())


def is_of_tables_alone(database: str) -> bool:
    """Whether nothing in a database runs statements of its own, such as views and procedures."""
    return set(ask(COUNT_OTHERS.replace("DATABASE", database)).split()) == {"0"}


def empty(database: str) -> None:
    """Takes all tables away; rights of users of the database stay."""
    ask(f"DROP DATABASE IF EXISTS `{database}`; CREATE DATABASE `{database}`;")


def pipe(found: IO[bytes] | None) -> IO[bytes]:
    """A pipe of a program that was started with all of them."""
    if found is None:
        raise LifecycleError("the program has no pipe")
    return found


def start_dump(database: str) -> subprocess.Popen[bytes]:
    """Starts a consistent dump of all tables without locking them."""
    return subprocess.Popen(  # noqa: S603 - arguments stay arguments, since there is no shell
        [
            *(command("mariadb-dump"), "--user", "root", "--single-transaction", "--quick"),
            *("--no-tablespaces", "--skip-triggers", "--skip-dump-date", "--hex-blob"),
            *("--default-character-set=utf8mb4", database),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def start_import(database: str, options: Path) -> subprocess.Popen[bytes]:
    """Begins to run statements as the user of the file of options, and no commands of the client."""
    client = command("mariadb")
    sandbox = ["--sandbox"] if "--sandbox" in output_of(client, "--help") else []
    return subprocess.Popen(  # noqa: S603 - arguments stay arguments, since there is no shell
        [
            *(client, f"--defaults-file={options}", "--binary-mode", *sandbox),
            *("--default-character-set=utf8mb4", database),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
