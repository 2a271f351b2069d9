"""Calls with a misspelled, missing, repeated or positional argument."""

import inspect
import traceback
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.clusters.stacks import make_cluster
from tests.clusters.values import worker

ANY: Any = hp
STACK = cdk.Stack(cdk.App(), "Stack")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: ANY.InstanceGroup("gpu", counts=3),
            "InstanceGroup.counts: 'counts' is not an argument; use count=... (UnknownArgument)",
        ),
        (
            lambda: ANY.InstanceGroup.worker("gpu", counts=3),
            "InstanceGroup.counts: 'counts' is not an argument; use count=... (UnknownArgument)",
        ),
        (
            lambda: ANY.HyperPodCluster(STACK, "Cluster", instance_group=[]),
            "HyperPodCluster.instance_group: 'instance_group' is not an argument; use instance_groups=... "
            "(UnknownArgument)",
        ),
        (
            lambda: ANY.HyperPodCluster(STACK, "Cluster", []),
            "HyperPodCluster: [] is passed by position, and this argument requires a name; pass "
            "instance_groups=..., for example (PositionalArgument)\n"
            "HyperPodCluster.instance_groups: 'instance_groups' is required; pass instance_groups=... "
            "(MissingArgument)",
        ),
        (
            lambda: ANY.HyperPodCluster.from_cluster_attributes(STACK, "Cluster", arn="x"),
            "HyperPodCluster.from_cluster_attributes.arn: 'arn' is not an argument; use "
            "cluster_arn=... (UnknownArgument)",
        ),
        (
            lambda: ANY.ClusterNetwork(STACK, "Network", cidr="10.0.0.0/16"),
            "ClusterNetwork.cidr: 'cidr' is not an argument; use one of "
            "availability_zone, ip_addresses, interface_endpoints, database_subnets, "
            "flow_log_retention (UnknownArgument)",
        ),
        (
            lambda: ANY.FileSystem.lustre(dns="fs-1", mount="a"),
            "FileSystem.lustre.dns: 'dns' is not an argument; use dns_name=... (UnknownArgument)\n"
            "FileSystem.lustre.mount: 'mount' is not an argument; use mount_name=... (UnknownArgument)",
        ),
        (
            lambda: ANY.EbsVolume(500),
            "EbsVolume: 500 is passed by position, and this argument requires a name; pass "
            "size=..., for example (PositionalArgument)",
        ),
        (
            lambda: ANY.InstanceGroup("gpu", 4),
            "InstanceGroup: 4 is passed by position, and this argument requires a name; pass "
            "count=..., for example (PositionalArgument)",
        ),
        (
            lambda: ANY.HyperPodCluster("Cluster", instance_groups=[]),
            "HyperPodCluster.scope: 'scope' is required before the ID 'Cluster'; use "
            "HyperPodCluster(stack, 'Cluster', ...) (MissingArgument)",
        ),
        (
            lambda: ANY.Capacity.spot(True),
            "Capacity.spot: True is passed by position, and this argument requires a name; omit "
            "it (PositionalArgument)",
        ),
        (
            lambda: ANY.InstanceGroup("gpu", name="cpu"),
            "InstanceGroup.name: 'cpu' is also passed by position; omit it (RepeatedArgument)",
        ),
        (
            lambda: ANY.InstanceGroup.worker("gpu", node_type="login"),
            "InstanceGroup.worker.node_type: 'login' is set by InstanceGroup.worker; omit it "
            "(RepeatedArgument)",
        ),
        (
            ANY.User,
            "User.name: 'name' is required; pass name=... (MissingArgument)\n"
            "User.uid: 'uid' is required; pass uid=... (MissingArgument)",
        ),
    ],
)
def test_says_what_is_wrong_with_a_call(call: Callable[[], object], text: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        call()

    assert str(caught.value) == text


def test_other_type_errors_stay() -> None:
    with pytest.raises(TypeError, match="type of argument"):
        hp.EfaSecurityGroup.from_security_group_id(STACK, "Group", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", hp.__all__)
def test_every_public_type_explains_its_calls(name: str) -> None:
    public: Any = getattr(hp, name)
    if not inspect.isclass(public) or public.__init__ is object.__init__:
        return
    if issubclass(public, str) or getattr(public, "_is_protocol", False):
        return

    with pytest.raises(
        hp.ValidationError, match=rf"{name}\.no_such_argument: 'no_such_argument' is not"
    ):
        public(no_such_argument=1)  # type: ignore[call-arg]


def test_signatures_stay() -> None:
    assert list(inspect.signature(hp.EbsVolume).parameters) == ["size", "kms_key", "root_volume"]
    assert inspect.signature(hp.ExecutionRole.__init__).parameters["id"].annotation is str
    assert "A group that runs jobs." in (inspect.getdoc(hp.InstanceGroup.worker) or "")


CONSTRUCTS = [hp.ClusterNetwork, hp.EfaSecurityGroup, hp.ExecutionRole, hp.HyperPodCluster]


@pytest.mark.parametrize("kind", CONSTRUCTS)
def test_constructs_have_the_signature_of_their_constructor(kind: Any) -> None:
    class Own(kind):  # type: ignore[misc]
        def __init__(self, scope: Any, *, size: int = 3) -> None: ...

    _, *parameters = inspect.signature(kind.__init__).parameters.values()

    assert list(inspect.signature(kind).parameters.values()) == parameters
    assert {"scope", "id"} < set(inspect.signature(kind).parameters)
    assert list(inspect.signature(Own).parameters) == ["scope", "size"]


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (lambda: make_cluster(STACK, "Wrong", cluster_name="-"), "Stack/Wrong: 1 problem"),
        (
            lambda: hp.ClusterNetwork(STACK, "Net", availability_zone=ANY, database_subnets=ANY),
            "Stack/Net: 2 problems",
        ),
        (
            lambda: make_cluster(cdk.Stack(cdk.App(), "B")).add_instance_group(worker("-")),
            "B/Cluster: 1 problem",
        ),
    ],
)
def test_a_traceback_names_the_construct(call: Callable[[], object], note: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        call()

    assert traceback.format_exception_only(caught.value)[-1] == f"{note}\n"


def test_the_error_of_a_value_names_no_construct() -> None:
    with pytest.raises(hp.ValidationError) as caught:
        ANY.User()

    assert not hasattr(caught.value, "__notes__")
