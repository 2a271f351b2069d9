"""Requests are read and written: the tables against the API, the wrong ones, the normal form."""

import copy
import json
from typing import Any

import botocore
import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.groups.storage import mounts_of
from hyperpod_constructs.schema.instance_group import INSTANCE_GROUP
from tests.clusters.documented import (
    FORM_WITH_LOGIN,
    GROUPS_WITHOUT_LOGIN,
    MIGRATED_REQUEST,
    MULTI_HEAD_FORM,
    MULTI_HEAD_REQUEST,
)
from tests.clusters.everything import MODELS, REQUESTS
from tests.clusters.requests import EKS_ARN, ROLE_ARN, SCRIPTS, SOURCE, eks_request, group, request
from tests.without_cdk import run

BY_ONE = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}}}


def errors(given: Any) -> list[str]:
    with pytest.raises(hp.ValidationError) as caught:
        hp.ClusterModel.from_request(given)
    return [str(problem) for problem in caught.value.problems]


def notes(given: Any) -> list[str]:
    return [str(note) for note in hp.ClusterModel.from_request(given).notes]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            request(group(InstanceCount="four")),
            "InstanceGroups[0].InstanceCount: 'four' is a text; write a whole number of at most 32 "
            "bits (RequestType)",
        ),
        (
            request(group(InstanceCount=True)),
            "InstanceGroups[0].InstanceCount: True is true or false; write a whole number",
        ),
        (request(group(InstanceCount=2**31)), "2147483648 is a number; write a whole number of at"),
        (request(group(InstanceCount=10**5000)), "'a number of many digits' is a number; write"),
        (request(group(InstanceCount=float("nan"))), "InstanceCount: nan is a number; write"),
        (request(group(InstanceCount=float("-inf"))), "InstanceCount: -inf is a number; write"),
        (
            request(group(InstanceCount=None)),
            "InstanceGroups[0].InstanceCount: 'InstanceCount' is null",
        ),
        (
            request(group(InstanceTyp="ml.m5.large")),
            "InstanceGroups[0].InstanceTyp: 'InstanceTyp' is not a key of an instance group; use "
            "'InstanceType' (RequestKey)",
        ),
        (
            request(group(instanceCount=1)),
            "InstanceGroups[0].instanceCount: 'instanceCount' is not a key of an instance group; use 'InstanceCount'",
        ),
        (
            request({"InstanceGroupName": "a", "ExecutionRole": ROLE_ARN}),
            "InstanceGroups[0].InstanceCount: 'InstanceCount' is required in an instance group; add "
            "it (RequestKeyMissing)",
        ),
        (
            request(NodeRecovery="automatic"),
            "NodeRecovery: 'automatic' must be one of Automatic, None; use 'Automatic' (RequestValue)",
        ),
        (
            request(group(InstanceStorageConfigs=[{}])),
            "InstanceGroups[0].InstanceStorageConfigs[0]: {} has no key; write exactly one of "
            "EbsVolumeConfig, FsxLustreConfig, FsxOpenZfsConfig (RequestKeyMissing)",
        ),
        (
            request(Orchestrator={"Eks": {"ClusterArn": EKS_ARN}, "Slurm": {}}),
            "has several keys; write exactly one of Eks, Slurm (RequestKey)",
        ),
        (
            request(Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]),
            "Tags: 'a' is the key of 2 tags; keep one of them (RequestTagTwice)",
        ),
        (
            request(group(KubernetesConfig={"Labels": {"team": ["a"]}})),
            "InstanceGroups[0].KubernetesConfig.Labels.team: ['a'] is a list; write a text",
        ),
        (request(InstanceGroups={}), "InstanceGroups: {} is an object; write a list (RequestType)"),
        (
            request(VpcConfig=[]),
            "VpcConfig: [] is a list; write an object with the keys of VpcConf",
        ),
        (
            [group()],
            "request: 'a list' is only the content of InstanceGroups; write {\"ClusterName\": ",
        ),
        ("cluster", "request: 'str' is not a request for a cluster; parse the text first, such as"),
        (None, "request: 'NoneType' is not a request for a cluster; write {"),
        (
            request(group(TargetCount=3)),
            "InstanceGroups[0].TargetCount: 'TargetCount' is not a key of an instance",
        ),
    ],
)
def test_says_what_is_no_request(given: Any, text: str) -> None:
    (problem,) = errors(given)

    assert text in problem


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            request(group(Quota=1)),
            "InstanceGroups[0].Quota: 'Quota' is not a key of an instance group in botocore "
            f"{botocore.__version__}, and is neither checked nor written back; remove it, unless "
            f"the API is newer; the keys are {', '.join(INSTANCE_GROUP.properties.rows)} "
            "(RequestKey)",
        ),
        (
            request(**{"": {"a": [[[[1]]]]}}),
            f"['']: '' is not a key of a cluster in botocore {botocore.__version__}, and is",
        ),
        (
            request(group(SlurmConfig={"NodeType": "Worker"})),
            "InstanceGroups[0].SlurmConfig.NodeType: 'Worker' is not checked, since it is none of "
            f"the values in botocore {botocore.__version__}: Controller, Login, Compute; write one "
            "of them, unless the API is newer (RequestValue)",
        ),
    ],
)
def test_a_key_or_value_may_be_newer(given: Any, text: str) -> None:
    model = hp.ClusterModel.from_request(given)
    (note,) = [each for each in model.notes if each.code in ("RequestKey", "RequestValue")]

    assert str(note).startswith(text)
    assert note.severity is hp.Severity.WARNING
    assert note in model.problems()


