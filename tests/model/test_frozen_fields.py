"""Frozen values: texts become members of enumerations, and later changes have no effect."""

from collections.abc import Callable
from typing import Any

import pytest

import hyperpod_constructs as hp
from tests.clusters.values import (
    RESTRICTED_LUSTRE,
    SHARED,
    TOKEN_NUMBER,
    api_worker,
    controller,
    eks_group,
    restricted,
    slurm,
    slurm_worker,
    worker,
)


@pytest.mark.parametrize(
    ("value", "name", "member"),
    [
        (slurm(node_recovery="Automatic"), "node_recovery", hp.NodeRecovery.AUTOMATIC),
        (
            slurm(node_provisioning_mode="Continuous"),
            "node_provisioning_mode",
            hp.NodeProvisioningMode.CONTINUOUS,
        ),
        (hp.InstanceGroup("a", node_type="login"), "node_type", hp.NodeType.LOGIN),  # type: ignore[arg-type]
        (
            worker(network_interface_type="efa-only"),
            "network_interface_type",
            hp.NetworkInterfaceType.EFA_ONLY,
        ),
        (
            hp.ApiDrivenSlurm(strategy="Overwrite"),  # type: ignore[arg-type]
            "strategy",
            hp.SlurmConfigStrategy.OVERWRITE,
        ),
        (
            hp.AutoScaling(auto_scaler_type="Karpenter"),  # type: ignore[arg-type]
            "auto_scaler_type",
            hp.AutoScalerType.KARPENTER,
        ),
        (
            hp.AutoPatch(patching_strategy="WhenIdle"),  # type: ignore[arg-type]
            "patching_strategy",
            hp.PatchingStrategy.WHEN_IDLE,
        ),
        (
            hp.BatchSize(type="INSTANCE_COUNT", value=1),  # type: ignore[arg-type]
            "type",
            hp.BatchSizeType.INSTANCE_COUNT,
        ),
        (
            hp.Taint(key="a", effect="NoExecute"),  # type: ignore[arg-type]
            "effect",
            hp.TaintEffect.NO_EXECUTE,
        ),
        (
            hp.SharedEnvironment(
                lustre=RESTRICTED_LUSTRE,
                lustre_deletion_policy="DeleteIfNotUsed",  # type: ignore[arg-type]
            ),
            "lustre_deletion_policy",
            hp.LustreDeletionPolicy.DELETE_IF_NOT_USED,
        ),
    ],
)
def test_a_text_becomes_the_member(value: Any, name: str, member: Any) -> None:
    assert getattr(value, name) is member


@pytest.mark.parametrize("make", [worker, restricted])
def test_texts_in_a_list_become_members(make: Callable[..., Any]) -> None:
    made = make(deep_health_checks=["InstanceStress", hp.DeepHealthCheck.INSTANCE_CONNECTIVITY])

    assert all(check is hp.DeepHealthCheck(check) for check in made.deep_health_checks)


@pytest.mark.parametrize(
    "model",
    [
        slurm(node_recovery="None"),
        api_worker(network_interface_type="efa"),
        eks_group(taints=[hp.Taint(key="a", effect="NoExecute")]),  # type: ignore[arg-type]
        slurm_worker(deep_health_checks=["InstanceStress"]),
    ],
)
def test_a_text_is_judged_like_the_member(model: hp.ClusterModel) -> None:
    assert model.problems() == ()


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            slurm(node_recovery="automatic"),
            "node_recovery: 'automatic' is not a NodeRecovery; use one of 'Automatic', 'None'; did "
            "you mean 'Automatic'?",
        ),
        (
            slurm(node_recovery="always"),
            "node_recovery: 'always' is not a NodeRecovery; use one of 'Automatic', 'None'",
        ),
        (
            slurm_worker(deep_health_checks=["INSTANCE_STRESS"]),
            "instance_groups[1].deep_health_checks[0]: 'INSTANCE_STRESS' is not a DeepHealthCheck; "
            "use one of 'InstanceStress', 'InstanceConnectivity'; did you mean 'InstanceStress'?",
        ),
        (
            eks_group(taints=[hp.Taint(key="a", effect="NoSchedul")]),  # type: ignore[arg-type]
            "instance_groups[0].taints[0].effect: 'NoSchedul' is not a TaintEffect; use one of "
            "'NoSchedule', 'PreferNoSchedule', 'NoExecute'; did you mean 'NoSchedule'?",
        ),
    ],
)
def test_other_texts_are_refused_with_a_suggestion(model: hp.ClusterModel, text: str) -> None:
    assert [str(problem) for problem in model.problems()] == [f"{text} (ArgumentType)"]


