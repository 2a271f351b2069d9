"""Deep health checks: which nodes, confirmation, waiting."""

import pytest

from .live import NAME, Live


def test_checks_a_group_and_nodes_of_others_and_waits(live: Live) -> None:
    done = live.run(
        *("health-check", NAME, "gpu", "controller/0", "--yes", "--json"),
        *("--check", "InstanceStress", "--wait", "--interval", "0.1"),
    )

    assert done.json["DeepHealthCheckConfigurations"] == [
        {"InstanceGroupName": "gpu", "DeepHealthChecks": ["InstanceStress"]},
        {
            "InstanceGroupName": "controller",
            "DeepHealthChecks": ["InstanceStress"],
            "InstanceIds": live.ids("controller"),
        },
    ]
    assert "4 DeepHealthCheckInProgress" in done.err
    assert done.err.rstrip().endswith("done")


def test_both_checks_run_on_a_node_by_default(live: Live) -> None:
    done = live.run("health-check", NAME, "gpu/1", "--yes", "--json")

    (configuration,) = done.json["DeepHealthCheckConfigurations"]
    assert configuration["DeepHealthChecks"] == ["InstanceStress", "InstanceConnectivity"]
    assert configuration["InstanceIds"] == [live.ids()[1]]
    assert live.states() == ["Running", "DeepHealthCheckInProgress", "Running"]


# The nodes have no accelerators.
@pytest.mark.parametrize(("options", "status"), [(("--dry-run",), 1), ((), 2)])
def test_nothing_starts_without_confirmation(
    live: Live, options: tuple[str, ...], status: int
) -> None:
    done = live.run("health-check", NAME, "gpu/0", *options, status=status)

    assert "HyperPod reboots or replaces nodes that fail" in done.out + done.err
    assert "not run on nodes without accelerators: gpu/0 (ml.m5.xlarge)." in done.out + done.err
    assert live.states() == ["Running"] * 3
