"""Prints how many seconds of a processor it takes to read and judge 1,000 requests, without Node.js."""

import sys
import time
from random import Random
from typing import Any

import hyperpod_constructs as hp

REQUESTS = 1000
TYPES = ("ml.p5.48xlarge", "ml.g5.8xlarge", "ml.trn1.32xlarge", "ml.m5.xlarge")


def main() -> None:
    random = Random(0)  # noqa: S311
    requests = [request(random) for _ in range(REQUESTS)]
    start = time.process_time()
    accepted = 0
    for each in requests:
        problems = hp.ClusterModel.from_request(each).problems()
        accepted += all(problem.severity is hp.Severity.WARNING for problem in problems)
    seconds = time.process_time() - start
    if "jsii" in sys.modules:
        sys.exit("reading a request has loaded jsii")
    if not REQUESTS / 4 < accepted < REQUESTS:
        sys.exit(f"{accepted} of {REQUESTS} requests were accepted")
    sys.stdout.write(str(seconds))


def request(random: Random) -> dict[str, Any]:
    """The request of a cluster with up to 20 groups; some are wrong."""
    role = "arn:aws:iam::111122223333:role/nodes"
    network = {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": ["subnet-0123456789abcdef0"],
    }
    mount = {
        "DnsName": "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com",
        "MountName": "abcdefgh",
    }
    groups: list[dict[str, Any]] = [
        {
            "InstanceCount": random.choice((0, 1, 16)),
            "InstanceGroupName": f"gpu-{index}",
            "InstanceType": random.choice(TYPES),
            "ExecutionRole": role,
            "ThreadsPerCore": random.choice((1, 2)),
            "InstanceStorageConfigs": [
                {"EbsVolumeConfig": {"VolumeSizeInGB": random.choice((500, 2000))}},
                {"FsxLustreConfig": mount},
            ],
            "SlurmConfig": {
                "NodeType": "Compute",
                "PartitionNames": [random.choice(("gpu",) * 40 + ("a.b",))],
            },
        }
        for index in range(random.randint(1, 19))
    ]
    controller = {**groups[0], "InstanceCount": 1, "InstanceGroupName": "controller"}
    return {
        "ClusterName": "cluster",
        "InstanceGroups": [{**controller, "SlurmConfig": {"NodeType": "Controller"}}, *groups],
        "VpcConfig": network,
        "Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge"}},
        "Tags": [{"Key": "team", "Value": "research"}],
    }


if __name__ == "__main__":
    main()