def test_later_changes_have_no_effect() -> None:
    labels, types = {"team": "a"}, ["ml.g5.8xlarge"]
    made = hp.InstanceGroup("gpu", instance_types=types, labels=labels)
    tags, extra = {"team": "a"}, {"key": 1}
    groups = [controller()]
    model = hp.ClusterModel(instance_groups=groups, tags=tags)
    shared = hp.SlurmConfigurations(
        slurm_database_secret_arn=SHARED.slurm_database_secret_arn,
        slurm_database_endpoint=SHARED.slurm_database_endpoint,
        slurm_shared_directory="/fsx",
        extra=extra,
    )

    for each in (labels, tags, extra):
        each.clear()
    types.clear()
    groups.clear()

    assert made == hp.InstanceGroup("gpu", instance_types=("ml.g5.8xlarge",), labels={"team": "a"})
    assert (model.instance_groups, model.tags) == ((controller(),), {"team": "a"})
    assert shared.extra == {"key": 1}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: hp.LifeCycleConfig.after_initialization(None),  # type: ignore[arg-type]
            "LifeCycleConfig.after_initialization.file: is None; pass the file name",
        ),
        (
            lambda: hp.LifeCycleConfig.on_creation(5),  # type: ignore[arg-type]
            "LifeCycleConfig.on_creation.file: 5 is of type int; pass the file name of a script",
        ),
        (
            lambda: hp.ScheduledUpdate.weekly("monday", hour=3),  # type: ignore[arg-type]
            "ScheduledUpdate.weekly.day: 'monday' is not a day of the week; use one of 'MON', 'TUE'"
            ", 'WED', 'THU', 'FRI', 'SAT', 'SUN'; did you mean 'MON'?",
        ),
        (
            lambda: hp.Slurm().provisioning_params(None),  # type: ignore[arg-type]
            "Slurm.provisioning_params.groups: is None; pass a list of InstanceGroup",
        ),
        (
            lambda: hp.Slurm().provisioning_params("gpu"),  # type: ignore[arg-type]
            "Slurm.provisioning_params.groups: 'gpu' is of type str; pass a list of InstanceGroup",
        ),
        (
            lambda: hp.Slurm().provisioning_params(["gpu"]),  # type: ignore[list-item]
            "Slurm.provisioning_params.groups[0]: 'gpu' is of type str; pass an InstanceGroup",
        ),
        (
            lambda: hp.Slurm().provisioning_params([controller()], ["fsx"]),  # type: ignore[list-item]
            "Slurm.provisioning_params.file_systems[0]: 'fsx' is of type str; pass a LustreMount",
        ),
        (
            lambda: hp.ScheduledUpdate.weekly(TOKEN_NUMBER, hour=3),  # type: ignore[arg-type]
            "ScheduledUpdate.weekly.day: <deploy-time value> is not a day of the week; use one of",
        ),
        (
            lambda: hp.SlurmConfigurations.from_dict(None),  # type: ignore[arg-type]
            "slurm_configurations: is None; pass a dict",
        ),
        (
            lambda: hp.ProvisioningParams(
                controller_group="a",
                worker_groups=[
                    hp.WorkerGroup(
                        instance_group_name="b",
                        partition_name="b",
                        extra=5,  # type: ignore[arg-type]
                    )
                ],
                extra=["a"],  # type: ignore[arg-type]
            ),
            "provisioning_params.worker_groups[0].extra: 5 is of type int; pass a dict "
            "(ArgumentType)\nprovisioning_params.extra: ['a'] is of type list; pass a dict",
        ),
        (
            lambda: hp.HyperPodChecks(5),  # type: ignore[call-arg]
            "HyperPodChecks: 5 is passed by position, and this argument requires a name; omit it",
        ),
        (
            lambda: hp.AccountingDatabase("db", "hunter2"),  # type: ignore[call-arg, arg-type]
            "AccountingDatabase: '...' is passed by position",
        ),
        (
            lambda: hp.AccountingDatabase(endpoint="db", pw="hunter2"),  # type: ignore[call-arg]
            "AccountingDatabase.pw: 'pw' is not an argument; use one of secret, port",
        ),
    ],
)
def test_methods_judge_what_they_are_given(call: Callable[[], object], text: str) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        call()

    assert str(caught.value).startswith(text)
    assert "hunter2" not in str(caught.value)


def test_later_changes_within_a_form_have_no_effect() -> None:
    extra: dict[str, Any] = {"nested": [1]}
    worker_group = hp.WorkerGroup(instance_group_name="gpu", partition_name="gpu", extra=extra)
    form = hp.ProvisioningParams(
        controller_group="controller", worker_groups=[worker_group], extra=extra
    )
    extra["nested"].append(2)
    extra["more"] = 3

    assert worker_group.extra == form.extra == {"nested": [1]}
