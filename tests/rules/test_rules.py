"""Every rule, as a table: the cluster, and the problem it has."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.rules.every_rule import RULES
from tests.clusters.values import (
    ADDITION,
    CONTINUOUS,
    DATABASE,
    KEY,
    LUSTRE,
    OPENZFS,
    OTHER_ZONE,
    PLAN,
    PRIVATE,
    RESTRICTED_LUSTRE,
    ROLE,
    SHARED,
    SMALL,
    TOKEN,
    TOKEN_NUMBER,
    api,
    api_worker,
    controller,
    eks,
    group,
    login,
    nova,
    restricted,
    slurm,
    slurm_worker,
    worker,
)
from tests.rules.examples.example import Example
from tests.rules.examples.script_folders import script_folder_examples

from .examples import EXAMPLES

FINE: list[hp.ClusterModel] = [
    slurm(),
    slurm(cluster_name="a"),
    slurm(subnets=[PRIVATE], file_systems=[LUSTRE, OPENZFS]),
    slurm(controller(), worker(), worker("more"), login()),
    slurm(
        controller(count=2),
        worker(),
        orchestrator=hp.Slurm(slurm_configurations=SHARED),
    ),
    slurm_worker(threads_per_core=1, capacity=hp.Capacity.on_demand(), volumes=[]),
    slurm(controller(), worker(instance_type="ml.c5.large", count=18), subnets=[SMALL]),
    api(),
    api(strategy=hp.SlurmConfigStrategy.MANAGED),
    api(
        controller(life_cycle_config=ADDITION, execution_role=ROLE),
        login(),
        worker(
            instance_type="ml.p5.48xlarge",
            min_count=2,
            volumes=[hp.EbsVolume.root(kms_key=KEY), hp.EbsVolume(size=hp.Gibibytes(500))],
            file_systems=[LUSTRE, OPENZFS],
            deep_health_checks=list(hp.DeepHealthCheck),
            network_interface_type=hp.NetworkInterfaceType.EFA_ONLY,
            scheduled_update=hp.ScheduledUpdate.weekly(hp.DayOfWeek.SUNDAY, hour=3),
        ),
        database=hp.AccountingDatabase(**DATABASE),
        node_provisioning_mode=CONTINUOUS,
        subnets=[PRIVATE],
        tags={"team": "research"},
    ),
    eks(),
    eks(
        group(
            count=0,
            capacity=hp.Capacity.spot(),
            labels={"example.com/team": "research"},
            taints=[hp.Taint(key="team", effect=hp.TaintEffect.NO_SCHEDULE)],
        ),
        node_provisioning_mode=CONTINUOUS,
        auto_scaling=hp.AutoScaling(),
        cluster_role=ROLE,
        tiered_storage=hp.TieredStorage(instance_memory_allocation_percentage=50),
    ),
    nova(
        restricted(lustre=RESTRICTED_LUSTRE),
        shared_environment=hp.SharedEnvironment(lustre=RESTRICTED_LUSTRE),
    ),
    # Each of these once had a problem that AWS does not report.
    eks(group("cpu", instance_type="ml.m5.xlarge")),
    eks(cluster_role=ROLE),
    api_worker(image_id="ami-0123456789abcdef0"),
    slurm_worker(instance_type="ml.c7g.xlarge"),
    eks(
        group(instance_type=None, instance_types=["ml.p5.48xlarge", "ml.p5en.48xlarge"]),
        node_provisioning_mode=CONTINUOUS,
        subnets=[PRIVATE, OTHER_ZONE],
    ),
]


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    return [*EXAMPLES, *script_folder_examples(tmp_path)]


def judge(example: Example) -> None:
    problems = {str(problem): problem for problem in example.bad.problems()}

    assert example.text in problems, "\n".join(problems)
    problem = problems[example.text]
    assert example.text.startswith(f"{problem.path}: {problem.statement}; ")
    assert example.text.endswith(f"; {problem.fix} ({problem.code})")
    assert problem.code not in {each.code for each in example.good.problems()}
    assert problem.severity is example.severity
    if problem.severity is hp.Severity.ERROR:
        with pytest.raises(hp.ValidationError, match=re.escape(example.text)):
            example.bad.check()
        example.good.check()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text[-90:])
def test_says_what_is_wrong_and_nothing_of_the_neighbour(example: Example) -> None:
    judge(example)


def test_says_what_is_wrong_with_a_folder_of_scripts(tmp_path: Path) -> None:
    for example in script_folder_examples(tmp_path):
        judge(example)


def test_every_rule_is_needed(examples: list[Example]) -> None:
    finders = {
        example.text: [rule for rule in RULES if example.text in map(str, rule(example.bad))]
        for example in examples
    }

    assert not [text for text, rules in finders.items() if len(rules) != 1]
    needed = {rule for rules in finders.values() for rule in rules}
    assert [rule.__qualname__ for rule in RULES if rule not in needed] == []
    assert len(set(RULES)) == len(RULES)


@pytest.mark.parametrize("model", FINE)
def test_says_nothing_of_a_good_cluster(model: hp.ClusterModel) -> None:
    assert model.problems() == ()


@pytest.mark.parametrize(
    "arn", [None, "my-plan", PLAN.replace("training-plan/", "cluster/"), 7, PLAN + "x" * 2048]
)
def test_fails_on_what_is_no_training_plan(arn: Any) -> None:
    with pytest.raises(hp.ValidationError, match=r"Capacity.training_plan: .*TrainingPlanArn"):
        hp.Capacity.training_plan(arn)


def test_a_node_type_may_be_its_word() -> None:
    made = hp.InstanceGroup(
        "gpu",
        instance_type="ml.g5.8xlarge",
        node_type="worker",  # type: ignore[arg-type]
        partition="gpu",
    )

    assert made.node_type is hp.NodeType.WORKER
    assert slurm(controller(), made).problems() == ()


def test_fails_with_all_problems_at_once_in_the_order_of_the_arguments() -> None:
    model = slurm(
        controller(name="head_1", instance_type="m5.xlarge"),
        controller(name="head2"),
        worker(partition=None, count=1, min_count=2, volumes=[hp.EbsVolume()]),
        *(worker(f"g{index}", count=0) for index in range(8)),
        worker("last_"),
        cluster_name="-",
        file_systems=[LUSTRE],
        tags={"": ""},
    )

    with pytest.raises(hp.ValidationError) as caught:
        model.check()

    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        ("instance_groups[0].name", "InstanceGroupName"),
        ("instance_groups[0].instance_type", "InstanceType"),
        ("instance_groups[1]", "ControllerGroup"),
        ("instance_groups[2].partition", "PartitionMissing"),
        ("instance_groups[2].min_count", "MinInstanceCount"),
        ("instance_groups[2].min_count", "MinInstanceCountMode"),
        ("instance_groups[2].volumes[0].size", "SecondaryVolumeSize"),
        ("instance_groups[11].name", "InstanceGroupName"),
        ("cluster_name", "ClusterName"),
        ("file_systems", "FileSystemWithoutVpc"),
        ("tags", "TagKey"),
    ]
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]


def token_group(**settings: Any) -> hp.InstanceGroup:
    number: Any = TOKEN_NUMBER
    word: Any = TOKEN
    return hp.InstanceGroup(
        TOKEN,
        **{
            "instance_type": TOKEN,
            "count": number,
            "min_count": number,
            "threads_per_core": number,
            "node_type": word,
            "partition": TOKEN,
            "volumes": [hp.EbsVolume(size=hp.Gibibytes(number), kms_key=hp.KeyReference(TOKEN))],
            "capacity": hp.Capacity(training_plan_arn=TOKEN),
            "deep_health_checks": ("#{Token[TOKEN.9]}",),
            "subnets": [hp.SubnetReference(TOKEN)],
            "security_groups": [hp.SecurityGroupReference(TOKEN)],
            "execution_role": hp.RoleReference(TOKEN),
            "life_cycle_config": hp.LifeCycleConfig(
                on_create=TOKEN, on_init_complete=TOKEN, source_s3_uri=TOKEN
            ),
            "network_interface_type": word,
            "image_id": TOKEN,
            "image_release_version": TOKEN,
            "scheduled_update": hp.ScheduledUpdate(schedule_expression=TOKEN),
            **settings,
        },
    )


def token_settings() -> dict[str, Any]:
    return {
        "cluster_name": TOKEN,
        "security_group_ids": ("#{Token[TOKEN.9]}",),
        "node_recovery": TOKEN,
        "node_provisioning_mode": TOKEN,
        "cluster_role": hp.RoleReference(TOKEN),
        "tags": {TOKEN: TOKEN},
        "subnets": [
            hp.Subnet(
                name=TOKEN,
                subnet_id=TOKEN,
                availability_zone=TOKEN,
                ipv4_cidr_block=TOKEN,
            ),
            hp.Subnet(availability_zone="${Token[AZ.8]}"),
        ],
    }


def test_never_judges_what_only_the_deployment_knows() -> None:
    number: Any = TOKEN_NUMBER
    word: Any = TOKEN
    settings = token_settings()
    mount = hp.LustreMount(dns_name=TOKEN, mount_name=TOKEN, mount_path=TOKEN)
    of_kubernetes: Any = {
        "labels": {TOKEN: TOKEN},
        "taints": [hp.Taint(key=TOKEN, effect=word, value=TOKEN)],
        "scheduled_update": hp.ScheduledUpdate(
            schedule_expression=TOKEN,
            rolling_update=hp.RollingUpdate(
                maximum_batch_size=hp.BatchSize(type=word, value=number),
                wait_interval=hp.Seconds(number),
                rollback_alarms=[hp.AlarmReference(TOKEN)],
            ),
        ),
    }
    database = hp.AccountingDatabase(
        endpoint=TOKEN, secret=hp.SecretReference(TOKEN), port=number, name=TOKEN
    )
    form = slurm(token_group(), **settings, file_systems=[replace(mount, mount_path="/fsx")])
    request = api(token_group(file_systems=[mount]), **settings, strategy=word, database=database)
    kubernetes = hp.ClusterModel(
        instance_groups=[token_group(**of_kubernetes)],
        orchestrator=hp.Eks(hp.EksClusterReference(TOKEN)),
        auto_scaling=hp.AutoScaling(),
        tiered_storage=hp.TieredStorage(instance_memory_allocation_percentage=number),
        **settings,
    )
    nova_cluster = nova(
        restricted(TOKEN, instance_type=TOKEN, count=number, threads_per_core=number),
        orchestrator=hp.Eks(hp.EksClusterReference(TOKEN)),
        shared_environment=hp.SharedEnvironment(
            lustre=hp.RestrictedLustre(size_gib=number, per_unit_storage_throughput=number),
            lustre_deletion_policy=word,
        ),
        **settings,
    )

    assert form.problems() == ()
    assert request.problems() == ()
    assert kubernetes.problems() == ()
    assert nova_cluster.problems() == ()
    assert form.required_quotas() == {}


def test_counts_quotas_by_type_and_kind() -> None:
    model = eks(
        group(count=4),
        group("more", count=2),
        group("spare", count=3, capacity=hp.Capacity.spot()),
        hp.InstanceGroup("any", instance_types=["ml.p5.48xlarge", "ml.p4d.24xlarge"], count=5),
        restricted_instance_groups=[restricted(count=6)],
    )

    assert model.required_quotas() == {
        "ml.g5.8xlarge for cluster spot instance usage": 3,
        "ml.g5.8xlarge for cluster usage": 6,
        "ml.p4d.24xlarge for cluster usage": 5,
        "ml.p5.48xlarge for cluster usage": 11,
    }


def test_threads_per_core_that_are_given_stay() -> None:
    assert worker(threads_per_core=1).effective_threads_per_core == 1
    assert worker().effective_threads_per_core == 2
    assert api_worker(continuous=True).instance_groups[1].effective_threads_per_core == 2
