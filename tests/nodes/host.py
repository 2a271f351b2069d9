"""A host: a copy of the image whose systemd runs as process 1, in its own network."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from . import cgroup, command, root
from .command import PATIENCE
from .network import CLAIMS, Network

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BOOTED = ("running", "degraded")
# They look for hardware, or are for machines that run for days: a third of what a boot takes of a processor.
_UNUSED = (
    *(f"modprobe@{module}.service" for module in ("configfs", "drm", "efi_pstore", "fuse")),
    *("dev-hugepages.mount", "dev-mqueue.mount", "sys-fs-fuse-connections.mount"),
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "systemd-modules-load.service"),
    *("systemd-remount-fs.service", "systemd-udev-load-credentials.service"),
    *("ldconfig.service", "systemd-journal-catalog-update.service", "systemd-sysusers.service"),
    *("systemd-update-done.service", "systemd-creds.socket", "systemd-sysext.socket"),
    *("systemd-ask-password-console.path", "systemd-ask-password-wall.path"),
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer"),
)


@dataclass
class Host:
    """One host.

    Attributes:
        network: Its network.
        name: Its host name.
        address: Its address.
        shared: Folder with what file servers hold, by their addresses.
        disk: Size of its disk.
        environment: Environment of what is run on it.
        layer: A folder over the image, if any.
    """

    network: Network
    name: str
    address: str
    shared: Path
    disk: str = "2g"
    environment: dict[str, str] = field(default_factory=dict)
    layer: Path | None = None
    _process: subprocess.Popen[bytes] | None = None
    _leader: int = 0

    def __post_init__(self) -> None:
        self._folder = CLAIMS / "hosts" / self.address
        self.files = self._folder / "root"
        upper, work = self._folder / "disk/upper", self._folder / "disk/work"
        for folder in (self.files, upper.parent):
            folder.mkdir(parents=True)
        _mount("-t", "tmpfs", "-o", f"size={self.disk}", "disk", str(upper.parent))
        upper.mkdir()
        work.mkdir()
        lower = f"{self.layer}:{root.path()}" if self.layer else f"{root.path()}"
        layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
        _mount("-t", "overlay", "-o", layers, "overlay", str(self.files))
        self._namespace = self.network.plug(self.address)
        self.network.names.addresses[self.name] = self.address
        self.write("/etc/machine-id", f"{uuid4().hex}\n")
        self.write("/etc/hostname", f"{self.name}\n")
        self.write("/etc/hosts", "127.0.0.1 localhost\n")
        self.write("/etc/resolv.conf", f"nameserver {self.network.gateway}\n")
        for unit in _UNUSED:
            (self.files / "etc/systemd/system" / unit).symlink_to("/dev/null")

    def start(self) -> None:
        """Switches the host on."""
        group = cgroup.make(self.address)
        self._process = subprocess.Popen(
            [
                *("systemd-nspawn", "--quiet", "--boot", f"--directory={self.files}"),
                *(f"--machine={self.name}", "--register=no", "--keep-unit", "--capability=all"),
                *(f"--network-namespace-path={self._namespace}", "--resolv-conf=off"),
                *("--link-journal=no", "--timezone=off", "--console=pipe"),
                *("--bind=/dev/autofs", f"--bind={self.shared}:/run/file-systems"),
            ],
            env={"PATH": PATH, "UNIFIED_SYSTEMD_CGROUP_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=(self._folder / "console").open("wb"),
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: cgroup.enter(group),  # noqa: PLW1509 - no thread holds a lock here
        )

    def wait_until_booted(self) -> None:
        """Waits until everything that starts at boot has started."""
        end = time.monotonic() + PATIENCE
        while True:
            state = self._state()
            if state in _BOOTED:
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} does not boot ({state}): {self.console()}")
            time.sleep(0.2)

    def boot(self) -> None:
        """Switches the host on and waits for it."""
        self.start()
        self.wait_until_booted()

    def kill(self) -> None:
        """Takes the power away."""
        if self._process is None:
            return
        if leader := self._find_leader():
            with suppress(ProcessLookupError):
                os.kill(leader, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._process = None
        self._leader = 0
        cgroup.remove(self.address)

    def shut_down(self) -> None:
        """Ends everything in order, as a reboot does, and switches the host off."""
        assert self._process is not None
        self.run("systemctl --no-block poweroff")
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"{self.name} does not shut down: {self.console()}") from error
        self.kill()

    def destroy(self) -> None:
        """Takes the host away, with its disk."""
        self.kill()
        for mount in (self.files, self._folder / "disk"):
            command.run("umount", "--lazy", str(mount))
        self.network.unplug(self.address)
        self.network.names.addresses.pop(self.name, None)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def is_on(self) -> bool:
        """Whether it has been switched on."""
        return self._process is not None

    def run(
        self, command: str, *, check: bool = True, text: str | None = None, limit: float = PATIENCE
    ) -> str:
        """What a shell command prints that root runs on the host.

        Raises:
            AssertionError: When it fails, unless `check` is false.
        """
        done = subprocess.run(
            self.command("bash", "-c", command),
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{self.name}: {command}: {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    def refuse(self, command: str) -> str:
        """What a shell command complains of that has to fail.

        Raises:
            AssertionError: When it does not fail.
        """
        done = subprocess.run(
            self.command("bash", "-c", command),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode, f"{self.name}: {command}: {done.stdout}"
        return done.stderr

    def command(self, *command: str) -> list[str]:
        """The command that runs another one on the host."""
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **self.environment}
        return [
            *("nsenter", "--target", str(self._find_leader()), "--all"),
            *(
                "env",
                "--ignore-environment",
                *(f"{key}={value}" for key, value in environment.items()),
            ),
            *command,
        ]

    def write(self, path: str, content: str, mode: str = "644", owner: str = "root") -> None:
        """Writes a file, whether the host is on or off."""
        place = "" if self.is_on else self.files
        script = (
            f"mkdir -p $(dirname {place}{path}) && cat > {place}{path} && "
            f"chmod {mode} {place}{path} && chown {self._number(owner)} {place}{path}"
        )
        if self.is_on:
            self.run(script, text=content)
        else:
            command.run("bash", "-c", script, text=content)

    def read(self, path: str) -> str:
        """The content of a file, whether the host is on or off."""
        return self.run(f"cat {path}") if self.is_on else (self.files / path[1:]).read_text()

    def console(self) -> str:
        """What the host has written to its console."""
        return (self._folder / "console").read_text(errors="replace")

    def _number(self, owner: str) -> str:
        for line in (root.path() / "etc/passwd").read_text().splitlines():
            name, _, user, group, *_ = line.split(":")
            if name == owner:
                return f"{user}:{group}"
        raise LookupError(owner)

    def _find_leader(self) -> int:
        """The process that is number 1 on the host."""
        if not self._leader and self._process is not None:
            pid = self._process.pid
            children = Path(f"/proc/{pid}/task/{pid}/children")
            text = children.read_text().split() if children.exists() else []
            for child in text:
                with suppress(OSError):
                    if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                        self._leader = int(child)
        return self._leader

    def _state(self) -> str:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} does not start: {self.console()}")
        if not self._find_leader():
            return "off"
        return self.run("systemctl is-system-running", check=False).strip()


def _mount(*arguments: str) -> None:
    command.run("mount", *arguments)
