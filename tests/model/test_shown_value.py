"""What a problem shows of a value."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

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
        ([hp.NodeType.WORKER], "[NodeType.WORKER]"),
        (ec2.SubnetType.PUBLIC, "SubnetType.PUBLIC"),
        ([1, "a"], "[1, 'a']"),
        (object(), "<object>"),
        ([object()], "[<object>]"),
        (Path("/app"), "PosixPath('/app')"),
        (TOKEN, "'<deploy-time value>'"),
        (TOKEN_NUMBER, "<deploy-time value>"),
        (["#{Token[TOKEN.7]}"], "['<deploy-time value>']"),
        (
            '${Token[{"Fn::Select": [0, {"Ref": "A"}]}]}',
            """'<{"Fn::Select": [0, {"Ref": "A"}]}>'""",
        ),
        (['${Token[{"Ref": "A"}]}', "${Token[B.1]}"], """['<{"Ref": "A"}>', '<B>']"""),
        (f"{TOKEN}.fsx.${{Token[AWS.URLSuffix.6]}}", "'<deploy-time value>.fsx.<AWS.URLSuffix>'"),
        (cdk.Size.mebibytes(500), "500 MiB"),
        (cdk.Size.gibibytes(2000), "2000 GiB"),
        (cdk.Size.tebibytes(2), "2 TiB"),
        (cdk.Size.mebibytes(1500), "1.46 GiB"),
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


PASSWORD: Any = "hunter2"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: hp.AccountingDatabase(endpoint="db", password=PASSWORD),  # type: ignore[call-arg]
            "AccountingDatabase.password: 'password' is not an argument",
        ),
        (
            lambda: cluster(
                accounting_database=hp.AccountingDatabase(endpoint="db", secret=PASSWORD)
            ),
            "orchestrator.accounting_database.secret: '...' is of type str; pass a secret",
        ),
        (
            lambda: cluster(
                accounting_database=hp.AccountingDatabase(
                    endpoint="db", secret=hp.SecretReference(PASSWORD)
                )
            ),
            "orchestrator.accounting_database.secret: '...' is not a valid secret ARN",
        ),
        (
            lambda: cluster(accounting_database={"endpoint": "db", "secret": PASSWORD}),
            "orchestrator.accounting_database: {'endpoint': 'db', 'secret': '...'} is of type dict",
        ),
    ],
)
def test_a_password_in_place_of_a_secret_is_not_shown(
    make: Callable[[], object], text: str
) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        make()

    assert text in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_an_unknown_key_of_a_request_is_shown_without_its_password() -> None:
    secret = f"arn:aws:secretsmanager:us-west-2:111122223333:secret:{'a' * 6}-abcdef"
    database = {"Endpoint": "db", "SecretArn": secret, "Password": PASSWORD}
    request = {"InstanceGroups": [], "Orchestrator": {"Slurm": {"AccountingDatabase": database}}}

    (note,) = hp.ClusterModel.from_request(request).notes

    assert str(note).startswith(
        "Orchestrator.Slurm.AccountingDatabase.Password: 'Password' is not a key"
    )
    assert PASSWORD not in str(note)


def test_the_arn_of_a_secret_is_shown() -> None:
    arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret"
    reference = hp.SecretReference(arn)

    with pytest.raises(hp.ValidationError, match=f"secret: '{arn}' is not a valid secret ARN"):
        cluster(accounting_database=hp.AccountingDatabase(endpoint="db", secret=reference))
    assert shown(reference) == f"SecretReference(secret_arn='{arn}')"


def cluster(*, accounting_database: Any) -> object:
    orchestrator = hp.ApiDrivenSlurm(accounting_database=accounting_database)
    return hp.ClusterModel(instance_groups=[controller()], orchestrator=orchestrator).check()
