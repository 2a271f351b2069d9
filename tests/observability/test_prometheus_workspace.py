"""The workspace for metrics: its rules by promtool, its alert manager by amtool, its grants."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
import yaml
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from hyperpod_constructs.observability.prometheus_workspace import RULES
from tests.clusters.node_steps import make_with_login, written_steps
from tests.clusters.stacks import make_cluster
from tests.clusters.templates import upload
from tests.synth import resources_of, template

FILES = sorted(RULES.glob("*.yaml"))
RULE_TESTS = Path(__file__).parent / "prometheus" / "rule_tests.yaml"


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


def run(*command: str) -> str:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def make(stack: cdk.Stack, **settings: Any) -> hp.PrometheusWorkspace:
    topic = settings.pop("topic", None) or sns.Topic(stack, "Topic")
    return hp.PrometheusWorkspace(stack, "Metrics", topic=topic, **settings)


def alerts() -> set[str]:
    content = yaml.safe_load((RULES / "alert_rules.yaml").read_text(encoding="utf-8"))
    return {rule["alert"] for group in content["groups"] for rule in group["rules"]}


def test_the_rules_are_valid() -> None:
    printed = run(program("promtool", "prometheus"), "check", "rules", *map(str, FILES))

    assert printed.count("SUCCESS") == len(FILES) == 2


def test_each_alert_fires_and_does_not_fire(tmp_path: Path) -> None:
    promtool = program("promtool", "prometheus")
    for file in (*FILES, RULE_TESTS):
        shutil.copy(file, tmp_path)

    assert "SUCCESS" in run(promtool, "test", "rules", str(tmp_path / RULE_TESTS.name))


def test_each_alert_has_both_tests() -> None:
    fires, silent = set(), set()
    for case in yaml.safe_load(RULE_TESTS.read_text(encoding="utf-8"))["tests"]:
        clusters_or_nodes = len(case["input_series"])
        for each in case.get("alert_rule_test", ()):
            expected = each.get("exp_alerts", ())
            if expected:
                fires.add(each["alertname"])
            if len(expected) < clusters_or_nodes:
                silent.add(each["alertname"])

    assert fires == silent == alerts()


def test_each_alert_says_what_happened_and_what_shows_more() -> None:
    content = yaml.safe_load((RULES / "alert_rules.yaml").read_text(encoding="utf-8"))
    for group in content["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"].keys() == {"summary", "command"}
            assert "{{ $labels.cluster }}" in rule["annotations"]["summary"]
            assert rule["labels"]["severity"] in {"critical", "warning"}


def test_the_alert_manager_is_valid(stack: cdk.Stack, tmp_path: Path) -> None:
    amtool = program("amtool", "prometheus-alertmanager")
    make(stack)
    (workspace,) = resources_of(stack, "AWS::APS::Workspace").values()
    parts = workspace["Properties"]["AlertManagerDefinition"]["Fn::Join"][1]
    arn = "arn:aws:sns:us-west-2:111122223333:topic"
    text = "".join(part if isinstance(part, str) else arn for part in parts)
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_load(text)["alertmanager_config"], encoding="utf-8")

    assert "1 receivers" in run(amtool, "check-config", str(file))


def test_snapshot(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    workspace = make(stack, alias="clusters")
    workspace.grant_remote_write(make_cluster(stack, cluster_name="training"))

    found = template(stack)["Resources"]
    kinds = ("AWS::APS::", "AWS::SNS::")
    assert {
        name: each for name, each in found.items() if each["Type"].startswith(kinds)
    } == snapshot


def test_grants_are_for_the_workspace_alone(stack: cdk.Stack) -> None:
    workspace = make(stack)
    cluster = make_cluster(stack)
    workspace.grant_remote_write(cluster).assert_success()
    workspace.grant_query(cluster.execution_roles["controller"]).assert_success()

    (arn,) = resources_of(stack, "AWS::APS::Workspace")
    roles: dict[str, set[str]] = {}
    for policy in resources_of(stack, "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if "aps:" in str(statement["Action"]):
                assert statement["Resource"] == {"Fn::GetAtt": [arn, "Arn"]}
                for role in policy["Properties"]["Roles"]:
                    actions = statement["Action"]
                    found = {actions} if isinstance(actions, str) else set(actions)
                    roles.setdefault(re.sub("^.*Roles", "", role["Ref"])[:6], set()).update(found)

    queries = {"aps:QueryMetrics", "aps:GetLabels", "aps:GetSeries", "aps:GetMetricMetadata"}
    assert roles == {"Contro": {"aps:RemoteWrite", *queries}, "Worker": {"aps:RemoteWrite"}}


def make_writing_cluster(stack: cdk.Stack, target: Any) -> hp.HyperPodCluster:
    exporters = hp.MetricsExporters(gpu=False, remote_write=target)
    return make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(metrics=exporters))


def remote_write_statements(stack: cdk.Stack) -> list[tuple[Any, Any]]:
    """Resources that roles may write metrics to, with the roles."""
    return [
        (statement["Resource"], policy["Properties"]["Roles"])
        for policy in resources_of(stack, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "aps:" in str(statement["Action"])
    ]


def test_nodes_write_to_the_workspace(stack: cdk.Stack) -> None:
    workspace = make(stack)
    make_writing_cluster(stack, workspace)

    (name,) = resources_of(stack, "AWS::APS::Workspace")
    statements = remote_write_statements(stack)
    assert [resource for resource, _ in statements] == [{"Fn::GetAtt": [name, "Arn"]}] * 3
    assert len({role["Ref"] for _, roles in statements for role in roles}) == 3
    markers = upload(stack)["SourceMarkers"][-1]
    assert {"Fn::GetAtt": [name, "PrometheusEndpoint"]} in markers.values()


IMPORTED = "arn:{}:aps:{}:111122223333:workspace/ws-1"


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "aps-workspaces.eu-west-1.amazonaws.com"),
        ("aws-cn", "cn-north-1", "aps-workspaces.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_nodes_write_to_an_imported_workspace(
    stack: cdk.Stack, partition: str, region: str, host: str
) -> None:
    arn = IMPORTED.format(partition, region)
    workspace = hp.PrometheusWorkspace.from_workspace_arn(stack, "Shared", arn)
    make_writing_cluster(stack, workspace)

    assert {resource for resource, _ in remote_write_statements(stack)} == {arn}
    assert written_steps(stack)["metrics"] == {
        "node": True,
        "slurm": True,
        "remote_write": {
            "url": f"https://{host}/workspaces/ws-1/api/v1/remote_write",
            "region": region,
        },
    }


def test_nodes_write_to_another_server_without_a_permission(stack: cdk.Stack) -> None:
    make_writing_cluster(stack, "http://prometheus.example.com:9090/api/v1/write")

    assert remote_write_statements(stack) == []
    assert written_steps(stack)["metrics"]["remote_write"] == {
        "url": "http://prometheus.example.com:9090/api/v1/write"
    }


@pytest.mark.parametrize("arn", ["ws-1", "arn:aws:aps:eu-west-1:1:workspace/ws-1", 7])
def test_refuses_what_is_no_workspace(stack: cdk.Stack, arn: Any) -> None:
    with pytest.raises(hp.ValidationError, match=r"workspace_arn: .*(WorkspaceArn|ArgumentType)"):
        hp.PrometheusWorkspace.from_workspace_arn(stack, "Shared", arn)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (7, "metrics.remote_write: 7 is of type int; pass a PrometheusWorkspace or a URL"),
        (
            "https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-1/api/v1/remote_write",
            "is a workspace of Amazon Managed Service for Prometheus, which requires signed requests",
        ),
        ("https://prometheus/?token=a", "must be an http or https URL without credentials"),
        ("ftp://prometheus/", "must be an http or https URL"),
        ("http://prometheus/\nurl", "must be an http or https URL"),
    ],
)
def test_refuses_what_nodes_cannot_write_to(stack: cdk.Stack, target: Any, message: str) -> None:
    with pytest.raises(hp.ValidationError, match=re.escape(message)):
        make_writing_cluster(stack, target)


def test_the_url_of_remote_write(stack: cdk.Stack) -> None:
    (part,) = stack.resolve(make(stack).remote_write_url).values()

    assert part[1][1] == "api/v1/remote_write"


def test_the_topic_allows_the_workspace(stack: cdk.Stack) -> None:
    make(stack)

    (policy,) = resources_of(stack, "AWS::SNS::TopicPolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "aps.amazonaws.com"}
    assert statement["Action"] == ["sns:GetTopicAttributes", "sns:Publish"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert "ArnEquals" in statement["Condition"]


def test_warns_of_a_topic_whose_policy_it_cannot_change(stack: cdk.Stack) -> None:
    arn = "arn:aws:sns:us-west-2:111122223333:faults"
    make(stack, topic=sns.Topic.from_topic_arn(stack, "Faults", arn))

    (warning,) = Annotations.from_stack(stack).find_warning("/Stack/Metrics", Match.any_value())
    assert str(warning.entry.data).startswith(
        "topic: 'Stack/Faults' is imported, and its policy is not changed; allow aps.amazonaws.com "
        "sns:Publish and sns:GetTopicAttributes in its policy (TopicPolicy)"
    )


def test_cdk_nag_finds_nothing(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    make(stack, topic=sns.Topic(stack, "Topic", master_key=key, enforce_ssl=True))

    report = cdk_nag.AwsSolutionsChecks().validate_scope(stack)
    assert [violation.rule_name for violation in report.violations] == []


def test_refuses(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as refused:
        make(stack, topic="faults", alias=1)

    assert str(refused.value) == (
        "topic: 'faults' is of type str; pass a topic, such as sns.Topic.from_topic_arn(...) "
        "(ArgumentType)\nalias: 1 is of type int; pass a string (ArgumentType)"
    )
