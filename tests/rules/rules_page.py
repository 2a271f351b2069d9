"""Writes docs/rules.md and the table of the command `explain`: every code of the package, with what
it says and where AWS says it.

Statement and source come from the docstring beside the code, the text from the examples of the
tests. Run it as `python -m tests.rules.rules_page`.
"""

import ast
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path

import hyperpod_constructs as hp
from hyperpod_constructs.rules.basis import Basis
from hyperpod_constructs.rules.every_rule import RULES
from hyperpod_constructs.rules.rule import basis_of
from tests.clusters.values import slurm_worker
from tests.rules.examples.calls import example_texts
from tests.rules.examples.forms import FORMS
from tests.rules.examples.script_folders import script_folder_examples
from tests.synth import ROOT

from .examples import EXAMPLES

PAGE = ROOT / "docs" / "rules.md"
TABLE = ROOT / "hyperpod_constructs" / "command_line" / "explain" / "rules.json"
COMMAND = "python -m tests.rules.rules_page"

_BASES_OF_FILES = (
    ("schema/reader.py", Basis.AWS_PAGE),
    ("schema/", Basis.SERVICE_MODEL),
    ("cluster_model.py", Basis.SERVICE_MODEL),
    ("model/slurm/", Basis.AWS_PAGE),
    ("cluster/multi_head.py", Basis.AWS_PAGE),
    ("network/node_connections.py", Basis.AWS_PAGE),
    ("scripts/delivery.py", Basis.AWS_PAGE),
)
"""Evidence for codes that no rule finds. The others are about arguments of this library."""

_TITLES = {
    "Rules for the arguments of constructs": (
        "cdk",
        "cluster",
        "eks",
        "network",
        "observability",
        "permissions",
        "scripts",
    ),
    "Rules for the values of arguments": ("model",),
    "Rules for requests, templates and forms": (
        "cluster_model.py",
        "schema",
        "checks",
        "command_line",
    ),
}
"""Headings of the codes that no rule finds, by the folder of the package."""

_PACKAGE = ROOT / "hyperpod_constructs"
_RULES = _PACKAGE / "rules"
_WARNING = re.compile(r"hyperpod-constructs:(\w+)")
_SOURCE = re.compile(r"Sources?\b[^:]*:\s+(https?://\S+?)[.,]?(?:\s|$)")
_BASES = {
    Basis.SERVICE_MODEL: "the model of the SageMaker API in botocore 1.44",
    Basis.CLOUDFORMATION: "the schema of `AWS::SageMaker::Cluster` in cfn-lint 1.58; requests of the "
    "API are not affected",
    Basis.AWS_PAGE: "a page of the AWS documentation, which the source links",
    Basis.PUBLIC_REPORT: "code or a report that AWS or a user of HyperPod has published",
    Basis.INFERRED: "a conclusion from other facts, which AWS does not document",
    Basis.LIBRARY: "a restriction of this library or of its lifecycle scripts",
}
_LIST_OF_BASES = "\n".join(f"- {basis}: {text}" for basis, text in _BASES.items())
_INTRODUCTION = f"""# Rules

Validation rules by code. Codes are stable across releases. An error is a cluster that the service
rejects or whose nodes fail to start; a warning is a cluster that can be created, but is likely
misconfigured. Values known only at deployment are not validated.

Each message has the path of an argument, its value, the problem, the fix, and the code.

Each rule has a basis, as of November 2026:

{_LIST_OF_BASES}

An inferred rule is a warning, unless nodes cannot work.

<!-- written by `{COMMAND}` -->
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a code stands in the source.

    Attributes:
        code: The code.
        file: The file.
        title: What the file is about.
        statement: What the docstring around it says.
        source: Where AWS says it, if the docstring or that of the file names a page.
        severity: `error`, `warning`, or `error or warning`.
        template: Message and fix as they are written there.
    """

    code: str
    file: Path
    title: str
    statement: str
    source: str | None
    severity: str
    template: str


def places() -> dict[str, Place]:
    """The first place of every code, those of the rules before the others."""
    files = sorted(_PACKAGE.rglob("*.py"), key=lambda path: (path.parent != _RULES, path))
    found: dict[str, Place] = {}
    for file in files:
        for place in _places(file):
            first = found.setdefault(place.code, place)
            if place.severity != first.severity:
                found[place.code] = replace(first, severity="error or warning")
    return found


