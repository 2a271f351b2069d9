"""A local folder of lifecycle scripts: validation and digest.

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

from .problem import Problem, Severity

IGNORED = ("__pycache__", "*.pyc", ".*_cache", ".DS_Store", ".git")
"""Glob patterns of file names that are not uploaded."""

_IGNORED = re.compile("|".join(map(translate, IGNORED)))
_SCRIPT_SUFFIXES = frozenset({".sh", ".bash", ".py"})


@dataclass(frozen=True, kw_only=True)
class ScriptFolder:
    """Lifecycle scripts in local folders.

    Attributes:
        path: Path of the folder.
        overlay: Folder with additional files, which replace files of the same name in `path`.
        on_create: Entry point, relative to the folder.
        argument: Name of the argument in problems.
        source_s3_uri: S3 URI from which nodes download the folder, if known.
    """

    path: Path
    overlay: Path | None = None
    on_create: str = "on_create.sh"
    argument: str = "lifecycle_scripts"
    source_s3_uri: str | None = None

    @cached_property
    def files(self) -> dict[str, Path]:
        """Files that nodes download: relative name and local path, sorted by name."""
        return dict(sorted(dict(self._walk()).items()))

    def digest(self) -> str:
        """Digest of the names and the content of all files."""
        digest = hashlib.sha256()
        for name, path in self.files.items():
            content = path.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def problems(self) -> Iterator[Problem]:
        """Validates that nodes can run the scripts."""
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
                message=f"does not exist in {self.path.as_posix()}",
                fix="specify a file in the folder; names are case-sensitive",
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
        """The folder and its overlay exist."""
        for argument, folder in self._folders().items():
            if not folder.is_dir():
                yield Problem(
                    code="ScriptFolder",
                    path=argument,
                    value=folder.as_posix(),
                    message="is not a directory",
                    fix="specify an existing directory; relative paths are resolved against the "
                    "working directory",
                )

    def _file_problems(self, name: str, path: Path) -> Iterator[Problem]:
        """Links resolve, the entry point starts with `#!`, and scripts have LF line endings."""
        argument = f"{self.argument}[{name!r}]"
        if not path.is_file():
            yield Problem(
                code="DanglingLink",
                path=argument,
                value=path.as_posix(),
                message="is a broken link",
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
                message="is not an interpreter line (#!), which the entry point requires",
                fix="add '#!/bin/bash' as the first line",
                severity=Severity.WARNING,
            )
        if is_script and b"\r" in content:
            yield Problem(
                code="CarriageReturn",
                path=argument,
                value=path.as_posix(),
                message="has CRLF line endings, which bash does not support",
                fix="save it with LF line endings, and add '* text eol=lf' to .gitattributes",
            )
