"""What a problem shows of a value."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.type_checks import with_article
from tests.clusters.values import TOKEN, TOKEN_NUMBER, controller


def shown(value: Any) -> str:
    problem = hp.Problem(code="Code", path="path", value=value, message="is wrong", fix="mend it")
    return str(problem).removeprefix("path: ").removesuffix(" is wrong; mend it (Code)")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("gpu", "'gpu'"),
        ([1, "a"], "[1, 'a']"),
        (object(), "<object>"),
        ([object()], "[<object>]"),
        (Path("/app"), "PosixPath('/app')"),
        (TOKEN, "'<deploy-time value>'"),
        (TOKEN_NUMBER, "<deploy-time value>"),
        (["#{Token[TOKEN.7]}"], "['<deploy-time value>']"),
        (f"{TOKEN}.fsx.${{Token[AWS.URLSuffix.6]}}", "'<deploy-time value>.fsx.<AWS.URLSuffix>'"),
        (cdk.Size.mebibytes(500), "500 MiB"),
        (cdk.Size.gibibytes(cdk.Token.as_number(cdk.Fn.ref("A"))), "<deploy-time value> GiB"),
        (cdk.Duration.minutes(75), "1 hour 15 minutes"),
        (cdk.Stack(cdk.App(), "Stack"), "<Stack Stack>"),
        (cdk.App(), "<App>"),
        (cdk.Size, "<class 'aws_cdk.Size'>"),
    ],
)
def test_a_value_is_shown_as_the_user_wrote_it(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_shortened() -> None:
    assert shown("x" * 700) == f"'{'x' * 116}..."
    assert len(shown(controller())) == 120
    assert shown(10**5000) == "<int>"


@pytest.mark.parametrize(
    "name", ["an InstanceGroup", "an EbsVolume", "an AutoPatch", "a User", "a UserGroup", "a Taint"]
)
def test_types_have_the_right_article(name: str) -> None:
    assert with_article(name.split()[1]) == name
