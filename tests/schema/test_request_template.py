"""Properties of a template: what only the deployment knows is not judged."""

from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.tokens import is_unresolved
from tests.clusters.everything import EKS_CLUSTER, REQUESTS, SLURM_CLUSTER
from tests.clusters.requests import (
    SCRIPTS,
    UNKNOWN,
    eks_request,
    group,
    parts,
    replaced,
)


def codes(given: Any) -> list[str]:
    return [
        str(problem)
        for problem in hp.ClusterModel.from_request(given).problems()
        if problem.severity is hp.Severity.ERROR
    ]


PLAIN = group("a", LifeCycleConfig=SCRIPTS)


def wholly_unknown(path: tuple[Any, ...]) -> bool:
    return path == () or path[-1] == "AWS::NoValue" or path[-1] == "Ref"


@pytest.mark.parametrize("cluster", REQUESTS.values(), ids=REQUESTS)
def test_the_clusters_are_right(cluster: Any) -> None:
    assert codes(cluster) == []


@pytest.mark.parametrize(
    ("cluster", "path"),
    [
        pytest.param(cluster, path, id=".".join(map(str, (mode, *path))))
        for mode, cluster in REQUESTS.items()
        for path in parts(cluster)
        if not wholly_unknown(path)
    ],
)
def test_what_the_deployment_knows_is_not_judged(cluster: Any, path: tuple[Any, ...]) -> None:
    for unknown in ({"Ref": "Parameter"}, {"Fn::If": ["Condition", "a", {"Ref": "AWS::NoValue"}]}):
        assert codes(replaced(cluster, path, unknown)) == []


@pytest.mark.parametrize("unknown", UNKNOWN, ids=str)
def test_functions_whose_result_is_not_known(unknown: Any) -> None:
    model = hp.ClusterModel.from_request(eks_request(group(InstanceType=unknown)))

    assert is_unresolved(model.instance_groups[0].instance_type)
    assert codes(eks_request(group(InstanceType=unknown))) == []


@pytest.mark.parametrize(
    ("function", "result"),
    [
        ({"Fn::Sub": "gpu"}, "gpu"),
        ({"Fn::Sub": "${!a}"}, "${a}"),
        ({"Fn::Sub": ["${a}-${b}", {"a": "x", "b": {"Fn::Sub": "y"}}]}, "x-y"),
        ({"Fn::Join": ["-", ["a", {"Fn::Join": ["", ["b", "c"]]}]]}, "a-bc"),
        ({"Fn::If": ["Condition", "same", {"Fn::Sub": "same"}]}, "same"),
    ],
)
def test_functions_of_known_texts(function: Any, result: str) -> None:
    model = hp.ClusterModel.from_request(eks_request(group(InstanceGroupName=function)))

    assert model.instance_groups[0].name == result


def test_what_is_no_value_is_absent() -> None:
    absent = {"Ref": "AWS::NoValue"}
    given = eks_request(
        group(ImageId=absent, OnStartDeepHealthChecks=[absent, "InstanceStress"]),
        NodeRecovery=absent,
    )

    model = hp.ClusterModel.from_request(given)

    assert model.instance_groups[0].image_id is None
    assert model.instance_groups[0].deep_health_checks == (hp.DeepHealthCheck.INSTANCE_STRESS,)
    assert model.node_recovery is hp.NodeRecovery.AUTOMATIC
    with pytest.raises(
        hp.ValidationError, match=r"InstanceCount: 'InstanceCount' is required.*KeyMissing"
    ):
        hp.ClusterModel.from_request(eks_request(group(InstanceCount=absent)))


def test_a_type_that_is_no_value_leaves_the_list_of_types() -> None:
    group = SLURM_CLUSTER["InstanceGroups"][2] | {"InstanceType": {"Ref": "AWS::NoValue"}}

    assert "InstanceRequirements" in group
    assert codes(replaced(SLURM_CLUSTER, ("InstanceGroups", 2), group)) == []


