"""A cluster of the emulator, and commands that operate it by their entry point."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.aws import warm_programs
from tests.aws.emulator import Emulator
from tests.aws.front.identity import key_of

from . import commands, plugin

ENTRY_POINT = Path(sys.executable).parent / "hyperpod-constructs"
NAME = "training"
NOTHING = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
ROLE = "arn:aws:iam::123456789012:role/nodes"


@cache
def warm_entry_point() -> Path:
    """A program that is the entry point, without the time to import what it needs."""
    script = warm_programs.workspace() / "commands.py"
    script.write_text(Path(commands.__file__).read_text())
    warm_programs.stand_in(script, dict(os.environ))
    return script


def install_plugin(folder: Path) -> None:
    """Installs the stand-in of session-manager-plugin in a folder, as the commands of `Live` find it."""
    (folder / "bin").mkdir()
    (folder / "faults").mkdir()
    stand_in = folder / "bin" / "session-manager-plugin"
    stand_in.write_text(f"#!{sys.executable}\n{Path(plugin.__file__).read_text()}")
    stand_in.chmod(0o755)


def make_role(emulator: Emulator, name: str, document: Mapping[str, Any]) -> str:
    """A role with a policy, which SageMaker AI can assume."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
            }
        ],
    }
    iam = emulator.cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    return str(role["Arn"])


def make_stack(emulator: Emulator, name: str, role: str = "other") -> dict[str, Any]:
    """A stack with a role, and its template."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
            }
        ],
    }
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [logs]}
    properties = {
        "RoleName": role,
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyName": "p", "PolicyDocument": policy}],
    }
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    emulator.cloud.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return template


def without(statements: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """Statements of a policy that do not allow an action."""
    kept = (
        {**each, "Action": [name for name in each["Action"] if name != action]}
        if each["Effect"] == "Allow"
        else each
        for each in statements
    )
    return [each for each in kept if each["Action"]] or [NOTHING]


def group(name: str, count: int, node_type: str = "Compute", **more: Any) -> dict[str, Any]:
    """An instance group."""
    return {
        "InstanceGroupName": name,
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": count,
        "ExecutionRole": ROLE,
        "SlurmConfig": {"NodeType": node_type},
        **more,
    }


GPU = group(
    "gpu",
    3,
    InstanceStorageConfigs=[{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}],
    ThreadsPerCore=1,
)


def make_cluster(emulator: Emulator, *, continuous: bool = True) -> str:
    """A cluster without a network, and its ARN."""
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    make_role(emulator, "nodes", {"Version": "2012-10-17", "Statement": [logs]})
    mode: dict[str, Any] = (
        {"NodeProvisioningMode": "Continuous", "Orchestrator": {"Slurm": {}}}
        if continuous
        else {"Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge"}}}
    )
    answer = emulator.cloud.client("sagemaker").create_cluster(
        ClusterName=NAME,
        InstanceGroups=[group("controller", 1, "Controller"), GPU],
        **mode,
    )
    return str(answer["ClusterArn"])


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Live:
    """The emulator with a cluster, and a folder with the plug-in.

    Attributes:
        emulator: The emulator.
        arn: ARN of the cluster.
        folder: Folder of the test.
        key: Access key of the caller.
    """

    emulator: Emulator
    arn: str
    folder: Path
    key: str = "emulator"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command."""
        environment = self.emulator.environment
        return {
            **environment,
            "AWS_ACCESS_KEY_ID": self.key,
            "PATH": f"{self.folder / 'bin'}:{environment['PATH']}",
            "PLUGIN_LOG": str(self.folder / "sessions.log"),
            "PLUGIN_FAULTS": str(self.folder / "faults"),
            "HOME": str(self.folder),
            **self.more,
        }

    def run(self, *arguments: str, status: int | None = 0, text: str = "") -> Done:
        """Runs a command with a text as its input, and expects an exit status."""
        # The process of a command that connects becomes that of the plug-in.
        entry_point = ENTRY_POINT if "connect" in arguments else warm_entry_point()
        done = subprocess.run(
            [str(entry_point), *arguments],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=360,
            cwd=self.folder,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert status in {None, done.returncode}, done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts a command that runs until it is interrupted."""
        return subprocess.Popen(
            # A shell has processes of its background ignore interrupts.
            ["env", "--default-signal=INT", str(ENTRY_POINT), *arguments],  # noqa: S607
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def as_role(self, name: str, statements: Sequence[Mapping[str, Any]]) -> None:
        """Has a role with a policy call from now on."""
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        self.key = key_of(make_role(self.emulator, name, document))

    def restore(self) -> None:
        """Has the group `gpu` its first number of nodes again."""
        sagemaker = self.emulator.cloud.client("sagemaker")
        sagemaker.update_cluster(ClusterName=NAME, InstanceGroups=[GPU])

    def ids(self, name: str = "gpu") -> list[str]:
        """IDs of the nodes of a group, the oldest first, as of now."""
        found = self.emulator.clusters.find(NAME)
        assert found is not None
        return list(found.nodes[name])

    def states(self, name: str = "gpu") -> list[str]:
        """States of the nodes of a group."""
        found = self.emulator.clusters.find(NAME)
        assert found is not None
        return [node.states[0] for node in found.nodes[name].values()]

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that the plug-in had."""
        log = self.folder / "sessions.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def fault(self, *texts: str) -> None:
        """Has the next sessions print texts instead of running commands."""
        for index, text in enumerate(texts):
            (self.folder / "faults" / f"{index}").write_text(text)

    def log(self, stream: str, *messages: str) -> None:
        """Writes to a log stream of the cluster."""
        logs = self.emulator.cloud.client("logs")
        name = f"/aws/sagemaker/Clusters/{NAME}/{self.arn.rpartition('/')[2]}"
        for create, arguments in (
            (logs.create_log_group, {}),
            (logs.create_log_stream, {"logStreamName": stream}),
        ):
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                create(logGroupName=name, **arguments)
        now = int(time.time() * 1000)
        logs.put_log_events(
            logGroupName=name,
            logStreamName=stream,
            logEvents=[
                {"timestamp": now + index, "message": message}
                for index, message in enumerate(messages)
            ],
        )
