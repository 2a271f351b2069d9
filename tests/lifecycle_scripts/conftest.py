"""A pretend node: the scripts run for real, every command that would change the machine does not."""

import getpass
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "lifecycle_scripts"

# The scripts import each other from their own folder, so the tests find them in the same way.
# At the end of the path they hide no other module.
sys.path.append(str(SCRIPTS))

PRETENDED = (
    "apt-get",
    "aws",
    "curl",
    "docker",
    "dpkg",
    "dpkg-query",
    "findmnt",
    "getent",
    "gpasswd",
    "groupadd",
    "hostname",
    "iptables",
    "journalctl",
    "ldconfig",
    "make",
    "mariadb",
    "modprobe",
    "mount",
    "pam-auth-update",
    "sacctmgr",
    "scontrol",
    "sleep",
    "sync",
    "systemctl",
    "systemd-escape",
    "tar",
    "timeout",
    "uname",
    "useradd",
    "usermod",
)
REAL = (
    *(
        "awk",
        "bash",
        "cat",
        "chmod",
        "chown",
        "cp",
        "cut",
        "dirname",
        "fallocate",
        "grep",
        "gzip",
        "head",
        "install",
    ),
    *(
        "mkdir",
        "mktemp",
        "mv",
        "rm",
        "sed",
        "sha256sum",
        "ssh-keygen",
        "stat",
        "tail",
        "touch",
        "tr",
    ),
)

INCLUDED = "opt/slurm/etc/hyperpod_constructs.conf"
NEVER = "etc/systemd/system/slurmd.service.d/controller.conf"
OPTIONS = "etc/default/hyperpod_slurmd"
DROP_IN = "etc/systemd/system/slurmd.service.d/conf-server.conf"

FORM: dict[str, Any] = {
    "version": "1.0.0",
    "workload_manager": "slurm",
    "controller_group": "controller",
    "login_group": "login",
    "worker_groups": [{"instance_group_name": "gpu", "partition_name": "gpu"}],
}
LUSTRE = {"fsx_dns_name": "fs-1.fsx.example.com", "fsx_mountname": "abcdefgh"}
OPENZFS = {"fsx_openzfs_dns_name": "fs-2.fsx.example.com"}
RESOURCE_CONFIG: dict[str, Any] = {
    "ClusterConfig": {"ClusterName": "training"},
    "InstanceGroups": [
        {"Name": "controller", "Instances": [{"CustomerIpAddress": "10.1.0.11"}]},
        {"Name": "login", "Instances": [{"CustomerIpAddress": "10.1.0.12"}]},
        {
            "Name": "gpu",
            "Instances": [{"CustomerIpAddress": "10.1.0.21"}, {"CustomerIpAddress": "10.1.0.22"}],
        },
    ],
}


