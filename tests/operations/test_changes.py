"""`reboot`, `replace`, `scale` and `update-software`: requests, confirmation, waiting."""

import os
import pty
import signal
import subprocess
from typing import Any

import pytest

from .live import ENTRY_POINT, NAME, Live, group

WAIT = ("--wait", "--interval", "0.1", "--timeout", "20")
CHANGES = {
    "reboot": ("reboot", NAME, "gpu/0"),
    "replace": ("replace", NAME, "gpu/0"),
    "scale": ("scale", NAME, "gpu", "1"),
    "update-software": ("update-software", NAME, "gpu"),
}


def described(live: Live, name: str = "gpu") -> dict[str, Any]:
    """A group as DescribeCluster returns it."""
    answer = live.emulator.cloud.client("sagemaker").describe_cluster(ClusterName=NAME)
    (found,) = (each for each in answer["InstanceGroups"] if each["InstanceGroupName"] == name)
    result: dict[str, Any] = found
    return result


@pytest.mark.parametrize("command", CHANGES)
def test_nothing_is_changed_without_confirmation(live: Live, command: str) -> None:
    before = live.ids()

    done = live.run(*CHANGES[command], status=2)

    assert done.err.endswith("(ConfirmationMissing)\n")
    assert live.ids() == before
    assert live.states() == ["Running"] * 3


@pytest.mark.parametrize("command", CHANGES)
def test_a_dry_run_changes_nothing(live: Live, command: str) -> None:
    before = live.ids()

    done = live.run(*CHANGES[command], "--dry-run", "--yes")

    assert done.out.startswith("Dry run: ")
    assert (live.ids(), live.states()) == (before, ["Running"] * 3)
    assert live.run(*CHANGES[command], "--dry-run", "--json").json["DryRun"] is True


def test_a_dry_run_says_which_controllers_cannot_be_replaced(live: Live) -> None:
    arguments = ("replace", NAME, "controller/0", "gpu/0", "--dry-run")

    assert "controller/0 is a controller of Slurm, which cannot be replaced" in (
        live.run(*arguments, status=1).out
    )
    found = live.run(*arguments, "--json", status=1).json
    assert found["NodeIds"] == live.ids()[:1]
    assert [*found["Refused"]] == live.ids("controller")


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"n\n", 1), (b"\n", 1)])
def test_asks_at_a_terminal(live: Live, answer: bytes, status: int) -> None:
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [str(ENTRY_POINT), *CHANGES["reboot"]],
        env=live.environment,
        stdin=end,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(terminal, answer)
    _, err = process.communicate(timeout=60)

    assert process.returncode == status
    assert "Their jobs end. Continue? [y/N]" in err
    assert ("Nothing was changed." in err) is bool(status)
    assert live.states().count("Running") == (2 if status == 0 else 3)


def test_reboots_and_waits(live: Live) -> None:
    first = live.run("nodes", NAME, "--group", "gpu", "--json").json["Nodes"][0]["InstanceId"]

    done = live.run("reboot", NAME, "gpu/0", "--yes", *WAIT)

    assert f"reboot gpu/0 {first}: sent" in done.err
    assert "--watch" not in done.err
    assert done.err.rstrip().endswith("done")
    assert "1 Pending, 2 Running" in done.err
    assert first in live.ids()


def test_replaces_by_new_instances_and_waits(live: Live) -> None:
    old = live.ids()

    done = live.run("replace", NAME, old[0], old[1], "--yes", "--json", *WAIT)

    assert done.json == {"Accepted": [old[0], old[1]], "Refused": {}}
    assert len(live.ids()) == 3
    assert set(live.ids()) & set(old) == {old[2]}
    assert live.states() == ["Running"] * 3
    new = [line.split()[-1] for line in done.err.splitlines() if "new node: gpu/" in line]
    assert sorted(new) == sorted({*live.ids()} - {*old})
    assert "positions shift" not in done.err


def test_says_that_positions_shift(live: Live) -> None:
    old = live.ids()[0]

    done = live.run("replace", NAME, "gpu/0", "--yes")

    assert f"replace gpu/0 {old}: sent" in done.err
    assert "gpu/0: can name another node now, since positions shift" in done.err


def test_says_what_the_service_refuses(live: Live) -> None:
    done = live.run("replace", NAME, "controller/0", "gpu/0", "--yes", status=1)

    assert "refused: InvalidInstanceStatus: Controller nodes cannot be replaced." in done.err
    assert done.err.endswith(f"nodes {NAME} --watch follows the change\n")
    assert live.states().count("Pending") == 1


def test_sends_more_nodes_than_a_request_takes(live: Live) -> None:
    live.run("scale", NAME, "gpu", "60", "--yes", *WAIT)
    assert live.states() == ["Running"] * 60

    done = live.run("reboot", NAME, *live.ids(), "--yes", "--json")

    assert len(done.json["Accepted"]) == 60
    assert done.err.count(": sent") == 60


