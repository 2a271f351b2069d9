"""The files of a folder of lifecycle scripts. Links are followed, as for the upload.

Source: https://docs.aws.amazon.com/cdk/v2/guide/assets.html
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

from .problem import Problem

IGNORED = ("__pycache__", "*.pyc", ".*_cache", ".DS_Store", ".git")
"""Glob patterns of file names that are not uploaded."""

_IGNORED = "|".join(map(translate, IGNORED))
_WITHOUT_TARGET = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_HEAD_BYTES = 64 * 1024


class ScriptFile(NamedTuple):
    """A file that can be uploaded.

    Attributes:
        path: Its path.
        size: Its size in bytes.
        head: The beginning of its content.
    """

    path: Path
    size: int
    head: bytes

    def content(self) -> bytes:
        """Its whole content."""
        return self.head if self.size <= len(self.head) else self.path.read_bytes()


def walk(argument: str, folder: Path) -> Iterator[tuple[str, ScriptFile | Problem]]:
    """The files of a folder by relative name, and a problem for what cannot be uploaded.

    Args:
        argument: Name of the argument in problems.
        folder: The folder.
    """
    return _walk(argument, folder, "", (os.path.realpath(folder),))


def is_folder(path: Path) -> bool:
    """Whether a path is that of a folder; False if it is unknown."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises PermissionError


def _walk(
    argument: str, folder: Path, prefix: str, outer: tuple[str, ...]
) -> Iterator[tuple[str, ScriptFile | Problem]]:
    """A folder cannot be a link to a folder that contains it."""
    try:
        names = sorted(each.name for each in folder.iterdir())
    except OSError as error:
        yield prefix, _unreadable(f"{argument}[{prefix!r}]", folder, error)
        return
    for each in names:
        if re.fullmatch(_IGNORED, each):
            continue
        path, name = folder / each, f"{prefix}{each}"
        place = f"{argument}[{name!r}]"
        if not is_folder(path):
            yield name, _file(place, path)
        elif (real := os.path.realpath(path)) not in outer:
            yield from _walk(argument, path, f"{name}/", (*outer, real))
        else:
            yield (
                name,
                Problem(
                    code="LinkLoop",
                    path=place,
                    value=path.as_posix(),
                    message="is a link to a folder that contains it",
                    fix="remove the link",
                ),
            )


def _file(place: str, path: Path) -> ScriptFile | Problem:
    """Files must be regular files with a name in UTF-8, and links must not be broken."""
    try:
        os.fsencode(path).decode()
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            with path.open("rb") as file:
                return ScriptFile(path, found.st_size, file.read(_HEAD_BYTES))
        message, fix = "is a device, pipe or socket, and only files can be uploaded", "remove it"
    except UnicodeDecodeError:
        message, fix = "is a name that is not valid UTF-8", "rename the file"
    except OSError as error:
        if error.errno not in _WITHOUT_TARGET:
            return _unreadable(place, path, error)
        return Problem(
            code="DanglingLink",
            path=place,
            value=path.as_posix(),
            message="is a broken link",
            fix="remove the link or restore its target",
        )
    return Problem(code="ScriptFile", path=place, value=path.as_posix(), message=message, fix=fix)


def _unreadable(place: str, path: Path, error: OSError) -> Problem:
    """Files and folders must be readable."""
    return Problem(
        code="ScriptUnreadable",
        path=place,
        value=path.as_posix(),
        message=f"cannot be read: {error.strerror}",
        fix="make it readable for the user that runs CDK, or remove it",
    )
