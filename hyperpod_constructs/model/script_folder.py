"""A folder of lifecycle scripts: is it what a node can run, and has it changed?

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from pathlib import Path

from .problem import Problem

IGNORED = ("__pycache__", "*.pyc", ".*_cache", ".DS_Store", ".git")
"""What is never uploaded, as glob patterns of names."""

_IGNORED = re.compile("|".join(map(translate, IGNORED)))
_SCRIPT_SUFFIXES = frozenset({".sh", ".bash", ".py"})


@dataclass(frozen=True, kw_only=True)
class ScriptFolder:
    """The scripts that nodes run, as folders on this machine.

    Attributes:
        path: The folder.
        overlay: A folder whose files replace files of `path` of the same name, or join them.
        on_create: File that a node runs, relative to the folder.
        argument: How the user's argument is called in problems.
        source_s3_uri: Where nodes find the folder, if that is known.
    """

    path: Path
    overlay: Path | None = None
    on_create: str = "on_create.sh"
    argument: str = "lifecycle_scripts"
    source_s3_uri: str | None = None

    @cached_property
    def files(self) -> dict[str, Path]:
        """What nodes find in their folder: relative name and file, sorted by name."""
        return dict(sorted(dict(self._walk()).items()))

    def digest(self) -> str:
        """A digest of the names and the content of all files."""
        digest = hashlib.sha256()
        for name, path in self.files.items():
            content = path.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def problems(self) -> Iterator[Problem]:
        """Why nodes could not run these scripts."""
        folders_wrong = list(self._folder_problems())
        yield from folders_wrong
        if folders_wrong:
            return
        files = self.files
        if self.on_create not in files:
            yield Problem(
                code="EntryPoint",
                path=f"{self.argument}.on_create",
                value=self.on_create,
                message=f"is not a file of {self.path.as_posix()}",
                fix="name a file of the folder; upper and lower case count",
            )
        for name, path in files.items():
            yield from self._file_problems(name, path)

    def _walk(self) -> Iterator[tuple[str, Path]]:
        for folder in self._folders().values():
            for parent, folders, names in os.walk(folder, followlinks=True):
                folders[:] = [name for name in folders if not _IGNORED.fullmatch(name)]
                for name in names:
                    if not _IGNORED.fullmatch(name):
                        path = Path(parent, name)
                        yield path.relative_to(folder).as_posix(), path

    def _folders(self) -> dict[str, Path]:
        overlay = {} if self.overlay is None else {f"{self.argument}.overlay": self.overlay}
        return {f"{self.argument}.path": self.path} | overlay

    def _folder_problems(self) -> Iterator[Problem]:
        for argument, folder in self._folders().items():
            if not folder.is_dir():
                yield Problem(
                    code="ScriptFolder",
                    path=argument,
                    value=folder.as_posix(),
                    message="is not a folder",
                    fix="pass a folder; a relative path starts where the app is run",
                )

    def _file_problems(self, name: str, path: Path) -> Iterator[Problem]:
        argument = f"{self.argument}[{name!r}]"
        if not path.is_file():
            yield Problem(
                code="DanglingLink",
                path=argument,
                value=path.as_posix(),
                message="is a link to nothing",
                fix="remove the link or restore its target",
            )
            return
        content = path.read_bytes()
        is_script = content.startswith(b"#!") or path.suffix in _SCRIPT_SUFFIXES
        if name == self.on_create and not content.startswith(b"#!"):
            yield Problem(
                code="Shebang",
                path=argument,
                value=content[:20].decode(errors="replace"),
                message="is how the entry point starts, so a node cannot tell what runs it",
                fix="make '#!/bin/bash' its first line",
            )
        if is_script and b"\r" in content:
            yield Problem(
                code="CarriageReturn",
                path=argument,
                value=path.as_posix(),
                message="has carriage returns (CRLF line ends), on which bash fails",
                fix="save it with LF line ends, and put '* text eol=lf' into .gitattributes",
            )