def test_says_all_of_it_at_once() -> None:
    assert errors(
        request(group(InstanceCount=[]), group(ImageId=5.5, imageId="a"), NodeRecovery=0)
    ) == [
        "InstanceGroups[0].InstanceCount: [] is a list; write a whole number of at most 32 bits "
        "(RequestType)",
        "InstanceGroups[1].imageId: 'imageId' is not a key of an instance group; use 'ImageId' "
        "(RequestKey)",
        "InstanceGroups[1].ImageId: 5.5 is a number; write a text (RequestType)",
        "NodeRecovery: 0 is a number; write one of Automatic, None (RequestType)",
    ]


@pytest.mark.parametrize("inner", [list, dict])
def test_refuses_what_is_nested_without_end(inner: type) -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep] if inner is list else {"a": deep}

    (problem,) = errors(request(Tags=deep))

    assert "levels of nesting exceed those of a request" in problem


def test_refuses_a_form_that_is_none() -> None:
    with pytest.raises(hp.ValidationError, match=r"provisioning_params: 'x' .* ProvisioningParams"):
        hp.ClusterModel.from_request(request(), provisioning_params="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            request(
                group(
                    AutoPatchConfig={"PatchingStrategy": "WhenIdle", "IdleWaitWindowInSeconds": 7}
                )
            ),
            "InstanceGroups[0].AutoPatchConfig.IdleWaitWindowInSeconds: 7 is supported by the "
            "API, not by CloudFormation; it is not checked",
        ),
        (
            request(
                group(AutoPatchConfig={"PatchingStrategy": "WhenIdle", "DrainPolicy": {"a": "b"}})
            ),
            "InstanceGroups[0].AutoPatchConfig.DrainPolicy: {'a': 'b'} is supported by the API",
        ),
        (
            request(RestrictedInstanceGroups=[group(ScheduledUpdateConfig={})]),
            "RestrictedInstanceGroups[0].ScheduledUpdateConfig: {} is supported by the API",
        ),
        (
            request(InstanceGroupsToDelete=["old"]),
            "InstanceGroupsToDelete: ['old'] refers to existing groups",
        ),
        (
            request(group(InstanceCount="4")),
            "InstanceGroups[0].InstanceCount: '4' is a text, which CloudFormation converts and "
            "boto3 rejects; write 4 (RequestText)",
        ),
        (
            request(Tags=[{"Key": "a", "Value": True}]),
            "Tags[0].Value: True is true or false, which CloudFormation converts and boto3 rejects;"
            " write 'true' (RequestText)",
        ),
        (
            request(group(SlurmConfig={"NodeType": "Controller"})),
            "Orchestrator: 'Orchestrator' is missing, so an update uses the default strategy",
        ),
    ],
)
def test_notes_what_has_no_place_in_the_model(given: Any, text: str) -> None:
    (note,) = notes(given)
    model = hp.ClusterModel.from_request(given)

    assert text in note
    assert str(model.problems()[0]) == note
    assert model.notes[0].severity is hp.Severity.WARNING


