"""Work is bounded by the size of a file, whatever it contains."""

import ast
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hyperpod_constructs.__main__ import main
from tests.clusters.requests import FORM, group, request, scripted_group
from tests.synth import ROOT

from .commands import convert, write

ALIASES = "".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]\n"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)]
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9)
)


def template_of_depth(levels: int) -> str:
    """A template in which a function has a function as its argument, and so on."""
    uri: object = "a"
    for _ in range(levels):
        uri = {"Fn::Join": ["", [uri]]}
    groups = [group(LifeCycleConfig={"SourceS3Uri": uri, "OnCreate": "a.sh"})]
    cluster = {"Type": "AWS::SageMaker::Cluster", "Properties": {"InstanceGroups": groups}}
    return json.dumps({"Resources": {"Cluster": cluster}})


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", ALIASES, "its aliases multiply to many times the size of the file"),
        ("a.yaml", MERGES, "its aliases multiply to many times the size of the file"),
        ("a.json", '{"InstanceGroups": [1e999]}', "1e999 is too large for a number"),
        ("a.json", '{"InstanceGroups": [Infinity]}', "Infinity is not a number of JSON"),
        ("a.json", f'{{"InstanceGroups": [{"9" * 400}]}}', "is a number of 400 digits"),
        ("a.json", f'{{"InstanceGroups": [{"9" * 5000}]}}', "is a number of 5000 digits"),
        ("a.yaml", f"InstanceGroups: [{'9' * 5000}]", "line 1: a number of 5000 digits"),
        ("a.yaml", "InstanceGroups: [.inf]", "line 1: .inf is not a number of JSON"),
        ("a.json", '{"a":' * 50_000, "exceeds the supported nesting depth"),
        ("a.yaml", "- " * 5_000, "exceeds the supported nesting depth"),
        ("a.json", template_of_depth(300), "exceeds the supported nesting depth"),
    ],
)
def test_refuses_at_once_what_would_not_end(name: str, content: str, message: str) -> None:
    start = time.monotonic()

    result = subprocess.run(
        [sys.executable, "-m", "hyperpod_constructs", "check", write(name, content)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_memory,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
    )

    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert time.monotonic() - start < 30


def test_an_alias_of_a_template_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "ClusterName: a\nInstanceGroups:\n- &a {InstanceGroupName: a, InstanceType: ml.m5.xlarge, "
        "InstanceCount: 1, ExecutionRole: 'arn:aws:iam::111122223333:role/a', "
        "LifeCycleConfig: {SourceS3Uri: 's3://sagemaker-a/b', OnCreate: a.sh}}\n"
        "- {<<: *a, InstanceGroupName: b}\n"
    )

    assert main(["check", write("a.yaml", text)]) == 0
    assert capsys.readouterr().out == "1 cluster: 0 errors, 0 warnings\n"


def test_prints_a_thousand_problems(capsys: pytest.CaptureFixture[str]) -> None:
    keys = {f"Key{number}": 1 for number in range(1500)}
    file = write("a.json", request(scripted_group("a", **keys)))

    assert main(["check", file]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1002
    assert lines[-2:] == [
        "500 more problems; --format json contains all",
        "1 cluster: 0 errors, 1500 warnings",
    ]
    assert main(["check", "--format", "json", file]) == 0
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 1500


def test_time_grows_with_the_size_of_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    def seconds(number: int) -> float:
        wrong = [group(f"g{index}", InstanceCount="x", Tag=1) for index in range(number)]
        tags = [{"Key": f"k{index % 99}", "Value": "a"} for index in range(10 * number)]
        file = write("a.json", request(*wrong, Tags=tags))
        start = time.process_time()
        assert main(["check", file]) == 1
        capsys.readouterr()
        return time.process_time() - start

    seconds(10)
    assert seconds(1600) < 12 * seconds(400)


ESCAPE = "\x1b[31m\x1b]0;title\x07\u202e"
CODE = '"); __import__("os").system("touch escaped"); ("'


def test_escape_sequences_are_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = scripted_group(f"a{ESCAPE}", **{f"Key{ESCAPE}": 1}, InstanceType=ESCAPE)

    assert main(["check", write("a.json", request(wrong))]) == 1

    assert not set(ESCAPE) & set("\x1b\x07\u202e") & set(capsys.readouterr().out)


def test_code_in_a_name_is_a_text_of_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    scripts = {"SourceS3Uri": f"s3://sagemaker-a/{CODE}", "OnCreate": f"{CODE}\n'''{{}}"}
    groups = [scripted_group(name, LifeCycleConfig=scripts) for name in ("controller", "gpu")]
    file = write("a.json", request(*groups))

    source, _ = convert(capsys, "--cluster", file, "--form", write("form.json", FORM))
    calls = {
        ast.unparse(each.func) for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call)
    }

    assert "__import__" in source
    assert not any("__import__" in call or "system" in call for call in calls)
    assert not Path("escaped").exists()
