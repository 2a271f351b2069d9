"""The page of the rules has every code, and is current."""

import ast
import re
from functools import cache

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.rules.basis import Basis
from hyperpod_constructs.rules.every_rule import RULES
from hyperpod_constructs.rules.rule import basis_of
from tests.synth import ROOT

from .examples import EXAMPLES
from .rules_page import COMMAND, PAGE, TABLE, codes_of, page, places, table

WITHOUT_EXAMPLE = frozenset(
    (  # noqa: SIM905 - a list would take a line for each
        "AddOnRequired AgentRegion BucketAccount ChartAggregatedRole ChartDependencyMissing ChartDependencyTwice ChartNeuronImage ClusterEventsMode ClusterNameMissing ClusterRegion DatabaseSubnets DefaultScripts EfaSecurityGroup EksSecurityGroups "
        "ExecutionRoleMissing ExecutionRoleNetwork ExecutionRoleShared ExecutionRoleTrust FileSystemTraffic "
        "FairShareWeight FileSystemVpc FileSystemZone GovernanceRegion InferenceRoleName LifecycleEntryPoint LustreEfa MultiHeadDatabase MultiHeadSecret NodeHealthEvents "
        "NoNodesYet NoOutboundTraffic ObservabilityInstance OpenZfsRootSquash OrchestratorMissing OverlayFolder QuotaThreads RestrictedGroupsAddOn RequestDepth RequestText RequestType RequestUnknown "
        "RoleActions RoleTrust S3Endpoint S3MountOfScripts ScriptUnreadable SecurityGroupIdsMissing "
        "SecurityGroupTraffic StackWithoutAssets SubnetIdMissing SoftwareUpdateEks SoftwareUpdateSchedule TaskGovernanceEks TeamNamespace TemplateNotRead TopicPolicy "
        "UpdateKey UpdateTieredStorage UsersFile UsersKeyTwice"
    ).split()
)
"""Codes whose text on the page is the one of the source, with dots for values."""
INFERRED_ERRORS = {
    "DuplicateInstanceGroupName": "the API refers to a group by its name",
    "MountPathTwice": "a node cannot mount two file systems at one path",
    "NodeType": "a node without a role starts no Slurm daemon",
}


@cache
def modules() -> list[ast.Module]:
    return [
        ast.parse(file.read_text(encoding="utf-8"))
        for file in (ROOT / "hyperpod_constructs").rglob("*.py")
    ]


@cache
def calls() -> list[ast.Call]:
    return [node for module in modules() for node in ast.walk(module) if isinstance(node, ast.Call)]


def test_is_current() -> None:
    if PAGE.read_text(encoding="utf-8") != page():
        pytest.fail(f"docs/rules.md is not what the rules say: run {COMMAND}")
    assert TABLE.read_text(encoding="utf-8") == table()


def test_examples_have_values() -> None:
    texts = re.findall(r"^```text\n…: .* \((\w+)\)$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert set(texts) == WITHOUT_EXAMPLE


def test_statements_say_what_is_required() -> None:
    others = re.compile(
        r"(Validates|Reads|Whether|Provisioning form|Name of|An existing cluster|Session)\b"
    )

    assert [place.code for place in places().values() if others.match(place.statement)] == []


def test_headings_are_about_rules() -> None:
    headings = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == "Codes"
    assert [each for each in headings[1:] if not each.startswith(("Rules for", "Values of"))] == []
    assert len(headings) == len(set(headings))


def test_a_severity_that_is_passed_on_can_be_both() -> None:
    assert places()["OtherRegion"].severity == "error or warning"


def test_has_every_code_of_the_package() -> None:
    codes = {code for call in calls() for value in codes_given(call) for code in codes_of(value)}
    headings = set(re.findall(r"^### (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))

    assert codes - headings == set()
    assert {"ClusterName", "ArgumentType", "FormNotJson", "ClusterResolved"} <= codes
    assert {"DatabaseEndpoint", "LdapUri", "DuplicateUser", "RequestKeyMissing"} <= codes


def test_every_code_is_written_as_code() -> None:
    """`code="Name"`, or the `code` of a caller, so that the page cannot miss one.

    Codes of commands are members of `ErrorCode`, and have a page of their own.
    """
    handed_on = {"code", "problem.code", "each.code"}
    elsewhere = [
        ast.unparse(value)
        for call in calls()
        for value in codes_given(call)
        if not codes_of(value) and ast.unparse(value) not in handed_on
    ]
    positional = [
        node.name
        for module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        if "code"
        in {
            argument.arg
            for argument in (*node.args.posonlyargs, *node.args.args)
            if argument.annotation is None or "ErrorCode" not in ast.unparse(argument.annotation)
        }
    ]
    without = [
        ast.unparse(call)
        for call in calls()
        if ast.unparse(call.func).rpartition(".")[2] == "Problem" and not codes_given(call)
    ]

    assert (elsewhere, positional, without) == ([], [], [])


def codes_given(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if keyword.arg == "code"]


def test_says_the_severity_that_the_example_has() -> None:
    problems = {str(problem): problem for each in EXAMPLES for problem in each.bad.problems()}
    found = places()
    wrong = [
        text
        for text in (example.text for example in EXAMPLES)
        if problems[text].severity not in found[problems[text].code].severity.split(" or ")
    ]

    assert wrong == []
    assert hp.Severity.WARNING in {problem.severity for problem in problems.values()}


def test_names_a_source_for_every_rule() -> None:
    rules = [place for place in places().values() if place.file.parent.name == "rules"]

    assert [place.code for place in rules if not place.source] == []
    assert all(place.source and place.source.startswith("https://") for place in rules)


def test_names_a_basis_for_every_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    bases = set(re.findall(r"^Basis: (.+)\.$", text, re.MULTILINE))

    assert text.count("\nBasis: ") == len(places())
    assert {basis for each in bases for basis in each.split(" and ")} == set(Basis)


def test_a_rule_that_is_inferred_warns_unless_nodes_cannot_work() -> None:
    errors = {
        problem.code
        for rule in RULES
        if basis_of(rule) is Basis.INFERRED
        for example in EXAMPLES
        for problem in rule(example.bad)
        if problem.severity is hp.Severity.ERROR
    }

    assert errors == set(INFERRED_ERRORS)
