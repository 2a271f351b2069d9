"""Each command runs with the policy that it prints, and fails without any one of its actions."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from hyperpod_constructs.command_line.operate.acts import ACTS
from hyperpod_constructs.operations.requirements import REQUIREMENTS
from tests.thorough import rows

from .live import NAME, NOTHING, ROLE, Live, make_stack, without

CASES: Mapping[str, tuple[str, ...]] = {
    "capacity": ("capacity", "new.json"),
    "connect": ("connect", NAME, "gpu/0"),
    "connect as a user": ("connect", NAME, "gpu/0", "--run-as", "Sessions"),
    "cost": ("cost", "--cluster", NAME, "--url", "PRICES"),
    "diff": ("diff", "template.json", "--cluster", NAME),
    "diff with a stack": ("diff", "template.json", "--cluster", NAME, "--stack", "Roles"),
    "event": ("events", NAME, "EVENT"),
    "events of a node": ("events", NAME, "--node", "gpu/0"),
    "health-check": (
        *("health-check", NAME, "gpu", "gpu/0", "--yes"),
        *("--wait", "--interval", "0.1"),
    ),
    "logs": ("logs", NAME, "gpu/0"),
    "nodes": ("nodes", NAME),
    "nodes with scripts": ("nodes", NAME, "--scripts"),
    "prices": ("prices", "--url", "PRICES"),
    "reboot": ("reboot", NAME, "gpu/0", "--yes", "--wait", "--interval", "0.1"),
    "replace": ("replace", NAME, "gpu/0", "--yes", "--wait", "--interval", "0.1"),
    "replace in a dry run": ("replace", NAME, "gpu/0", "--dry-run"),
    "run": ("run", NAME, "gpu/0", "--", "true"),
    "scale in": ("scale", NAME, "gpu", "1", "--yes", "--wait", "--interval", "0.1"),
    "scale out": ("scale", NAME, "gpu", "4", "--wait", "--interval", "0.1"),
    "ssh-config": ("ssh-config", NAME),
    "update-software": ("update-software", NAME, "--yes", "--wait", "--interval", "0.1"),
}
OF_OTHER_CASES = {
    "connect": set[str](),
    "diff": {"cloudformation:ListStackResources"},
    "event": {"sagemaker:ListClusterEvents", "sagemaker:ListClusterNodes"},
    "events of a node": {"sagemaker:DescribeClusterEvent"},
    "nodes": {"sagemaker:DescribeCluster", "sagemaker:DescribeClusterNode"},
    "replace": {"sagemaker:DescribeCluster"},
    "replace in a dry run": {"sagemaker:BatchReplaceClusterNodes"},
    "scale in": {"sagemaker:BatchAddClusterNodes"},
    "scale out": {"sagemaker:UpdateCluster", "iam:PassRole"},
}
"""Actions of the policy of a command that this case does not require."""
FINDING = ("capacity", "diff", "diff with a stack")
"""Cases that find something, which is exit status 1."""
NOT_EMULATED = {
    "sagemaker:BatchDeleteClusterNodes": "UpdateCluster requires it, and AWS states no condition",
    "ssm:ResumeSession": "the plug-in resumes sessions, as the next test does",
    "ssm:TerminateSession": "the plug-in ends sessions, as the next test does",
}
TEMPLATE = '{"Resources": {"C": {"Type": "AWS::SageMaker::Cluster", "Properties": %s}}}'
GROUPS = (
    '{"InstanceGroups": [{"InstanceGroupName": "gpu", "InstanceType": "ml.m5.xlarge",'
    ' "InstanceCount": 3, "ExecutionRole": "arn:aws:iam::123456789012:role/nodes",'
    ' "SlurmConfig": {"NodeType": "Compute"}}]}'
)


NEW = [
    {
        "InstanceGroupName": name,
        "InstanceType": instance_type,
        "InstanceCount": 1,
        "ExecutionRole": ROLE,
    }
    # The table of codes has the quota of the first type alone.
    for name, instance_type in (("a", "ml.p5.48xlarge"), ("b", "ml.g4dn.xlarge"))
]


def prepare(live: Live, case: str) -> tuple[str, ...]:
    """The arguments of a case, with what they name."""
    for node in live.ids():
        live.log(f"LifecycleConfig/gpu/{node}", "start")
    (live.folder / "template.json").write_text(TEMPLATE % GROUPS)
    (live.folder / "new.json").write_text(json.dumps({"ClusterName": "new", "InstanceGroups": NEW}))
    if "Roles" in CASES[case]:
        make_stack(live.emulator, "Roles")
    cluster = live.emulator.clusters.find(NAME)
    assert cluster is not None
    names = {"EVENT": cluster.events[0]["EventId"], "PRICES": live.more["PRICES"]}
    return tuple(names.get(each, each) for each in CASES[case])


def policy(live: Live, arguments: tuple[str, ...]) -> list[dict[str, Any]]:
    first, *others = arguments
    statements: list[dict[str, Any]] = live.run(first, "--policy", *others).json["Statement"]
    return statements


def required(statements: list[dict[str, Any]], case: str) -> set[str]:
    """The actions of a policy that a case requires."""
    allowed = {
        action for each in statements if each["Effect"] == "Allow" for action in each["Action"]
    }
    return allowed - NOT_EMULATED.keys() - OF_OTHER_CASES.get(case, set())


@pytest.mark.parametrize("case", CASES)
def test_runs_with_its_policy(live: Live, case: str) -> None:
    arguments = prepare(live, case)
    live.as_role("complete", policy(live, arguments) or [NOTHING])

    done = live.run(*arguments, status=None)

    assert "not allowed" not in done.err
    assert done.status == (1 if case in FINDING else 0), done.err


@pytest.mark.parametrize("case", rows(CASES, "nodes", "run", "scale in"))
def test_does_not_run_without_an_action(live: Live, case: str) -> None:
    arguments = prepare(live, case)
    statements = policy(live, arguments)
    for action in sorted(required(statements, case)):
        live.restore()
        live.as_role(f"without-{action.replace(':', '-')}", without(statements, action))
        done = live.run(*arguments, status=None)
        assert done.status in {1, 2}, action
        assert f"the IAM action {action} is not allowed" in done.err
        assert "--policy prints the policy" in done.err


@pytest.mark.parametrize("operation", ["resume_session", "terminate_session"])
def test_the_plug_in_may_resume_and_end_own_sessions(live: Live, operation: str) -> None:
    live.more["PLUGIN_CALLS"] = operation
    action = f"ssm:{''.join(map(str.capitalize, operation.split('_')))}"
    statements = policy(live, CASES["run"])
    live.as_role("complete", statements)
    live.run(*CASES["run"])

    live.as_role("limited", without(statements, action))
    done = live.run(*CASES["run"], status=1)

    assert f"not authorized to perform: {action} on resource" in done.err


def test_every_action_is_required_in_a_case() -> None:
    for case, actions in OF_OTHER_CASES.items():
        command = CASES[case][0]
        others = [other for other in CASES if CASES[other][0] == command and other != case]
        for action in actions:
            assert any(action not in OF_OTHER_CASES.get(other, ()) for other in others), action


def test_every_command_has_a_case_and_a_policy() -> None:
    elsewhere = {"preflight"}

    assert set(ACTS) == set(REQUIREMENTS)
    assert set(ACTS) == {arguments[0] for arguments in CASES.values()} | elsewhere


def test_the_arn_limits_the_policy_to_the_cluster(live: Live) -> None:
    statements = live.run("logs", live.arn, "gpu/0", "--policy").json["Statement"]

    assert statements[0]["Resource"] == [live.arn]
    group = (
        f"arn:aws:logs:us-west-2:123456789012:log-group:/aws/sagemaker/Clusters/*/{live.arn[-12:]}"
    )
    assert statements[1]["Resource"] == [group, f"{group}:log-stream:*"]


def test_the_policy_covers_eks_and_custom_images_on_request(live: Live) -> None:
    def actions(*more: str) -> set[str]:
        statements = live.run("update-software", NAME, "--policy", *more).json["Statement"]
        return {action for each in statements for action in each["Action"]}

    assert "eks:DescribeCluster" not in actions()
    assert "eks:DescribeCluster" in actions("--eks")
    assert "ec2:ModifyImageAttribute" in actions("--custom-images")