def bases_of_codes() -> dict[str, set[Basis]]:
    """Evidence for each code: that of the rules that find it, or that of its folder."""
    found: dict[str, set[Basis]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for example in (*EXAMPLES, *script_folder_examples(Path(folder))):
            for rule in RULES:
                for problem in rule(example.bad):
                    found.setdefault(problem.code, set()).add(basis_of(rule))
    for place in places().values():
        file = place.file.relative_to(_PACKAGE).as_posix()
        basis = next((each for path, each in _BASES_OF_FILES if file.startswith(path)), None)
        found.setdefault(place.code, {basis or Basis.LIBRARY})
    return found


@cache
def entries() -> dict[str, dict[str, str | None]]:
    """What the command `explain` prints of each code."""
    texts = _example_texts()
    bases = bases_of_codes()
    return {
        code: {
            "severity": place.severity,
            "statement": place.statement,
            "basis": " and ".join(sorted(bases[code])),
            "source": place.source,
            "example": texts.get(code, place.template),
        }
        for code, place in sorted(places().items())
    }


def table() -> str:
    """The table of the command `explain`."""
    return json.dumps(entries(), indent=1, ensure_ascii=False) + "\n"


def page() -> str:
    """The page."""
    found = places()
    lines = [_INTRODUCTION, "## Codes\n"]
    lines += [f"[{code}](#{code.lower()})," for code in sorted(found)]
    lines[-1] = lines[-1].removesuffix(",") + "\n"
    title = ""
    for place in _by_title(found.values()):
        if place.title != title:
            title = place.title
            lines.append(f"## {title}\n")
        entry = entries()[place.code]
        source = f" ([source]({place.source}))" if place.source else ""
        lines.append(f"### {place.code}\n")
        lines.append(f"{place.severity.capitalize()}. {place.statement}{source}\n")
        lines.append(f"Basis: {entry['basis']}.\n")
        lines.append(f"```text\n{entry['example']}\n```\n")
    return "\n".join(lines)


def _by_title(found: Iterable[Place]) -> list[Place]:
    """Those of the rules first, in the order of their files; then by heading."""
    others = list(_TITLES)
    return sorted(
        found, key=lambda place: others.index(place.title) if place.title in others else -1
    )


def _title(file: Path, module: ast.Module) -> str:
    """What a file of rules is about; the heading of its folder for other files."""
    room = file.relative_to(_PACKAGE).parts[0]
    for title, rooms in _TITLES.items():
        if room in rooms:
            return title
    return (ast.get_docstring(module) or file.stem).splitlines()[0].rstrip(".")


def _example_texts() -> dict[str, str]:
    texts = {code: _form_text(form) for code, form in FORMS.items()}
    by_the_way: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        folders = re.compile(re.escape(Path(folder).as_posix()) + r"/\w+")
        for example in (*EXAMPLES, *script_folder_examples(Path(folder))):
            code = example.text.rpartition("(")[2].rstrip(")")
            texts.setdefault(code, folders.sub("/app/scripts", example.text))
            for problem in example.bad.problems():
                by_the_way.setdefault(problem.code, str(problem))
    wrong_type = slurm_worker(count="4").problems()[0]
    return example_texts() | {wrong_type.code: str(wrong_type)} | by_the_way | texts


def _form_text(form: str) -> str:
    try:
        hp.ProvisioningParams.from_json(form)
    except hp.ValidationError as error:
        return str(error.problems[0])
    message = f"nothing is wrong with {form}"
    raise AssertionError(message)


def _places(file: Path) -> Iterator[Place]:
    module = ast.parse(file.read_text(encoding="utf-8"))
    yield from _within(module, file, module, (ast.get_docstring(module) or "",))


def _within(
    node: ast.AST, file: Path, module: ast.Module, docstrings: tuple[str, ...]
) -> Iterator[Place]:
    children = list(ast.iter_child_nodes(node))
    for child, following in zip_longest(children, children[1:]):
        inner = docstrings
        if isinstance(child, ast.Assign):
            inner = (*_docstring_below(following), *docstrings)
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inner = (ast.get_docstring(child) or "", *docstrings)
        if isinstance(child, ast.Call):
            yield from _of_call(child, file, module, docstrings)
        yield from _within(child, file, module, inner)


def _of_call(
    call: ast.Call, file: Path, module: ast.Module, docstrings: tuple[str, ...]
) -> Iterator[Place]:
    arguments = {each.arg: each.value for each in call.keywords if each.arg}
    message, fix = arguments.get("message"), arguments.get("fix")
    severity = _severity(call)
    names = codes_of(arguments["code"]) if "code" in arguments else ()
    if not names and call.args and isinstance(call.args[0], ast.Constant):
        names = tuple(_WARNING.findall(str(call.args[0].value)))
        message, severity = call.args[-1], "warning"
    given = [_text(each) for each in (message, fix) if each is not None]
    for name in names:
        yield Place(
            code=name,
            file=file,
            title=_title(file, module),
            statement=_statement(docstrings),
            source=next(filter(None, map(_source, docstrings)), None),
            severity=severity,
            template=f"…: … {'; '.join(given)} ({name})",
        )


def _docstring_below(node: ast.AST | None) -> Iterator[str]:
    """The docstring of an assignment is the text that follows it."""
    match node:
        case ast.Expr(ast.Constant(str(text))):
            yield text


def _severity(call: ast.Call) -> str:
    severity = next((each.value for each in call.keywords if each.arg == "severity"), None)
    if isinstance(severity, ast.Name):
        return "error or warning"
    names = {each.attr for each in ast.walk(call) if isinstance(each, ast.Attribute)}
    if "WARNING" not in names:
        return "error"
    return "error or warning" if "ERROR" in names else "warning"


def codes_of(value: ast.AST) -> tuple[str, ...]:
    """The codes that an argument `code` may have, none where they stand somewhere else."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return (value.value,)
    if isinstance(value, ast.IfExp):
        return (*codes_of(value.body), *codes_of(value.orelse))
    return ()


def _statement(docstrings: tuple[str, ...]) -> str:
    first = next(filter(None, docstrings)).split("\n\n")[0]
    return " ".join(first.split())


def _source(docstring: str) -> str | None:
    match = _SOURCE.search(docstring)
    return match and match[1]


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text, node.values))
    if isinstance(node, ast.IfExp):
        return _text(node.body)
    return "…"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    TABLE.write_text(table(), encoding="utf-8")