def test_a_template_may_write_numbers_as_text() -> None:
    given = request(group(InstanceCount="4"))
    del given["ClusterName"]

    assert notes(given) == []
    assert hp.ClusterModel.from_request(given).instance_groups[0].count == 4


@pytest.mark.parametrize(
    ("value", "code"),
    [("DrainFirst", "PatchingStrategy"), ("MultiNodeTrainingValidation", "DeepHealthChecks")],
)
def test_words_of_the_api_alone_are_errors_of_templates(value: str, code: str) -> None:
    more: dict[str, Any] = (
        {"AutoPatchConfig": {"PatchingStrategy": value, "DeploymentConfig": BY_ONE}}
        if code == "PatchingStrategy"
        else {"OnStartDeepHealthChecks": [value]}
    )

    given = eks_request(group(**more))
    template = hp.ClusterModel.from_request(
        {**given, "Tags": [{"Key": "a", "Value": {"Ref": "b"}}]}
    )
    model = hp.ClusterModel.from_request(given)

    (problem,) = [each for each in template.problems() if each.severity is hp.Severity.ERROR]
    assert (problem.code, problem.value) == (code, value)
    (problem,) = model.check()
    assert (problem.code, problem.value) == ("RequestApiOnly", value)
    assert value in str(model.to_request())
    with pytest.raises(hp.ValidationError, match=code):
        model.to_cfn_properties()


def test_continuous_provisioning_has_no_strategy_to_write() -> None:
    given = request(
        group(SlurmConfig={"NodeType": "Controller"}), NodeProvisioningMode="Continuous"
    )

    assert notes(given) == []


def test_reads_and_writes_the_normal_form() -> None:
    subnets, groups = ["subnet-0123456789abcdef0"], ["sg-0123456789abcdef0"]
    given = eks_request(
        group(
            ThreadsPerCore=2,
            OverrideVpcConfig={"SecurityGroupIds": groups, "Subnets": ["subnet-0fedcba9876543210"]},
        ),
        group("cpu", InstanceType="ml.m5.large", ThreadsPerCore=1),
        group("same", OverrideVpcConfig={"SecurityGroupIds": groups, "Subnets": subnets}),
        NodeRecovery="None",
    )

    model = hp.ClusterModel.from_request(given)

    first, second, third = model.instance_groups
    assert first.threads_per_core is None
    assert first.security_groups == ()
    assert first.subnets == (hp.SubnetReference("subnet-0fedcba9876543210"),)
    assert second.threads_per_core == 1
    assert (third.subnets, third.security_groups) == ((), ())
    assert model.subnets == (hp.Subnet(name=subnets[0], subnet_id=subnets[0]),)
    written = model.to_request()
    assert written["InstanceGroups"][0]["ThreadsPerCore"] == 2
    assert (
        written["InstanceGroups"][0]["OverrideVpcConfig"]
        == given["InstanceGroups"][0]["OverrideVpcConfig"]
    )
    assert "OverrideVpcConfig" not in written["InstanceGroups"][2]
    assert hp.ClusterModel.from_request(written) == model
    assert json.loads(json.dumps(written)) == written


@pytest.mark.parametrize("mode", MODELS)
def test_everything_that_a_mode_allows_comes_back(mode: str) -> None:
    read = hp.ClusterModel.from_request(json.loads(json.dumps(REQUESTS[mode])))

    assert read == MODELS[mode]
    assert read.to_request() == REQUESTS[mode]


@pytest.mark.parametrize(
    ("orchestrator", "mode", "strategy"),
    [
        ({"Slurm": {}}, None, "Merge"),
        ({"Slurm": {"SlurmConfigStrategy": "Merge"}}, None, "Merge"),
        ({"Slurm": {"SlurmConfigStrategy": "Managed"}}, None, "Managed"),
        ({"Slurm": {}}, "Continuous", None),
    ],
)
def test_writes_a_strategy_where_the_service_takes_one(
    orchestrator: Any, mode: str | None, strategy: str | None
) -> None:
    given = request(
        group("controller", SlurmConfig={"NodeType": "Controller"}), Orchestrator=orchestrator
    )
    if mode:
        given["NodeProvisioningMode"] = mode

    written = hp.ClusterModel.from_request(given).to_request()

    assert written["Orchestrator"] == {
        "Slurm": {"SlurmConfigStrategy": strategy} if strategy else {}
    }


