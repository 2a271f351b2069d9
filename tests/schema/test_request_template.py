"""Properties of a template: what only the deployment knows is not judged."""

from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.tokens import is_unresolved

from .test_request import eks_request, group, request

UNKNOWN: list[Any] = [
    {"Ref": "Parameter"},
    {"Fn::GetAtt": ["Resource", "Arn"]},
    {"Fn::Sub": "${AWS::Region}-x"},
    {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]},
    {"Fn::Join": ["", ["a", {"Ref": "B"}]]},
    {"Fn::If": ["Condition", "a", "b"]},
    {"Fn::If": ["Condition", "a", {"Ref": "AWS::NoValue"}]},
    {"Fn::ImportValue": "x"},
    {"Fn::FindInMap": ["a", "b", "c"]},
    {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
    {"Fn::Transform": {"Name": "x", "Parameters": {}}},
    {"Fn::Join": 5},
    {"Fn::Sub": []},
    {"Fn::If": []},
]


def codes(given: Any) -> list[str]:
    return [
        str(problem)
        for problem in hp.ClusterModel.from_request(given).problems()
        if problem.severity is hp.Severity.ERROR
    ]


def parts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(each for key in value for each in parts(value[key], (*path, key)))]
    if isinstance(value, list):
        return [
            path,
            *(each for index, item in enumerate(value) for each in parts(item, (*path, index))),
        ]
    return [path]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    step, *rest = path
    if isinstance(value, dict):
        return {**value, step: replaced(value[step], tuple(rest), new)}
    return [*value[:step], replaced(value[step], tuple(rest), new), *value[step + 1 :]]


UPDATE = {
    "RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}},
    "WaitIntervalInSeconds": 60,
    "AutoRollbackConfiguration": [{"AlarmName": "alarm"}],
}
EKS_CLUSTER = eks_request(
    group(
        "a",
        ThreadsPerCore=1,
        MinInstanceCount=0,
        InstanceStorageConfigs=[
            {"EbsVolumeConfig": {"VolumeKmsKeyId": "key", "RootVolume": True}},
            {"EbsVolumeConfig": {"VolumeSizeInGB": 500}},
        ],
        OnStartDeepHealthChecks=["InstanceStress"],
        OverrideVpcConfig={"SecurityGroupIds": ["sg-11111111"], "Subnets": ["subnet-11111111"]},
        ScheduledUpdateConfig={
            "ScheduleExpression": "cron(0 3 ? * SUN *)",
            "DeploymentConfig": UPDATE,
        },
        ImageId="ami-0123456789abcdef0",
        ImageReleaseVersion="1.0.3",
        NetworkInterface={"InterfaceType": "efa"},
        TrainingPlanArn="arn:aws:sagemaker:us-east-1:111122223333:training-plan/p",
    ),
    {
        **group(
            "b",
            InstanceRequirements={"InstanceTypes": ["ml.g5.8xlarge", "ml.g5.16xlarge"]},
            AutoPatchConfig={"PatchingStrategy": "WhenIdle", "DeploymentConfig": UPDATE},
            CapacityRequirements={"Spot": {}},
            KubernetesConfig={
                "Labels": {"team": "a"},
                "Taints": [{"Key": "gpu", "Value": "yes", "Effect": "NoSchedule"}],
            },
        ),
        "InstanceType": {"Ref": "AWS::NoValue"},
    },
    RestrictedInstanceGroups=[
        group(
            "c",
            EnvironmentConfig={
                "FSxLustreConfig": {"SizeInGiB": 1200, "PerUnitStorageThroughput": 125}
            },
        )
    ],
    RestrictedInstanceGroupsConfig={
        "SharedEnvironmentConfig": {
            "FSxLustreDeletionPolicy": "Keep",
            "FSxLustreConfig": {"SizeInGiB": 1200, "PerUnitStorageThroughput": 125},
        }
    },
    Tags=[{"Key": "team", "Value": "a"}],
    NodeRecovery="Automatic",
    TieredStorageConfig={"Mode": "Enable", "InstanceMemoryAllocationPercentage": 20},
    NodeProvisioningMode="Continuous",
    ClusterRole="arn:aws:iam::111122223333:role/cluster",
    AutoScaling={"Mode": "Enable", "AutoScalerType": "Karpenter"},
)
SLURM_CLUSTER = {
    **request(
        group("controller", InstanceType="ml.m5.large", SlurmConfig={"NodeType": "Controller"}),
        group("login", InstanceType="ml.m5.large", SlurmConfig={"NodeType": "Login"}),
        group(
            "gpu",
            SlurmConfig={"NodeType": "Compute", "PartitionNames": ["gpu"]},
            InstanceStorageConfigs=[
                {"EbsVolumeConfig": {"VolumeSizeInGB": 500}},
                {
                    "FsxLustreConfig": {
                        "DnsName": "fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com",
                        "MountName": "abcdefgh",
                        "MountPath": "/fsx",
                    }
                },
                {
                    "FsxOpenZfsConfig": {
                        "DnsName": "fs-0123456789abcdef1.fsx.us-east-1.amazonaws.com",
                        "MountPath": "/home",
                    }
                },
            ],
            LifeCycleConfig={"SourceS3Uri": "s3://sagemaker-x/y", "OnInitComplete": "init.sh"},
        ),
    ),
    "VpcConfig": EKS_CLUSTER["VpcConfig"],
    "Orchestrator": {
        "Slurm": {
            "AccountingDatabase": {
                "Endpoint": "db.example.org",
                "Port": 3306,
                "Name": "slurm",
                "SecretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
            }
        }
    },
    "NodeProvisioningMode": "Continuous",
}


PLAIN = group("a", LifeCycleConfig={"SourceS3Uri": "s3://sagemaker-x/y", "OnCreate": "run.sh"})


def wholly_unknown(path: tuple[Any, ...]) -> bool:
    return path == () or path[-1] == "AWS::NoValue" or path[-1] == "Ref"


@pytest.mark.parametrize("cluster", [EKS_CLUSTER, SLURM_CLUSTER], ids=["eks", "slurm"])
def test_the_clusters_are_right(cluster: Any) -> None:
    assert codes(cluster) == []


@pytest.mark.parametrize(
    ("cluster", "path"),
    [
        pytest.param(cluster, path, id=".".join(map(str, path)))
        for cluster in (EKS_CLUSTER, SLURM_CLUSTER)
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
    with pytest.raises(hp.ValidationError, match=r"InstanceCount: None is missing.*KeyMissing"):
        hp.ClusterModel.from_request(eks_request(group(InstanceCount=absent)))


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

    with pytest.raises(hp.ValidationError, match=r"instance_groups\[0\]: None is only known at d"):
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