def test_equal_functions_are_equal_values() -> None:
    own = {"SecurityGroupIds": [{"Ref": "Group"}], "Subnets": [{"Ref": "Other"}]}
    given = eks_request(
        group(OverrideVpcConfig=own),
        VpcConfig={"SecurityGroupIds": [{"Ref": "Group"}], "Subnets": [{"Ref": "Subnet"}]},
    )

    (only,) = hp.ClusterModel.from_request(given).instance_groups

    assert only.security_groups == ()
    assert len(only.subnets) == 1


def test_known_groups_are_judged_beside_one_that_is_not() -> None:
    maybe = {"Fn::If": ["Big", group("big"), {"Ref": "AWS::NoValue"}]}
    given = eks_request(group("a"), group("b", InstanceType="p5.48xlarge"))
    given["InstanceGroups"].insert(1, maybe)

    (problem,) = codes(given)

    assert problem.startswith("instance_groups[2].instance_type: 'p5.48xlarge' is not a SageMaker")


@pytest.mark.parametrize("beside", [[PLAIN], []], ids=["beside another", "alone"])
def test_a_group_that_is_not_known_says_neither_mode_nor_network(beside: Any) -> None:
    maybe = {"Fn::If": ["Big", PLAIN, {"Ref": "AWS::NoValue"}]}

    model = hp.ClusterModel.from_request({"InstanceGroups": [*beside, maybe]})

    assert model.orchestrator == hp.Slurm()
    assert model.problems() == ()


def test_a_slurm_config_that_may_not_be_there_says_no_mode() -> None:
    maybe = {"Fn::If": ["Big", {"NodeType": "Controller"}, {"Ref": "AWS::NoValue"}]}

    model = hp.ClusterModel.from_request({"InstanceGroups": [group("a", SlurmConfig=maybe)]})

    assert model.problems() == ()


@pytest.mark.parametrize(
    "groups",
    [
        {"Ref": "Groups"},
        {"Fn::If": ["Big", [], []]},
        {"Fn::If": ["Big", [group("a")], [group("a"), group("b")]]},
    ],
    ids=str,
)
def test_groups_that_are_not_known_are_not_judged(groups: Any) -> None:
    assert hp.ClusterModel.from_request({"InstanceGroups": groups}).problems() == ()


def test_a_group_that_is_not_known_may_be_the_controller() -> None:
    controller = {"Fn::If": ["Big", {"Ref": "A"}, {"Ref": "B"}]}

    assert codes(replaced(SLURM_CLUSTER, ("InstanceGroups", 0), controller)) == []
    without = {**SLURM_CLUSTER, "InstanceGroups": SLURM_CLUSTER["InstanceGroups"][1:]}
    assert "has no controller group" in codes(without)[0]


def test_says_that_it_cannot_write_what_is_not_known() -> None:
    given = replaced(EKS_CLUSTER, ("InstanceGroups", 0), {"Fn::If": ["Big", {}, {"Ref": "B"}]})

    with pytest.raises(
        hp.ValidationError, match=r"instance_groups\[0\]: 'instance_groups.0.' is resolved at d"
    ):
        hp.ClusterModel.from_request(given).to_request()


def test_two_references_are_not_one() -> None:
    """Security groups, subnets and alarms of a template are mostly references."""
    given = {"SecurityGroupIds": [{"Ref": "A"}, {"Ref": "B"}], "Subnets": [{"Ref": "S"}]}

    model = hp.ClusterModel.from_request({**EKS_CLUSTER, "VpcConfig": given})

    assert [each for each in model.problems() if each.code == "ListedTwice"] == []


def test_a_group_after_one_that_is_absent_is_unknown_itself() -> None:
    groups = [{"Ref": "AWS::NoValue"}, {"Ref": "Group"}, *SLURM_CLUSTER["InstanceGroups"]]

    model = hp.ClusterModel.from_request({**SLURM_CLUSTER, "InstanceGroups": groups})

    assert model.unknown == ("instance_groups[0]",)
    assert [each for each in model.problems() if each.severity is hp.Severity.ERROR] == []