def test_refuses_to_write_what_is_incomplete() -> None:
    model = hp.ClusterModel(
        instance_groups=(
            hp.InstanceGroup(
                "gpu",
                instance_type="ml.p5.48xlarge",
                life_cycle_config=hp.LifeCycleConfig.on_creation(source_s3_uri=SOURCE),
            ),
        ),
        orchestrator=hp.Eks(hp.EksClusterReference(EKS_ARN)),
        subnets=(hp.Subnet(),),
    )

    with pytest.raises(hp.ValidationError) as caught:
        model.to_request()

    assert [str(problem) for problem in caught.value.problems] == [
        "cluster_name: 'cluster_name' is required; only CloudFormation generates a name; pass "
        'cluster_name="…" (ClusterNameMissing)',
        "instance_groups[0].execution_role: 'gpu' has no execution role, which a request "
        'requires; pass execution_role=RoleReference("arn:aws:iam::…") '
        "(ExecutionRoleMissing)",
        "subnets[0].subnet_id: 'subnet' has no subnet ID, which a request requires; "
        'pass Subnet(subnet_id="subnet-…") (SubnetIdMissing)',
        "security_group_ids: 'security_group_ids' are required with subnets; pass security_group_ids=[\"sg-…\"] "
        "(SecurityGroupIdsMissing)",
    ]
    with pytest.raises(hp.ValidationError, match=r"\A(?!.*ClusterNameMissing)(?s:.*)Missing"):
        model.to_cfn_properties()


def test_a_template_needs_no_name_and_else_says_the_same() -> None:
    given = eks_request()
    model = hp.ClusterModel.from_request(given)
    del given["ClusterName"]
    nameless = hp.ClusterModel.from_request(given)

    written = model.to_request()

    assert model.to_cfn_properties() == written
    assert nameless.to_cfn_properties() == {
        key: value for key, value in written.items() if key != "ClusterName"
    }


def test_nobody_knows_the_roles_without_the_form() -> None:
    model = hp.ClusterModel.from_request(request(group(LifeCycleConfig=SCRIPTS)))

    assert model.form() is None
    assert [str(each) for each in model.problems()] == []
    assert hp.ClusterModel.from_request(model.to_request()) == model


def test_takes_the_roles_of_the_form() -> None:
    form = hp.ProvisioningParams.from_dict(MULTI_HEAD_FORM)

    model = hp.ClusterModel.from_request(MULTI_HEAD_REQUEST, provisioning_params=form)

    assert [each.node_type for each in model.instance_groups] == ["login", "controller", "worker"]
    assert model.instance_groups[2].partition == "ml.p5.48xlarge"
    assert [mount.mount_path for mount in model.file_systems] == ["/fsx", "/home"]
    assert model.provisioning_params is None
    assert model.form() == form
    assert hp.ClusterModel.from_request(model.to_request(), provisioning_params=form) == model


def test_keeps_a_form_that_names_other_groups() -> None:
    form = hp.ProvisioningParams.from_dict(FORM_WITH_LOGIN)

    model = hp.ClusterModel.from_request(
        {"ClusterName": "a", "InstanceGroups": GROUPS_WITHOUT_LOGIN}, provisioning_params=form
    )

    assert model.provisioning_params == form
    assert "FormGroupUnknown" in {problem.code for problem in model.problems()}


def test_reads_an_update_in_the_words_of_the_migration_page() -> None:
    model = hp.ClusterModel.from_request(MIGRATED_REQUEST)

    assert model.orchestrator == hp.ApiDrivenSlurm()
    assert [each.node_type for each in model.instance_groups] == [
        "controller",
        "login",
        "worker",
        "worker",
    ]
    assert [each.mount_path for each in mounts_of(model.instance_groups[2].file_systems)] == [
        "/fsx"
    ]


def test_leaves_the_request_as_it_was() -> None:
    given = eks_request()
    before = copy.deepcopy(given)

    hp.ClusterModel.from_request(given).to_request()

    assert given == before


def test_needs_neither_cdk_nor_node() -> None:
    result = run(f"""
        import sys
        import hyperpod_constructs as hp
        model = hp.ClusterModel.from_request({eks_request()!r})
        assert hp.ClusterModel.from_request(model.to_request()) == model
        assert "jsii" not in sys.modules
        print(len(model.problems()))
    """)

    assert (result.returncode, result.stderr) == (0, "")
