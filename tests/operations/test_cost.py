"""What a cluster that exists costs."""

import json
from typing import Any

from .live import NAME, Live


def test_a_live_cluster_costs_from_its_nodes_to_its_target(live: Live) -> None:
    for node in live.ids()[:2]:
        found = live.emulator.clusters.find(NAME)
        assert found is not None
        del found.nodes["gpu"][node]

    answer: Any = live.run("cost", "--cluster", NAME, "--url", live.more["PRICES"], "--json").json
    (cluster,) = answer["Clusters"]
    lines = {(line["InstanceGroupName"], line["Part"]): line for line in cluster["Lines"]}

    assert cluster["ClusterName"] == NAME
    assert lines["gpu", "ml.m5.xlarge"]["Nodes"] == {"Least": 1, "Most": 3}
    assert lines["gpu", "ml.m5.xlarge"]["PerHour"] == {"Least": 0.23, "Most": 0.69}
    assert ("gpu", "volumes, 600 GB") in lines
    assert ("controller", "volumes, 100 GB") in lines


def test_a_change_of_a_live_cluster_is_compared(live: Live) -> None:
    sagemaker = live.emulator.cloud.client("sagemaker")
    description = sagemaker.describe_cluster(ClusterName=NAME)
    request: dict[str, Any] = {"ClusterName": NAME, "InstanceGroups": []}
    for group in description["InstanceGroups"]:
        kept = ("InstanceGroupName", "InstanceType", "ExecutionRole", "SlurmConfig")
        request["InstanceGroups"].append(
            {**{key: group[key] for key in kept}, "InstanceCount": 2 * group["TargetCount"]}
        )
    (live.folder / "after.json").write_text(json.dumps(request))

    done = live.run("cost", "after.json", "--cluster", NAME, "--url", live.more["PRICES"])

    gpu = next(line for line in done.out.splitlines() if line.startswith("gpu"))
    assert gpu.split()[-3:] == ["503.70", "1,007.40", "+503.70"]
    assert "volumes, 600 GB" in done.out
