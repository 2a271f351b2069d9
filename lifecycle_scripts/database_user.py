"""A user of an external database that slurmdbd connects as, instead of the one in the secret.

The user in the secret is often the master user of the server. What it may do is then done once, here:
it creates a user with permissions on the database of Slurm alone, whose password no secret has.
"""

from __future__ import annotations

import ctypes
import re
from contextlib import closing, suppress

from command import output_of, patiently
from database_connection import DatabaseConnection

PERMISSIONS = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES"),
    *("CREATE TEMPORARY TABLES", "LOCK TABLES", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE"),
)
"""What slurmdbd does to tables and procedures. A master user of Amazon RDS can grant each."""


def user_of(address: str) -> str:
    """The user of a controller; its address tells controllers and clusters apart."""
    return f"slurm_{address}"


def make_user(
    server: tuple[str, int], master: tuple[str, str], user: tuple[str, str], database: str
) -> str | None:
    """Creates the user, or sets its password; returns why the one in the secret is not replaced."""
    library = client_library()
    if library is None:
        return "no client library of MariaDB or MySQL was found"
    name, password = user
    # In names of databases that a permission is for, `_` and `%` are patterns.
    only = re.sub(r"([_%])", r"\\\1", database)
    statements = (
        f"CREATE DATABASE IF NOT EXISTS `{database}`",
        f"CREATE USER IF NOT EXISTS '{name}'@'%' IDENTIFIED BY '{password}'",
        f"ALTER USER '{name}'@'%' IDENTIFIED BY '{password}'",
        f"GRANT {', '.join(PERMISSIONS)} ON `{only}`.* TO '{name}'@'%'",
    )

    def attempt() -> str:
        with closing(DatabaseConnection(library, server, master)) as connection:
            return next(filter(None, map(connection.refusal_of, statements)), "")

    return patiently(attempt) or None


def client_library() -> ctypes.CDLL | None:
    """The library with which slurmdbd itself connects."""
    cache = output_of("ldconfig", "--print-cache")
    for path in re.findall(
        r"^\s*lib(?:mariadb|mysqlclient)\.so\.\d+ .*=> (\S+)$", cache, re.MULTILINE
    ):
        # Those of other architectures are in the list as well.
        with suppress(OSError):
            return ctypes.CDLL(path)
    return None
