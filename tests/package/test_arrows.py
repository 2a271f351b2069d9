"""The rooms of the package, and which of them may import which: arrows go down, never in a circle."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.synth import ROOT

PACKAGE = ROOT / "hyperpod_constructs"
VALUES = {"model"}
WITHOUT_CDK = {*VALUES, "schema", "rules", "cluster_model"}
ON_CDK = {*WITHOUT_CDK, "cdk"}
POLICY_DATA = {
    *("permissions.operations", "permissions.policy_document", "permissions.policy_options"),
    *("permissions.access_policies", "permissions.access_scope", "permissions.access_statements"),
    *("permissions.dependent_statements", "permissions.resource_arns"),
    *("permissions.granted_actions", "permissions.tag_conditions"),
    *(
        "permissions.deployment_parts",
        "permissions.deployment_policy",
        "permissions.policies",
        "permissions.session_statements",
    ),
}
"""The part of a room that the command line prints: it requires no CDK."""
BELOW = {
    "model": set[str](),
    "schema": VALUES,
    "rules": VALUES,
    "cluster_model": {"model", "schema", "rules"},
    "checks": WITHOUT_CDK,
    "cost": WITHOUT_CDK,
    "policy_data": VALUES,
    "operations": {*WITHOUT_CDK, "checks", "policy_data"},
    "command_line": {*WITHOUT_CDK, "checks", "cost", "operations", "policy_data"},
    "__main__": {*WITHOUT_CDK, "checks", "command_line"},
    "testing": {*WITHOUT_CDK, "checks"},
    "cdk": WITHOUT_CDK,
    "network": ON_CDK,
    "permissions": {*ON_CDK, "policy_data"},
    "scripts": ON_CDK,
    "observability": ON_CDK,
    "eks": ON_CDK,
    "cluster": {*ON_CDK, "network", "permissions", "scripts", "observability"},
    "__init__": {
        *ON_CDK,
        *("network", "permissions", "scripts", "observability", "eks", "checks", "cluster"),
    },
}
CDK_BELOW_THE_LINE = {"checks.plugin"}
CDK = ("aws_cdk", "constructs", "jsii")
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
} | {"__init__": PACKAGE / "__init__.pyi"}


@cache
def imports(module: str) -> list[tuple[str, str, bool]]:
    """Module, imported name and whether it is for types alone; the package's own without its name."""
    return list(_imports(module))


def _imports(module: str) -> Iterator[tuple[str, str, bool]]:
    tree = ast.parse(FILES[module].read_text())
    guarded = {
        node
        for statement in ast.walk(tree)
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
        for node in ast.walk(statement)
    }
    outer = module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node in guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = outer[: len(outer) + 1 - node.level] if node.level else []
            source = ".".join([*start, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{source}.{alias.name}".lstrip(".").removeprefix("hyperpod_constructs.")
                name = inner if inner in FILES else source.removeprefix("hyperpod_constructs.")
                yield name, alias.name, node in guarded


def room(module: str) -> str:
    return "policy_data" if module in POLICY_DATA else module.partition(".")[0]


def test_arrows_go_down() -> None:
    wrong = [
        f"{module} imports {name} from {other}"
        for module in FILES
        for other, name, _ in imports(module)
        if other in FILES and room(other) not in {room(module), *BELOW[room(module)]}
    ]

    assert wrong == []


def test_values_rules_and_commands_import_no_cdk() -> None:
    without = {*WITHOUT_CDK, "checks", "cost", "operations", "command_line", "policy_data"}
    wrong = [
        f"{module} imports {name}"
        for module in FILES
        if room(module) in without and module not in CDK_BELOW_THE_LINE
        for name, _, for_types in imports(module)
        if name.startswith(CDK) and not for_types
    ]

    assert wrong == []


def test_no_file_is_in_a_circle() -> None:
    graph = {module: {name for name, _, _ in imports(module) if name in FILES} for module in FILES}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_types_alone_come_from_cdk() -> None:
    own = [
        f"{module} hides {name} of {other}"
        for module in FILES
        for other, name, for_types in imports(module)
        if for_types and other in FILES
    ]

    assert own == []


def test_no_room_holds_more_than_a_quarter() -> None:
    def lines(path: Path) -> int:
        return len(path.read_text().splitlines())

    folders: dict[Path, int] = {}
    for path in FILES.values():
        folders[path.parent] = folders.get(path.parent, 0) + lines(path)

    assert max(folders.values()) <= sum(folders.values()) / 4
    assert [str(path) for path in FILES.values() if lines(path) > 400] == []
