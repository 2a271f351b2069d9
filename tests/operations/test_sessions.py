"""`connect`, `run`, `ssh-config` and `logs`: what reaches nodes."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.aws.rules import node_sessions

from .live import NAME, Live


def masked(text: str) -> str:
    """A text without what differs between sessions."""
    return re.sub(r"emulator-[0-9a-f]{17}", "SESSION", text)


def target(live: Live, node: str) -> str:
    return f"sagemaker-cluster:{live.arn.rpartition('/')[2]}_gpu-{node}"


def test_connects_with_the_plug_in(live: Live) -> None:
    (first, *_) = live.run("nodes", NAME, "--group", "gpu", "--json").json["Nodes"]

    done = live.run("connect", NAME, "gpu/0")

    assert done.out.startswith("\nStarting session with SessionId: emulator-")
    (session,) = live.sessions()
    assert session["asked"] == {"Target": target(live, first["InstanceId"])}
    assert session["profile"] == ""
    assert session["argv"][1] == "AWS_SSM_START_SESSION_RESPONSE"


@pytest.mark.parametrize("version", ["1.2.764.0", "1.2.497.0"])
def test_the_plug_in_is_started_as_the_aws_cli_does(live: Live, version: str) -> None:
    live.more = {"PLUGIN_VERSION": version, "AWS_PROFILE": "work"}
    (live.folder / ".aws").mkdir()
    profile = "region = us-west-2\naws_access_key_id = emulator\naws_secret_access_key = secret\n"
    (live.folder / ".aws" / "config").write_text(f"[profile work]\n{profile}")
    node = live.ids()[0]
    live.run("connect", NAME, node, "--profile", "work", "--run-as", "Sessions")
    subprocess.run(
        [
            *(sys.executable, "-m", "awscli", "ssm", "start-session", "--profile", "work"),
            *("--target", target(live, node), "--document-name", "Sessions"),
        ],
        env=live.environment,
        check=True,
        capture_output=True,
    )

    ours, theirs = live.sessions()
    assert masked(json.dumps(ours)) == masked(json.dumps(theirs))
    assert ours["profile"] == "work"
    assert ours["asked"]["DocumentName"] == "Sessions"


def test_a_missing_plug_in_is_said_before_a_session_starts(live: Live) -> None:
    (live.folder / "bin" / "session-manager-plugin").unlink()

    done = live.run("connect", NAME, "gpu/0", status=2)

    assert "requires session-manager-plugin of AWS, which is not in PATH; see https://" in done.err
    assert done.err.count("\n") == 1


def test_a_node_that_is_not_connected(live: Live) -> None:
    live.emulator.clusters.break_node(NAME, live.ids()[0], "gone")

    done = live.run("connect", NAME, live.ids()[0], status=2)

    assert "StartSession: TargetNotConnected" in done.err


def test_runs_a_command_on_a_group(live: Live) -> None:
    done = live.run("run", NAME, "gpu", "--", "echo", "--", "a  b", "$HOME")

    assert sorted(done.out.splitlines()) == [f"gpu/{index}: -- a  b $HOME" for index in range(3)]
    assert done.err == "3 of 3 nodes succeeded\n"
    assert {each["asked"]["DocumentName"] for each in live.sessions()} == {
        "AWS-StartNonInteractiveCommand"
    }


def test_runs_a_command_on_several_groups_and_nodes(live: Live) -> None:
    done = live.run("run", NAME, "controller", "gpu/1", "--", "echo", "--", "fine")

    assert sorted(done.out.splitlines()) == ["controller/0: -- fine", "gpu/1: -- fine"]


def test_a_single_word_is_for_the_shell_of_the_node(live: Live) -> None:
    done = live.run(
        "run",
        NAME,
        "gpu/0",
        "--json",
        "--",
        'echo "it\'s" $((1 + 1)) | tr a-z A-Z # c\nexit 3',
        status=1,
    )

    (result,) = done.json
    assert (result["Name"], result["ExitStatus"], result["Output"]) == ("gpu/0", 3, "IT'S 2\n")


def test_reports_output_of_failing_commands(live: Live) -> None:
    done = live.run("run", NAME, "gpu/0", "--", "ls /nowhere", status=1)

    assert "/nowhere" in done.out
    assert re.search(r"gpu/0: exit status \d", done.err)
    assert done.err.endswith("0 of 1 node succeeded\n")


def test_sessions_that_end_at_random_are_started_again(live: Live) -> None:
    live.fault("", "Cannot perform start session: EOF\n")

    done = live.run("run", NAME, "gpu/0", "--", "echo fine")

    assert done.out == "gpu/0: fine\n"
    assert "gpu/0: the session ended without output (EOF); attempt 2 of 4" in done.err
    assert "gpu/0: Cannot perform start session: EOF; attempt 3 of 4" in done.err


def test_gives_up_after_four_sessions(live: Live) -> None:
    live.fault(*["Cannot perform start session: EOF\n"] * 4)

    done = live.run("run", NAME, "gpu/0", "--", "echo fine", status=1)

    assert done.out == ""
    assert done.err.endswith("Cannot perform start session: EOF\n0 of 1 node succeeded\n")


def test_a_command_that_takes_too_long_is_not_repeated(live: Live) -> None:
    done = live.run("run", "--timeout", "2", NAME, "gpu/0", "--", "exec sleep 30", status=1)

    assert "gpu/0: timed out after 2 seconds; the command may continue" in done.err
    assert len(live.sessions()) == 1


def test_starts_three_sessions_a_second_at_most(live: Live) -> None:
    live.run("scale", NAME, "gpu", "12", "--wait", "--interval", "0.1")
    node_sessions.throttled.clear()

    done = live.run("run", NAME, "gpu", "--", "true")

    # Requests that a busy machine delays can arrive together.
    assert len(node_sessions.throttled) < 4
    assert done.err == "12 of 12 nodes succeeded\n"
    assert len(live.sessions()) == 12


def test_prints_entries_for_ssh(live: Live) -> None:
    node = live.ids()[0]
    done = live.run("ssh-config", NAME, node, "--user", "alice", "--region", "us-west-2")
    config = live.folder / "config"
    config.write_text(done.out)

    assert re.match(rf"Host training-gpu-\d {node}\n", done.out)
    assert f"HostName {target(live, node)}\n" in done.out
    read = subprocess.run(
        ["ssh", "-G", "-F", str(config), node],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert f"hostname {target(live, node)}\n" in read
    assert "user alice\n" in read
    assert "--document-name AWS-StartSSHSession --parameters portNumber=%p" in read
    assert len(json.loads(live.run("ssh-config", NAME, "--json").out)) == 4


def test_prints_the_log_of_lifecycle_scripts(live: Live) -> None:
    node = live.ids()[0]
    live.log(f"LifecycleConfig/gpu/{node}", "start", "done")
    live.log(f"SagemakerHealthMonitoringAgent/gpu/{node}", "healthy")

    lines = live.run("logs", NAME, node).out.splitlines()
    health = live.run("logs", NAME, node, "--stream", "health", "--json")

    assert [line.split(" ", 1)[1] for line in lines] == ["start", "done"]
    assert health.json["message"] == "healthy"


def test_prints_the_log_of_a_node_that_no_longer_exists(live: Live) -> None:
    node = live.ids()[0]
    live.log(f"LifecycleConfig/gpu/{node}", "no licence")
    live.run("replace", NAME, node, "--yes")
    assert node not in live.ids()

    done = live.run("logs", NAME, node, "--group", "gpu")

    assert done.out.endswith(" no licence\n")
    other = live.run("logs", NAME, node, "--group", "cpu", status=2).err
    assert f"has no log stream LifecycleConfig/cpu/{node}; verify its group (LogMissing)" in other
    assert "no longer exists (NodeUnknown)" in live.run("logs", NAME, node, status=2).err


def test_says_that_there_is_no_log_yet(live: Live) -> None:
    live.emulator.clusters.break_node(NAME, live.ids()[0], "scripts failed")

    done = live.run("logs", NAME, live.ids()[0], status=2)

    assert "is Failure and has no log stream LifecycleConfig/gpu/" in done.err
    assert (
        "yet; message of the node: scripts failed; --follow waits for it (LogMissing)\n" in done.err
    )


def test_says_where_a_running_node_has_no_log(live: Live) -> None:
    done = live.run("logs", NAME, "gpu/0", status=2)

    group = f"/aws/sagemaker/Clusters/{NAME}/{live.arn.rpartition('/')[2]}"
    assert f"in the log group {group}; its instance group may have no lifecycle scripts" in done.err
    assert " yet" not in done.err


def test_follows_a_log_that_begins_later(live: Live) -> None:
    node = live.ids()[0]
    process = live.start("logs", NAME, node, "--follow", "--interval", "0.2")
    assert process.stdout is not None
    time.sleep(3)
    live.log(f"LifecycleConfig/gpu/{node}", "start")
    assert process.stdout.readline().endswith(" start\n")
    live.log(f"LifecycleConfig/gpu/{node}", "done")
    assert process.stdout.readline().endswith(" done\n")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 130
