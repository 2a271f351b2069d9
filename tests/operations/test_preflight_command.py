"""The command `preflight`: what it prints, its exit status, and the permissions that it requires."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.operations.preflight.check import Finding
from hyperpod_constructs.operations.preflight.checks import CHECKS
from hyperpod_constructs.operations.preflight.outcome import Outcome
from hyperpod_constructs.operations.requirements import REQUIREMENTS
from tests.aws.emulator import Emulator
from tests.aws.front.identity import key_of

from .checked import findings
from .damage import add_cluster, close_ports, delete_route
from .live import make_role, without
from .prepared import Prepared, make_eks_cluster, prepare

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def prepared(
    running: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Prepared]:
    """An account, with the environment of its commands."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield prepare(running, tmp_path)
    faults = running.faults.take()
    assert not faults, "\n".join(faults)


def test_what_is_wrong_is_printed_with_the_fix(prepared: Prepared, capsys: Capture) -> None:
    delete_route(prepared)
    close_ports(prepared)

    assert main(["preflight", prepared.write()]) == 1
    out = capsys.readouterr().out

    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [
        ["failed", "S3Reachable"],
        ["failed", "FileSystemTraffic"],
    ]
    assert "add a NAT gateway, or the endpoints" in out
    assert out.splitlines()[-1] == "training: 22 ok, 2 failed"


def test_nothing_wrong_prints_the_number_of_results(prepared: Prepared, capsys: Capture) -> None:
    assert main(["preflight", prepared.write()]) == 0
    assert capsys.readouterr().out == "training: 24 ok\n"

    assert main(["preflight", prepared.write(), "--all"]) == 0
    assert capsys.readouterr().out.count("\nok ") == 24


def test_an_app_is_checked_as_far_as_its_resources_exist(
    prepared: Prepared, capsys: Capture
) -> None:
    request = prepared.request
    request["VpcConfig"]["SecurityGroupIds"] = [{"Fn::GetAtt": ["Group", "GroupId"]}]
    for each in request["InstanceGroups"]:
        each["ExecutionRole"] = {
            "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/nodes"
        }
    resource = {"Type": "AWS::SageMaker::Cluster", "Properties": request}
    Path("template.json").write_text(json.dumps({"Resources": {"Cluster": resource}}))

    assert main(["preflight", "template.json", "--all"]) == 0
    out = capsys.readouterr().out

    assert "Not checked, since the deployment creates them: the network." in out
    assert "RolePermissions" in out
    assert "SecurityGroupRules" not in out


def test_a_file_without_a_cluster_is_refused(prepared: Prepared, capsys: Capture) -> None:
    Path("template.json").write_text('{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}')

    assert prepared.request
    assert main(["preflight", "template.json"]) == 2
    assert "template.json: contains no HyperPod cluster (FileContent)" in capsys.readouterr().err


def act_as(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, name: str, statements: list[dict[str, Any]]
) -> None:
    """Has a role with a policy call from now on."""
    role = make_role(emulator, name, {"Version": "2012-10-17", "Statement": statements})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_of(role))


@pytest.mark.parametrize("orchestrator", ["Slurm", "Eks"])
def test_it_runs_with_its_policy_and_says_what_it_may_not_read(
    prepared: Prepared, orchestrator: str, capsys: Capture
) -> None:
    # The table of codes does not have this type, so that the list of quotas is read.
    prepared.request["InstanceGroups"][0]["InstanceType"] = "ml.g4dn.xlarge"
    add_cluster(prepared, "other")
    assert main(["preflight", prepared.write(), "--policy"]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    is_eks = orchestrator == "Eks"
    if is_eks:
        make_eks_cluster(prepared)
    role = make_role(
        prepared.emulator, "reader", {"Version": "2012-10-17", "Statement": statements}
    )

    def unknown(allowed: list[dict[str, Any]]) -> list[Finding]:
        prepared.client("iam").put_role_policy(
            RoleName="reader",
            PolicyName="p",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
        )
        found = findings(prepared, role=role)
        return [each for each in found if each.result.outcome is Outcome.UNKNOWN]

    assert unknown(statements) == []
    for action in REQUIREMENTS["preflight"].reads:
        if action.startswith("eks:") is not is_eks:
            continue
        found = unknown(without(statements, action))
        assert found, action
        assert {each.code for each in found} <= {
            each.code for each in CHECKS if action in each.actions
        }
        assert {each.result.message for each in found} == {
            f"the IAM action {action} is not allowed"
        }


def test_unknown_results_alone_have_an_exit_status_of_their_own(
    prepared: Prepared, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["preflight", prepared.write(), "--policy"]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    act_as(prepared.emulator, monkeypatch, "partial", without(statements, "kms:DescribeKey"))

    assert main(["preflight", prepared.write()]) == 2
    assert "the IAM action kms:DescribeKey is not allowed; allow" in capsys.readouterr().out
