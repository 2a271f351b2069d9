"""A local folder of lifecycle scripts: validation and digest.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .digest import digest
from .problem import Problem, Severity
from .script_walk import ScriptFile, is_folder, walk
from .secret_files import secret_file_problems
from .site_scripts import RUNNER, site_script_problems

_CHUNK_BYTES = 1024 * 1024
_MIB = 1024 * 1024
_MAX_MIB = 512
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
        return {name: file.path for name, file in self._contents.items()}

    def digest(self) -> str:
        """Digest of the names and the content of all files."""
        return digest(self._names_and_contents())

    def problems(self) -> Iterator[Problem]:
        """Validates that the scripts can be uploaded, and that nodes can run them."""
        folders_wrong = list(self._folder_problems())
        yield from folders_wrong
        if folders_wrong:
            return
        found = dict(self._found)
        yield from (each for each in found.values() if isinstance(each, Problem))
        if self.on_create not in found:
            yield Problem(
                code="EntryPoint",
                path=f"{self.argument}.on_create",
                value=self.on_create,
                message=f"does not exist in {self.path.as_posix()}",
                fix="specify a file in the folder; names are case-sensitive",
            )
        yield from self._size_problems()
        for name, file in self._contents.items():
            yield from self._file_problems(name, file)
        if self.overlay is not None and (self.path / RUNNER).is_file():
            names = dict(walk(self.argument, self.overlay))
            yield from site_script_problems(f"{self.argument}.overlay", self.overlay, names)

    def _names_and_contents(self) -> Iterator[bytes]:
        for name, (path, size, _) in self._contents.items():
            yield f"{name}\0{size}\0".encode()
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield chunk

    @cached_property
    def _found(self) -> Sequence[tuple[str, ScriptFile | Problem]]:
        return [each for folder in self._folders().values() for each in walk(self.argument, folder)]

    @cached_property
    def _contents(self) -> dict[str, ScriptFile]:
        """The files, those of the overlay in place of others of the same name."""
        files = {name: file for name, file in self._found if isinstance(file, ScriptFile)}
        return dict(sorted(files.items()))

    def _folders(self) -> dict[str, Path]:
        overlay = {} if self.overlay is None else {f"{self.argument}.overlay": self.overlay}
        return {f"{self.argument}.path": self.path} | overlay

    def _folder_problems(self) -> Iterator[Problem]:
        """The folder and its overlay must exist."""
        for argument, folder in self._folders().items():
            if not is_folder(folder):
                yield Problem(
                    code="ScriptFolder",
                    path=argument,
                    value=folder.as_posix(),
                    message="is not a directory",
                    fix="specify an existing directory; relative paths are resolved against the "
                    "working directory",
                )

    def _size_problems(self) -> Iterator[Problem]:
        """The function that uploads the scripts has 512 MiB of storage.

        Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_deployment-readme.html
        """
        total = sum(file.size for file in self._contents.values())
        if total > _MAX_MIB * _MIB:
            name, largest = max(self._contents.items(), key=lambda item: item[1].size)
            yield Problem(
                code="ScriptFolderLimit",
                path=f"{self.argument}[{name!r}]",
                value=largest.path.as_posix(),
                message=f"is {largest.size // _MIB} of {total // _MIB} MiB in the folder, and the "
                f"upload supports up to {_MAX_MIB} MiB",
                fix="keep only scripts in the folder, and load large files from a bucket or a "
                "file system",
            )

    def _file_problems(self, name: str, file: ScriptFile) -> Iterator[Problem]:
        """The entry point must start with `#!`, and scripts must have LF line endings."""
        argument = f"{self.argument}[{name!r}]"
        yield from secret_file_problems(argument, name, file)
        is_script = file.head.startswith(b"#!") or file.path.suffix in _SCRIPT_SUFFIXES
        if name == self.on_create and not file.head.startswith(b"#!"):
            yield Problem(
                code="Shebang",
                path=argument,
                value=file.head[:20].decode(errors="replace"),
                message="is not an interpreter line (#!), which the entry point requires",
                fix="add '#!/bin/bash' as the first line",
                severity=Severity.WARNING,
            )
        if is_script and b"\r" in file.content():
            yield Problem(
                code="CarriageReturn",
                path=argument,
                value=file.path.as_posix(),
                message="has CRLF line endings, which bash does not support",
                fix="save it with LF line endings, and add '* text eol=lf' to .gitattributes",
            )
