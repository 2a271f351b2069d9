"""Moves slurm.conf and slurmctld's state where all controllers see them.

Arguments: the shared folder of this cluster, and whether this controller is primary or backup.
The primary controller brings what the platform gave it; the others wait for that.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import stat
import sys
from pathlib import Path

from command import output_of, patiently, run_step
from guarded_path import open_folder
from lifecycle_error import LifecycleError
from node_files import node_path, write_file
from patterns import OPERATOR_ID
from shared_folder import mount_point_of
from slurm_conf import FOLDER, SlurmConf


def main() -> None:
    """Fills the shared folder if this is the primary controller, then points this node there."""
    shared, is_primary = node_path(sys.argv[1]), sys.argv[2] == "primary"
    etc, state = shared / "etc", shared / "state"
    local_etc = node_path(FOLDER)
    if mount_point_of(shared) == Path("/"):
        raise LifecycleError(
            f"slurm_shared_directory: {shared} does not lie on a mounted file system, "
            "so the controllers would not share it"
        )
    finish_interrupted_link(local_etc)
    if not is_primary:
        wait_for(etc / "slurm.conf")
    # From here on nobody but root and Slurm can change a name below the shared folder.
    require_own(sys.argv[1], etc.name, state.name)
    if is_primary:
        wait_for(local_etc / "slurm.conf")
        seed(state, local_state(shared))
        # A controller that was replaced has newer files of the platform than the shared ones.
        seed(etc, local_etc)
        refresh(etc, local_etc)
    wait_for(etc / "slurm.conf")
    link(local_etc, etc)
    location = local_state(shared)
    if location:
        link(location, state)
    start_after_mount(sys.argv[1])


def require_own(shared: str, *names: str) -> None:
    """The shared folder is root's, and what is in it belongs to no user and is open to none.

    A folder that a user has planted would hold the configuration of the whole cluster.
    """
    with open_folder(shared, make=True) as folder:
        folder.require_trust()
        for name in names:
            if not folder.has(name):
                continue
            with folder.folder(name) as found:
                status = found.status
            if status.st_uid > OPERATOR_ID and not is_slurm(status.st_uid):
                raise LifecycleError(
                    f"{found.path} belongs to the user {status.st_uid}, not to root or Slurm; "
                    "remove it"
                )
            if status.st_mode & stat.S_IWOTH:
                raise LifecycleError(f"{found.path} can be written by every user; remove it")


def is_slurm(uid: int) -> bool:
    """Whether the id, which distributions choose as they like, is that of Slurm."""
    try:
        return uid in (os.geteuid(), pwd.getpwnam("slurm").pw_uid)
    except KeyError:
        return uid == os.geteuid()


def wait_for(path: Path) -> None:
    """Waits until a file has been written."""

    def look() -> str:
        if not path.exists() or not path.stat().st_size:
            raise LifecycleError(f"{path} is not there")
        return ""

    patiently(look)


def local_state(shared: Path) -> Path | None:
    """Where slurmctld of this node would keep its state, unless that is shared already."""
    location = SlurmConf().get("StateSaveLocation")
    if location is None or node_path(location) == shared / "state":
        return None
    return node_path(location)


def seed(target: Path, source: Path | None) -> None:
    """Makes a shared folder of a local one, once and at once."""
    if target.exists():
        return
    new = target.with_name(f".{target.name}.{socket.gethostname()}")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o755)
    if source and source.exists():
        output_of("cp", "--archive", f"{source}/.", str(new))
    else:
        shutil.chown(new, SlurmConf().slurm_user)
    new.rename(target)


def refresh(target: Path, source: Path) -> None:
    """Takes over the files of a folder that is not shared yet, each at once."""
    if source.is_symlink():
        return
    for file in source.iterdir():
        if file.is_file():
            new = target / f".{file.name}.{socket.gethostname()}"
            output_of("cp", "--archive", str(file), str(new))
            new.replace(target / file.name)


def finish_interrupted_link(path: Path) -> None:
    """Takes back the folder that a killed run had moved away without putting the link there."""
    moved = _moved(path)
    if not path.exists() and not path.is_symlink() and moved.exists():
        move(moved, path)


def link(path: Path, target: Path) -> None:
    """Puts a link in the place of a folder, which is kept beside it."""
    if path.is_symlink() and path.resolve() == target.resolve():
        return
    # slurmctld must not write to a folder that moves.
    output_of("systemctl", "stop", "slurmctld")
    if path.exists() or path.is_symlink():
        moved = _moved(path)
        if moved.exists():
            shutil.rmtree(moved)
        move(path, moved)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def start_after_mount(shared: str) -> None:
    """At boot, neither daemon finds its files before the shared file system is mounted."""
    for service in ("slurmctld", "slurmdbd"):
        drop_in = f"/etc/systemd/system/{service}.service.d/shared-folder.conf"
        write_file(node_path(drop_in), f"[Unit]\nRequiresMountsFor={shared}\n")
    output_of("systemctl", "daemon-reload")


def move(path: Path, target: Path) -> None:
    """Gives a folder another name, which on some file systems takes more than renaming."""
    output_of("mv", "--no-target-directory", str(path), str(target))


def _moved(path: Path) -> Path:
    return path.with_name(f"{path.name}.local")


if __name__ == "__main__":
    run_step(main)
