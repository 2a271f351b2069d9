"""slurm.conf, which belongs to the platform, and the file of ours that it includes."""

from __future__ import annotations

import re
from pathlib import Path

from lifecycle_error import LifecycleError
from node_files import node_path, write_file

FOLDER = "/opt/slurm/etc"
OWN_NAME = "hyperpod_constructs.conf"
INCLUDE = f"include {OWN_NAME}"

_COMMENT = re.compile(r"(?<!\\)#.*")
_SETTING = re.compile(r"\s*(\w+)\s*=\s*(\"[^\"]*\"|\S+)")
_INCLUDED = re.compile(r"\s*include\s+(\S+)", re.IGNORECASE)


class SlurmConf:
    """What slurm.conf and the files it includes say, ours left out."""

    def __init__(self) -> None:
        self.folder = node_path(FOLDER)
        self.path = self.folder / "slurm.conf"
        self._settings: list[tuple[str, str]] = []
        self._read(self.path)

    def all(self, key: str) -> list[str]:
        """The values of a key, in their order; upper and lower case are one."""
        return [value for name, value in self._settings if name == key.lower()]

    def get(self, key: str) -> str | None:
        """The value of a key: as in Slurm, the last one counts."""
        values = self.all(key)
        return values[-1] if values else None

    @property
    def slurm_user(self) -> str:
        """The user that slurmctld and slurmdbd run as."""
        return self.get("SlurmUser") or "root"

    def mentions_gpus(self) -> bool:
        """Whether a node has GPUs."""
        return any(re.search(r"\bgpu\b", value) for value in self.all("Gres"))

    def include(self, settings: dict[str, str]) -> bool:
        """Writes our file, then sees to it that slurm.conf includes it.

        Returns:
            Whether a file has changed.
        """
        for key, value in settings.items():
            if re.search(r"[\x00-\x1f\x7f]", value):
                raise LifecycleError(f"{key} of {OWN_NAME} has a line break")
        lines = [f"{key}={value}" for key, value in settings.items()]
        text = "\n".join(["# Written anew whenever the lifecycle scripts run.", *lines, ""])
        own = self.folder / OWN_NAME
        is_new = not own.is_file() or own.read_text(encoding="utf-8") != text
        if is_new:
            write_file(own, text)
        before = self.path.read_text(encoding="utf-8")
        others = [line for line in before.splitlines() if line.strip().lower() != INCLUDE]
        after = "\n".join([*others, INCLUDE, ""])
        if len(others) == len(before.splitlines()):
            # The platform may be writing, too: what it writes is never replaced.
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{INCLUDE}\n" if before.endswith("\n") else f"\n{INCLUDE}\n")
        elif after != before:
            write_file(self.path, after)
        return is_new or after != before

    def _read(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise LifecycleError(f"{path} cannot be read: {error.strerror}") from error
        for line in text.replace("\\\n", " ").splitlines():
            content = _COMMENT.sub("", line)
            included = _INCLUDED.fullmatch(content.rstrip())
            if included is None:
                self._settings += [
                    (key.lower(), value.strip('"')) for key, value in _SETTING.findall(content)
                ]
            elif Path(included[1]).name != OWN_NAME and "*" not in included[1]:
                self._read(self.folder / included[1])
