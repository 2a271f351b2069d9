"""Deploys the sample app to the local AWS emulator: `make demo`."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hyperpod_constructs.command_line.describe.text import table
from tests.aws.emulator import Emulator, emulator
from tests.synth import ROOT

from .tools import Cli, objects

CLUSTER = "hyperpod-sample"
IN_YOUR_ACCOUNT = """
To deploy to your account (instances are billed until you run make destroy):

  aws sts get-caller-identity    # prints which account you are using
  make bootstrap                 # once for an account and Region
  make deploy                    # 20 minutes or more; requires the quotas of the output
  make destroy                   # retains the bucket of the scripts

See docs/guides/deployment.md for the prerequisites.
"""


def main() -> None:
    """Bootstraps, deploys, and prints the cluster."""
    with emulator() as running, tempfile.TemporaryDirectory() as folder:
        cli = Cli(running, ROOT)
        say(f"The local AWS emulator listens at {running.cloud.endpoint}")
        step("cdk bootstrap", cli.bootstrap)
        app = f"{sys.executable} -m sample_app"
        deploy = ("deploy", "--require-approval=never", f"--output={Path(folder) / 'cdk.out'}")
        step("cdk deploy", lambda: cli.run(*deploy, app=app))
        for line in report(running):
            say(line)
    say(IN_YOUR_ACCOUNT)


def report(running: Emulator) -> Iterator[str]:
    """Groups and nodes of the cluster, and the form in S3."""
    sagemaker = running.cloud.client("sagemaker")
    cluster = sagemaker.describe_cluster(ClusterName=CLUSTER)
    yield f"\nCluster {CLUSTER} is {cluster['ClusterStatus']}: {cluster['ClusterArn']}"
    groups = [["NAME", "TYPE", "NODES"]] + [
        [group["InstanceGroupName"], group["InstanceType"], str(group["CurrentCount"])]
        for group in cluster["InstanceGroups"]
    ]
    nodes = [["GROUP", "INSTANCE", "STATUS"]] + [
        [node["InstanceGroupName"], node["InstanceId"], node["InstanceStatus"]["Status"]]
        for node in sagemaker.list_cluster_nodes(ClusterName=CLUSTER)["ClusterNodeSummaries"]
    ]
    for title, rows in (("Instance groups", groups), ("Nodes", nodes)):
        yield f"\n  {title}"
        yield from table(rows)
    uri = cluster["InstanceGroups"][0]["LifeCycleConfig"]["SourceS3Uri"]
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    form = objects(running, bucket, prefix)["provisioning_params.json"]
    yield f"\n  {uri}/provisioning_params.json"
    yield from (f"    {line}" for line in form.decode().splitlines())


def step(title: str, act: Callable[[], object]) -> None:
    """Runs a function, and prints how long it took."""
    say(f"{title} ...")
    start = time.monotonic()
    act()
    say(f"{title}: done in {time.monotonic() - start:.0f} s")


def say(line: str) -> None:
    """Prints a line without buffering."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
