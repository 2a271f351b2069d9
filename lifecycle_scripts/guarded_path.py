"""Opens files and folders in directories that users can write, without following links.

Root uses this module for all operations below such directories. Each part of a path is opened by
descriptor, so that it cannot be replaced between a check and its use. The owner of an existing file
is never changed.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from types import TracebackType

from lifecycle_error import LifecycleError
from node_files import node_path
from patterns import OPERATOR_ID

SMALL_FILE = 1 << 20

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Opening a FIFO or a device would wait or act without O_NONBLOCK.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class UnsafePathError(LifecycleError):
    """A path that is not of the expected type, or that users can replace."""


class Folder:
    """An open folder. `doubt` names the users who can replace a part of its path, if any."""

    def __init__(self, descriptor: int, path: str, doubt_above: str) -> None:
        self.descriptor = descriptor
        self.path = path
        self._doubt_above = doubt_above
        self.doubt = doubt_above or _doubt(path, self.status)

    def __enter__(self) -> Folder:  # noqa: PYI034 - Self is newer than Python 3.8
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the folder."""
        os.close(self.descriptor)

    @property
    def status(self) -> os.stat_result:
        """Owner and mode."""
        return os.fstat(self.descriptor)

    def require_trust(self) -> None:
        """Only root can replace a part of the path."""
        if self.doubt:
            raise UnsafePathError(self.doubt)

    def keep_names(self) -> None:
        """Sets the sticky bit if all users can write, so that they cannot rename what others have."""
        mode = stat.S_IMODE(self.status.st_mode)
        if not mode & stat.S_IWOTH or mode & stat.S_ISVTX:
            return
        print(f"{self.path} has the mode {mode:04o}; setting the sticky bit")  # noqa: T201
        try:
            os.fchmod(self.descriptor, mode | stat.S_ISVTX)
        except OSError as error:
            print(f"{self.path}: the sticky bit cannot be set: {error.strerror}")  # noqa: T201
        else:
            self.doubt = self._doubt_above or _doubt(self.path, self.status)

    def has(self, name: str) -> bool:
        """Whether an entry exists, including a dangling link."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def folder(self, name: str) -> Folder:
        """Opens a folder in this one."""
        path = f"{self.path.rstrip('/')}/{name}"
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=self.descriptor)
        except OSError as error:
            raise _reason(path, error) from error
        return Folder(descriptor, path, self.doubt)

    def make_folder(self, name: str, mode: int, uid: int = -1, gid: int = -1) -> Folder:
        """Creates a folder with its owner and mode. An existing folder is an error."""
        made = self.new_folder()
        with made:
            os.fchown(made.descriptor, uid, gid)
            os.fchmod(made.descriptor, mode)
        self.put(made, name)
        return self.folder(name)

    def new_folder(self) -> Folder:
        """Creates a folder of root with a temporary name, which `put` replaces."""
        self.require_trust()
        name = f".new.{secrets.token_hex(8)}"
        os.mkdir(name, 0o700, dir_fd=self.descriptor)
        return self.folder(name)

    def put(self, made: Folder, name: str) -> None:
        """Renames a new folder, unless the name is in use by anything but an empty folder."""
        temporary = made.path.rsplit("/", 1)[1]
        try:
            os.rename(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        except OSError as error:
            self.remove_folder(temporary)
            raise _reason(f"{self.path}/{name}", error) from error

    def remove_folder(self, name: str) -> None:
        """Removes a folder of this one and the files in it, without following a link."""
        with self.folder(name) as folder:
            for entry in os.listdir(folder.descriptor):  # noqa: PTH208 - by descriptor
                os.unlink(entry, dir_fd=folder.descriptor)
        os.rmdir(name, dir_fd=self.descriptor)

    def write_new(self, name: str, content: bytes, mode: int, uid: int = -1, gid: int = -1) -> int:
        """Creates a file and returns its descriptor. An existing file is an error."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=self.descriptor)
        try:
            os.fchown(descriptor, uid, gid)
            os.fchmod(descriptor, mode)
            while content:
                content = content[os.write(descriptor, content) :]
        except OSError:
            os.close(descriptor)
            os.unlink(name, dir_fd=self.descriptor)
            raise
        return descriptor


def open_folder(path: str, *, make: bool = False) -> Folder:
    """Opens a folder of the node by its absolute path.

    Args:
        path: Path of the folder, without links and `..`.
        make: Whether missing folders are made, with the mode 0755, below folders that only root
            can change.
    """
    parts = [part for part in path.split("/") if part]
    if not path.startswith("/") or {".", ".."} & set(parts):
        raise UnsafePathError(f"{path} is not an absolute path without '.' and '..'")
    folder = Folder(os.open(str(node_path("/")), _FOLDER), "/", "")
    for part in parts:
        with folder as parent:
            if make and not parent.has(part):
                folder = parent.make_folder(part, 0o755)
            else:
                folder = parent.folder(part)
    return folder


def read_small_file(path: str, folder: int | None = None) -> bytes:
    """Reads a regular file that is not too large."""
    descriptor = os.open(path, _FILE, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnsafePathError(f"{path} is not a regular file")
        if status.st_size > SMALL_FILE:
            raise UnsafePathError(f"{path} is larger than {SMALL_FILE} bytes")
        return os.read(descriptor, SMALL_FILE)
    finally:
        os.close(descriptor)


def _doubt(path: str, status: os.stat_result) -> str:
    if status.st_uid not in (0, OPERATOR_ID, os.geteuid()):
        return f"{path} belongs to the user {status.st_uid}, who can replace what is below"
    if status.st_mode & _WRITABLE_BY_OTHERS and not status.st_mode & stat.S_ISVTX:
        mode = stat.S_IMODE(status.st_mode)
        return f"{path} has the mode {mode:04o}, so that others can replace what is below"
    return ""


def _reason(path: str, error: OSError) -> UnsafePathError:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return UnsafePathError(f"{path} is a link or a file, not a folder")
    if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
        return UnsafePathError(f"{path} was created by another user in the meantime")
    return UnsafePathError(f"{path} cannot be opened: {error.strerror}")