class PretendNode:
    """A node whose files lie below a folder and whose PATH holds harmless commands only."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.scripts = folder / "scripts"
        self.notes = folder / "notes"
        self.commands = folder / "commands"
        self.resource_config = folder / "resource_config.json"
        self.fstab = self.root / "etc" / "fstab"
        self.slurm_conf = self.root / "opt" / "slurm" / "etc" / "slurm.conf"
        self.log = self.root / "var" / "log" / "provision" / "provisioning.log"
        self._lay_out()
        self.is_given(FORM, RESOURCE_CONFIG, "10.1.0.11")

    def has_steps(self, **steps: Any) -> None:
        """Puts down what the cluster's owner has turned on."""
        (self.scripts / "steps.json").write_text(json.dumps(steps))

    def file(self, path: str) -> Path:
        """A file of the node, by its path there; its folder is made."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def lacks(self, *commands: str) -> None:
        """Takes commands away."""
        for command in commands:
            (self.commands / command).unlink()

    def is_given(
        self, form: dict[str, Any], resource_config: dict[str, Any], addresses: str
    ) -> None:
        """Puts down what the platform and S3 give a node."""
        (self.scripts / "provisioning_params.json").write_text(json.dumps(form))
        self.resource_config.write_text(json.dumps(resource_config))
        self.note("addresses", addresses)

    def note(self, name: str, content: str) -> None:
        """Tells the pretended commands how to behave."""
        (self.notes / name).write_text(content)

    def replace(self, command: str, script: str) -> None:
        """Gives one command another behaviour for one test."""
        (self.commands / command).unlink(missing_ok=True)
        (self.commands / command).write_text(f"#!/bin/bash\n{script}\n")
        (self.commands / command).chmod(0o755)

    def run(
        self, script: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a script as a node does: from another folder, not executable."""
        interpreter = "python3" if script.endswith(".py") else "bash"
        return subprocess.run(
            [self.commands / interpreter, self.scripts / script, *arguments],
            cwd="/",
            env={**self.environment(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=20,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """The environment that a script finds."""
        return {
            "PATH": str(self.commands),
            "NOTES": str(self.notes),
            "SAGEMAKER_RESOURCE_CONFIG_PATH": str(self.resource_config),
            "HYPERPOD_NODE_ROOT": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def launcher(self) -> Path:
        """A program that runs a script with no command but those of the node."""
        path = self.notes / "launcher"
        path.write_text(f'#!/bin/bash\nPATH={self.commands} exec bash "$1"\n')
        path.chmod(0o755)
        return path

    def file_of_site(self, name: str, content: str, folder: str = "site") -> Path:
        """Puts a file of the cluster's owner beside the scripts, with the mode that S3 leaves."""
        path = self.scripts / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        path.chmod(0o644)
        return path

    def use_python(self, python: str) -> None:
        """Makes this interpreter the node's python3, with nothing but its standard library."""
        program = Path(python).resolve()
        (self.commands / "python3").unlink(missing_ok=True)
        (self.commands / "python3").symlink_to(program)
        (self.commands / "pyvenv.cfg").write_text(
            f"home = {program.parent}\ninclude-system-site-packages = false\n"
        )

    def calls(self, *commands: str) -> list[str]:
        """What was called since the last question, of these commands or of all."""
        notes = self.notes / "calls"
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [line for line in lines if not commands or line.split()[0] in commands]

    def tree(self) -> dict[str, tuple[int, str]]:
        """Every file of the node but its log: mode and content."""
        return {
            str(path.relative_to(self.root)): (path.stat().st_mode, path.read_text())
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path != self.log
        }

    def last_line(self) -> str:
        """The last line of the log."""
        return self.log.read_text().splitlines()[-1]

    def _lay_out(self) -> None:
        for folder in (self.notes, self.commands, self.fstab.parent, self.slurm_conf.parent):
            folder.mkdir(parents=True)
        self.scripts.mkdir()
        for script in SCRIPTS.iterdir():
            if script.is_file():
                shutil.copyfile(script, self.scripts / script.name)
        for command in REAL:
            (self.commands / command).symlink_to(real_command(command))
        for command in PRETENDED:
            (self.commands / command).symlink_to(Path(__file__).parent / "pretend_command.sh")
        self.use_python(sys.executable)
        self.note("mounts", "")
        self.note("enabled", "")
        self.note("passwd", "")
        self.note("group", "")
        self.note("installed", "")
        self.note("is-active", "")
        self.note("cat", "slurmdbd\n")
        self.note("docker-root", "")
        self.note("machine", "x86_64")
        for entity in ("cluster", "account", "association", "user"):
            self.note(f"sacctmgr-{entity}", "")
        self.fstab.write_text("# static file systems\nLABEL=root / ext4 defaults 0 1\n")
        self.slurm_conf.write_text(
            f"ClusterName=training\nSlurmctldHost=controller\nSlurmUser={getpass.getuser()}\n"
        )


@cache
def real_command(name: str) -> str:
    """Where this machine has a command."""
    path = shutil.which(name)
    assert path is not None
    return path


@pytest.fixture
def node(tmp_path: Path) -> PretendNode:
    """A fresh controller."""
    assert os.access(Path(__file__).parent / "pretend_command.sh", os.X_OK)
    return PretendNode(tmp_path)
