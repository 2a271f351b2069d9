"""Apps of several stacks: the network, file systems, databases and clusters anywhere."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from hypothesis import given, settings
from hypothesis import strategies as st

import hyperpod_constructs as hp
from tests.clusters import layouts
from tests.clusters.traffic import edges
from tests.synth import CONTEXT, make_stack

TRIES = settings().max_examples // 50
OUTCOMES: Counter[str] = Counter()
GPU = hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge")
SLURM = layouts.GROUPS
HEADS = (
    hp.InstanceGroup.controller(
        instance_type="ml.m5.xlarge", count=2, image_id="ami-0123456789abcdef0"
    ),
    SLURM[1],
)
EKS = hp.Eks(hp.EksClusterReference("arn:aws:eks:us-west-2:111122223333:cluster/training"))
DNS_NAME = "fs-0abc123def4567890.fsx.us-west-2.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where each part of an app is: stacks by number, wherever the service lets it be.

    Attributes:
        in_stage: Whether the stacks are in a stage.
        nested: Whether the stacks are nested in another one.
        groups: Security groups of the nodes, and the stack of those that are of their own.
        storage: Stacks of the file systems.
        imported: Whether there is a file system of another app as well.
        network: Stack of the VPC.
        database: Stack of the database of an accounting cluster.
        clusters: Stack and orchestrator of each cluster.
        own_group: Whether a worker group has a security group of its own.
    """

    in_stage: bool
    nested: bool
    groups: tuple[str, int]
    storage: list[tuple[str, int]]
    imported: bool
    network: int
    database: int
    clusters: list[tuple[int, str]]
    own_group: bool


STACKS = st.integers(0, 2)
LAYOUTS = st.builds(
    Layout,
    in_stage=st.booleans(),
    nested=st.booleans(),
    groups=st.tuples(
        st.sampled_from(["network", "own", "of cluster", "several", "imported"]), STACKS
    ),
    storage=st.lists(
        st.tuples(st.sampled_from(["lustre", "openzfs"]), STACKS),
        max_size=2,
        unique_by=lambda each: each[0],
    ),
    imported=st.booleans(),
    network=STACKS,
    database=STACKS,
    clusters=st.lists(
        st.tuples(
            STACKS,
            st.sampled_from(["form", "multi-head", "request", "accounting", "eks"]),
        ),
        min_size=1,
        max_size=2,
    ),
    own_group=st.booleans(),
)


class Stacks(dict[int, cdk.Stack]):
    """The stacks of an app by number, created when they are used."""

    def __init__(self, scope: cdk.Stage, *, is_nested: bool) -> None:
        super().__init__()
        self._scope = scope
        self._root = make_stack(scope, "Root") if is_nested else None

    def __missing__(self, number: int) -> cdk.Stack:
        name = f"Part{number}"
        nested = self._root and cdk.NestedStack(self._root, name)
        return self.setdefault(number, nested or make_stack(self._scope, name))


def build(app: cdk.App, layout: Layout) -> None:
    """Creates the stacks of a layout."""
    scope: cdk.Stage = cdk.Stage(app, "Prod") if layout.in_stage else app
    stacks = Stacks(scope, is_nested=layout.nested)
    network = hp.ClusterNetwork(stacks[layout.network], "Network", database_subnets=True)
    file_systems = [
        hp.FileSystem.lustre(layouts.lustre(stacks[number], network))
        if kind == "lustre"
        else hp.FileSystem.openzfs(layouts.openzfs(stacks[number], network))
        for kind, number in layout.storage
    ]
    groups = security_groups(stacks, network, *layout.groups)
    for index, (number, mode) in enumerate(layout.clusters):
        stack = stacks[number]
        arguments = of_mode(mode, layout, stacks, network)
        if layout.own_group:
            own = hp.EfaSecurityGroup(stack, f"Own{index}", vpc=network.vpc)
            *others, last = arguments["instance_groups"]
            arguments["instance_groups"] = [*others, replace(last, security_groups=[own])]
        if mode != "eks":
            arguments["file_systems"] = file_systems or foreign(stack, layout, index)
        layouts.cluster(stack, network, f"Cluster{index}", security_groups=groups, **arguments)


def of_mode(
    mode: str, layout: Layout, stacks: Stacks, network: hp.ClusterNetwork
) -> dict[str, Any]:
    """The arguments of a cluster with an orchestrator."""
    match mode:
        case "eks":
            return {"orchestrator": EKS, "instance_groups": [GPU]}
        case "form":
            return {"instance_groups": SLURM}
        case "multi-head":
            heads = hp.MultiHead(
                deletion_protection=False,
                database_subnets=ec2.SubnetSelection(subnets=network.database_subnets),
            )
            return {"orchestrator": hp.Slurm(multi_head=heads), "instance_groups": HEADS}
        case "request":
            return {"orchestrator": hp.ApiDrivenSlurm(), "instance_groups": SLURM}
        case _:
            stack = stacks[layout.database]
            database: Any = stack.node.try_find_child("Database") or layouts.database(
                stack, network
            )
            return {
                "orchestrator": hp.ApiDrivenSlurm(
                    accounting_database=hp.AccountingDatabase(
                        endpoint=database.db_instance_endpoint_address,
                        secret=database.secret,
                        connectable=database,
                    )
                ),
                "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
                "instance_groups": SLURM,
            }


def security_groups(
    stacks: Stacks, network: hp.ClusterNetwork, kind: str, number: int
) -> list[ec2.ISecurityGroup]:
    """The security groups of all clusters; none for a group that each cluster creates."""
    match kind:
        case "network":
            return [network.security_group]
        case "own":
            return [hp.EfaSecurityGroup(stacks[number], "Nodes", vpc=network.vpc)]
        case "several":
            own = hp.EfaSecurityGroup(stacks[number], "Nodes", vpc=network.vpc)
            return [network.security_group, own]
        case "imported":
            id_ = "sg-0123456789abcdef0"
            return [ec2.SecurityGroup.from_security_group_id(cdk.Stack.of(network), "Nodes", id_)]
        case _:
            return []


def foreign(stack: cdk.Stack, layout: Layout, index: int) -> list[Any]:
    """A file system of another app, whose security group is imported in each stack."""
    group = ec2.SecurityGroup.from_security_group_id(stack, f"Fsx{index}", "sg-0fedcba9876543210")
    mount = hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh", security_groups=[group])
    return [mount] if layout.imported else []


@settings(max_examples=TRIES)
@given(LAYOUTS)
def test_an_app_synthesizes_with_each_rule_once_or_is_refused(layout: Layout) -> None:
    eks_clusters = sum(mode == "eks" for _, mode in layout.clusters)
    with TemporaryDirectory() as folder:
        app = cdk.App(context=CONTEXT, outdir=folder)
        try:
            build(app, layout)
        except hp.ValidationError as error:
            OUTCOMES["refused"] += 1
            refused = error
        else:
            OUTCOMES["accepted"] += 1
            assert eks_clusters <= 1
            app.synth()
            found = edges(Path(folder))
            repeated = [each for each in found if found.count(each) > 1]
            assert repeated == []
            return
    expected = {"StackCycle", "EksClusterTwice"} if eks_clusters > 1 else {"StackCycle"}
    assert {problem.code for problem in refused.problems} <= expected


def test_most_apps_synthesize() -> None:
    assert 2 * OUTCOMES["accepted"] >= OUTCOMES["refused"], OUTCOMES
