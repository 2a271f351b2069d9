"""What both stacks have in common: the app, the instance groups, the lifecycle scripts."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import aws_cdk as cdk

from .measure import ROOT

SCRIPTS = ROOT / "lifecycle_scripts"
CLEANUP = ROOT / "hyperpod_constructs" / "scripts" / "empty_new_bucket.py"
CLUSTER_NAME = "hyperpod-sample"
STACK_NAME = "Benchmark"
REGION = "us-west-2"


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    node_type: str
    instance_type: str
    count: int = 1
    partition: str | None = None


def instance_groups(number: int) -> Iterator[Group]:
    """The controller, the login group, and workers up to the number of groups."""
    yield Group("controller", "controller", "ml.m5.xlarge")
    yield Group("login", "login", "ml.m5.xlarge")
    for index in range(number - 2):
        yield Group(f"gpu-{index}", "worker", "ml.g5.8xlarge", count=2, partition=f"gpu-{index}")


def synthesize(make_stack: Callable[[cdk.App], object]) -> None:
    """Writes the template of a stack, without CDK's own checks and reports."""
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk.App(
            analytics_reporting=False,
            builtin_cloud_formation_validation=False,
            context=json.loads((ROOT / "cdk.json").read_text())["context"],
            outdir=outdir,
        )
        make_stack(app)
        app.synth()
