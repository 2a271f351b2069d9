"""A dump of the accounting database: which cluster it is of, and whether all of it is there."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from command import output_of
from lifecycle_error import LifecycleError

LAST_LINE = b"-- Dump completed"

_FIRST = re.compile(r"-- Accounting of the cluster (\S+), Slurm ([0-9]+\.[0-9]+)\S*")
# What the client of MariaDB or MySQL would read as a command, a program, a right or another database
# begins a line like none of these.
_LINE = re.compile(
    rb"--( |$)|/\*M!999999\\- enable the sandbox mode \*/ *$"
    rb"|/\*M?!\d{5,6} (SET |ALTER TABLE `[^`]+` (DISABLE|ENABLE) KEYS )"
    rb"|SET @|DROP TABLE IF EXISTS `[^`.]+`;|CREATE TABLE `[^`.]+` \(|  [`A-Z]|\)"
    rb"|(UN)?LOCK TABLES|INSERT INTO `[^`.]+` VALUES|\(|COMMIT;|SET AUTOCOMMIT=|$",
    re.IGNORECASE,
)


def slurm_version() -> str:
    """The version of slurmdbd of this node, such as 24.11.5."""
    return output_of("slurmdbd", "-V").split()[-1]


def first_line(cluster: str) -> str:
    """What a dump of this node begins with."""
    return f"-- Accounting of the cluster {cluster}, Slurm {slurm_version()}\n"


def require_sound(path: Path, cluster: str) -> None:
    """Reads a dump to its end.

    Raises:
        LifecycleError: It is damaged, has other statements than a dump, or is of another cluster or
            of a later version of Slurm.
    """
    try:
        with gzip.open(path) as file:
            _require_origin(file.readline().decode(errors="replace").strip(), cluster)
            last = b""
            for number, line in enumerate(file, start=2):
                if not _LINE.match(line):
                    raise LifecycleError(f"its line {number} is not one of a dump")
                last = line.strip() or last
    except (OSError, EOFError) as error:
        raise LifecycleError(f"it cannot be decompressed: {error}") from error
    if not last.startswith(LAST_LINE):
        raise LifecycleError("it has no end")


def _require_origin(line: str, cluster: str) -> None:
    found = _FIRST.fullmatch(line)
    if found is None:
        raise LifecycleError("it does not begin as a dump of these scripts")
    if found[1].lower() != cluster.lower():
        raise LifecycleError(f"it is of the cluster {found[1]}")
    # The first two numbers tell of other tables, which slurmdbd converts to later ones only.
    own = slurm_version()
    if _numbers(found[2]) > _numbers(own):
        raise LifecycleError(f"it is of Slurm {found[2]}, and this node has {own}")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:2]]