def test_stops_waiting_for_a_node_that_fails(live: Live) -> None:
    process = live.start("replace", NAME, "gpu/0", "--yes", "--wait", "--interval", "1")
    assert process.stderr is not None
    while ": sent" not in process.stderr.readline():
        pass
    live.emulator.clusters.break_node(NAME, live.ids()[-1], "scripts failed")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"{live.ids()[-1]}: Failure: scripts failed" in err


def test_says_what_is_missing_when_time_is_over(live: Live) -> None:
    done = live.run(
        *CHANGES["replace"], "--yes", "--wait", "--interval", "5", "--timeout", "1", status=2
    )

    assert "timed out after 1 seconds: gpu/2 is Pending; the request continues" in done.err


def test_an_interrupted_command_says_that_requests_continue(live: Live) -> None:
    process = live.start("replace", NAME, "gpu/0", "--yes", "--wait", "--interval", "30")
    assert process.stderr is not None
    while "Pending" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "interrupted; requests that were reported as sent continue" in err


def test_scales_out_by_batches_with_continuous_provisioning(live: Live) -> None:
    done = live.run("scale", NAME, "gpu", "5", "--json", *WAIT)

    assert done.json == {
        "Group": "gpu",
        "Before": 3,
        "After": 5,
        "Operation": "BatchAddClusterNodes",
    }
    assert "Set count=5 of group 'gpu' in the code of the stack" in done.err
    assert live.states() == ["Running"] * 5


def test_scales_by_an_update_with_the_rest_of_the_group(at_once: Live) -> None:
    before = described(at_once)

    done = at_once.run("scale", NAME, "gpu", "4", "--json", *WAIT)

    assert done.json["Operation"] == "UpdateCluster"
    assert described(at_once) == {**before, "CurrentCount": 4, "TargetCount": 4}
    assert before["InstanceStorageConfigs"] == [{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}]
    assert described(at_once, "controller")["TargetCount"] == 1


def test_scales_in_after_confirmation(live: Live) -> None:
    done = live.run("scale", NAME, "gpu", "1", "--yes", "--json", *WAIT)

    assert done.json["Operation"] == "UpdateCluster"
    assert len(live.ids()) == 1


def test_does_nothing_for_the_same_number(live: Live) -> None:
    assert live.run("scale", NAME, "gpu", "3").out == "gpu: 3 nodes\n"


def test_sends_names_that_differ_in_a_description_as_a_request_has_them(live: Live) -> None:
    update = {"InstanceGroups": [group("gpu", 3, MinInstanceCount=1, ThreadsPerCore=1)]}
    live.emulator.cloud.client("sagemaker").update_cluster(ClusterName=NAME, **update)

    live.run("scale", NAME, "gpu", "2", "--yes")

    assert (described(live)["TargetCount"], described(live)["MinCount"]) == (2, 1)


def test_updates_software_of_a_group_and_waits(live: Live) -> None:
    done = live.run("update-software", NAME, "gpu", "--yes", "--json", *WAIT)

    assert done.json == {"ClusterArn": live.arn, "InstanceGroups": [{"InstanceGroupName": "gpu"}]}
    found = live.run("nodes", NAME, "--json").json["Nodes"]
    images = {node["Name"]: node["CurrentImageReleaseVersion"] for node in found}
    assert images == {
        "controller/0": "1.0.0",
        **dict.fromkeys(("gpu/0", "gpu/1", "gpu/2"), "1.1.0"),
    }


def test_updates_software_in_batches(live: Live) -> None:
    dry = live.run(*CHANGES["update-software"], "--batch-size", "2", "--dry-run")
    assert "update-software of 3 nodes: 3 of gpu, 2 at a time. All data" in dry.out

    done = live.run(
        *CHANGES["update-software"],
        *("--batch-size", "2", "--wait-between", "600", "--image", "ami-0123456789abcdef0"),
        *("--release", "2.0.0", "--yes", "--json"),
    )
    assert "update-software of 3 nodes: 3 of gpu, 2 at a time: sent" in done.err

    del done.json["ClusterArn"]
    assert done.json["InstanceGroups"] == [
        {"InstanceGroupName": "gpu", "ImageReleaseVersion": "2.0.0"}
    ]
    assert done.json["ImageId"] == "ami-0123456789abcdef0"
    assert done.json["DeploymentConfig"] == {
        "RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 2}},
        "WaitIntervalInSeconds": 600,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--release", "1.0.0"], "--release requires the names of groups (ArgumentInvalid)"),
        (["--wait-between", "5"], "--wait-between requires --batch-size (ArgumentInvalid)"),
        (
            ["gpu/0", "gpux", "gpu"],
            "'gpu/0', 'gpux': specify the names of groups; groups with nodes: controller, gpu "
            "(GroupUnknown)",
        ),
        (
            ["--batch-size", "5"],
            "--batch-size 5: the update is of 4 nodes; specify that number at most (ArgumentInvalid)",
        ),
    ],
)
def test_refuses_options_of_software_updates(
    live: Live, arguments: list[str], message: str
) -> None:
    assert live.run("update-software", NAME, *arguments, status=2).err.endswith(f"{message}\n")
