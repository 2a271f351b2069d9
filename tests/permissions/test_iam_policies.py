"""Statements, and how policies of several kinds decide together, as AWS documents them.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html and
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

import json
from typing import Any

import pytest

from hyperpod_constructs.testing.policies.statements import is_allowed
from tests.aws.iam.decision import Caller, Request, Resource, may
from tests.aws.iam.policy import MalformedPolicyError, identity_policy, resource_policy
from tests.aws.iam.principals import Principal
from tests.synth import ROOT

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/Nodes"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Nodes/i-0"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
SERVICE = "sagemaker.amazonaws.com"
BUCKET = "arn:aws:s3:::scripts"
OBJECT = f"{BUCKET}/on_create.sh"
Json = dict[str, Any]


def statement(effect: str = "Allow", **elements: Any) -> Json:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": OBJECT} | elements


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([statement()], True),
        ([statement(), statement("Deny")], False),
        ([statement("Deny"), statement()], False),
        ([statement(), statement("Deny", Action="s3:PutObject")], True),
        ([statement(Action="S3:getobject")], True),
        ([statement(Action=["s3:List*", "s3:Get*"])], True),
        ([statement(Action="s3:?etObject")], True),
        ([statement(Action="s3:?GetObject")], False),
        ([statement(Action="*")], True),
        ([statement(Action="iam:*")], False),
        ([statement(Resource=BUCKET)], False),
        ([statement(Resource=OBJECT.upper())], False),
        ([statement(Resource=[BUCKET, f"{BUCKET}/*.sh"])], True),
        ([statement(Resource="arn:aws:s3:*:scripts/on_create.s?")], True),
        ([statement(Resource=f"{BUCKET}/${{aws:username}}.sh")], False),
        ([statement(Resource=f"{BUCKET}/${{aws:username, 'on_create'}}.sh")], True),
        ([statement(Resource=f"{BUCKET}/${{s3:name}}.sh")], True),
        ([{"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "s3:get*"], "Resource": "*"}], False),
        ([{"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/*.py"}], True),
        ([{"Effect": "Allow", "Action": "*", "NotResource": ["x", f"{BUCKET}/*"]}], False),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "${aws:username}"}], True),
    ],
)
def test_statements(statements: list[Json], *, expected: bool) -> None:
    if statements:
        allowed = is_allowed(statements, "s3:GetObject", OBJECT, {"s3:name": "on_create"})
        assert allowed is expected
    else:
        assert not may(Caller(Principal(USER)), Request("s3:GetObject", Resource(OBJECT)))


def test_variables_come_with_the_version() -> None:
    request = Request("s3:GetObject", Resource(f"{BUCKET}/ann"))
    for version, expected in ({"Version": "2012-10-17"}, True), ({}, False):
        document = {**version, "Statement": statement(Resource=f"{BUCKET}/${{aws:username}}")}
        policy = identity_policy(document, "policy")
        assert may(Caller(Principal(USER), [policy]), request) is expected


SESSION_OF_ROLE, OF_USER = Principal(SESSION, ROLE), Principal(USER)
NOTHING: Json = {}
ALLOW, DENY = statement(), statement("Deny")
OTHERS = statement(Action="s3:PutObject")


def of(principal: Any, effect: str = "Allow", **elements: Any) -> Json:
    return statement(effect, Principal=principal, **elements)


def aws(*names: str) -> Json:
    return {"AWS": list(names)}


@pytest.mark.parametrize(
    ("who", "identity", "boundary", "session", "resource", "expected"),
    [
        # One account: identity or resource policy.
        (SESSION_OF_ROLE, ALLOW, NOTHING, NOTHING, NOTHING, True),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, NOTHING, False),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, of(aws(ROLE)), True),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, of(aws(SESSION)), True),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, of("*"), True),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, of(aws(ACCOUNT)), False),
        (SESSION_OF_ROLE, ALLOW, NOTHING, NOTHING, of(aws(ACCOUNT)), True),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, of(aws(f"{ROLE}2")), False),
        (SESSION_OF_ROLE, NOTHING, NOTHING, NOTHING, of({"Service": SERVICE}), False),
        (OF_USER, NOTHING, NOTHING, NOTHING, of(aws(USER)), True),
        # An explicit deny of any policy.
        (SESSION_OF_ROLE, DENY, NOTHING, NOTHING, of(aws(SESSION)), False),
        (SESSION_OF_ROLE, ALLOW, DENY, NOTHING, of(aws(SESSION)), False),
        (SESSION_OF_ROLE, ALLOW, ALLOW, DENY, of(aws(SESSION)), False),
        (SESSION_OF_ROLE, ALLOW, NOTHING, NOTHING, of("*", "Deny"), False),
        (SESSION_OF_ROLE, ALLOW, NOTHING, NOTHING, of(aws(ROLE), "Deny"), False),
        (
            SESSION_OF_ROLE,
            ALLOW,
            NOTHING,
            NOTHING,
            of(aws(f"arn:aws:iam::{ACCOUNT}:root"), "Deny"),
            False,
        ),
        (SESSION_OF_ROLE, ALLOW, NOTHING, NOTHING, of(aws(USER), "Deny"), True),
        # Boundaries and session policies limit identity policies and grants to the role.
        (SESSION_OF_ROLE, ALLOW, ALLOW, ALLOW, NOTHING, True),
        (SESSION_OF_ROLE, ALLOW, OTHERS, NOTHING, NOTHING, False),
        (SESSION_OF_ROLE, ALLOW, NOTHING, OTHERS, NOTHING, False),
        (SESSION_OF_ROLE, NOTHING, OTHERS, NOTHING, of(aws(ROLE)), False),
        (SESSION_OF_ROLE, NOTHING, NOTHING, OTHERS, of(aws(ROLE)), False),
        (SESSION_OF_ROLE, NOTHING, OTHERS, OTHERS, of(aws(SESSION)), True),
        (SESSION_OF_ROLE, NOTHING, OTHERS, OTHERS, of("*"), True),
        (OF_USER, NOTHING, OTHERS, NOTHING, of(aws(USER)), True),
        # What a resource policy knows of the caller.
        (
            SESSION_OF_ROLE,
            ALLOW,
            NOTHING,
            NOTHING,
            of("*", "Deny", Condition={"ArnNotEquals": {"aws:PrincipalArn": ROLE}}),
            True,
        ),
        (
            OF_USER,
            ALLOW,
            NOTHING,
            NOTHING,
            of("*", "Deny", Condition={"ArnNotEquals": {"aws:PrincipalArn": ROLE}}),
            False,
        ),
    ],
)
def test_one_account(
    who: Principal, identity: Json, boundary: Json, session: Json, resource: Json, *, expected: bool
) -> None:
    allowed = decided(who, identity=identity, boundary=boundary, session=session, resource=resource)
    assert allowed is expected


@pytest.mark.parametrize(
    ("who", "identity", "boundary", "resource", "expected"),
    [
        (SESSION_OF_ROLE, ALLOW, NOTHING, NOTHING, False),
        (SESSION_OF_ROLE, NOTHING, NOTHING, of(aws(SESSION)), False),
        (SESSION_OF_ROLE, NOTHING, NOTHING, of("*"), False),
        (SESSION_OF_ROLE, ALLOW, NOTHING, of(aws(ACCOUNT)), True),
        (SESSION_OF_ROLE, ALLOW, NOTHING, of(aws(OTHER)), False),
        (SESSION_OF_ROLE, ALLOW, OTHERS, of(aws(SESSION)), False),
        (SESSION_OF_ROLE, ALLOW, ALLOW, of(aws(ROLE)), True),
        (
            SESSION_OF_ROLE,
            statement(Condition={"StringEquals": {"aws:ResourceAccount": OTHER}}),
            NOTHING,
            of(aws(ROLE)),
            True,
        ),
        (Principal(SERVICE), NOTHING, NOTHING, of({"Service": SERVICE}), True),
        (Principal(SERVICE), NOTHING, NOTHING, of({"Service": "ec2.amazonaws.com"}), False),
        (Principal(SERVICE), NOTHING, NOTHING, NOTHING, False),
    ],
)
def test_another_account(
    who: Principal, identity: Json, boundary: Json, resource: Json, *, expected: bool
) -> None:
    allowed = decided(who, identity=identity, boundary=boundary, resource=resource, account=OTHER)
    assert allowed is expected


@pytest.mark.parametrize(
    ("identity", "resource", "expected"),
    [
        (ALLOW, NOTHING, False),
        (ALLOW, of(aws(f"arn:aws:iam::{ACCOUNT}:root")), True),
        (NOTHING, of(aws(f"arn:aws:iam::{ACCOUNT}:root")), False),
        (NOTHING, of(aws(ROLE)), True),
        (ALLOW, of({"Service": SERVICE}), False),
    ],
)
def test_key_policy_decides_whether_policies_of_roles_count(
    identity: Json, resource: Json, *, expected: bool
) -> None:
    allowed = decided(SESSION_OF_ROLE, identity=identity, resource=resource, delegates=True)
    assert allowed is expected


@pytest.mark.parametrize(
    ("who", "named", "boundary", "expected"),
    [
        (OF_USER, aws(USER, ACCOUNT), NOTHING, True),
        (OF_USER, aws(USER), NOTHING, False),
        (OF_USER, aws(USER, ACCOUNT), ALLOW, False),
        (SESSION_OF_ROLE, aws(SESSION, ROLE, ACCOUNT), NOTHING, True),
        (SESSION_OF_ROLE, aws(ROLE, ACCOUNT), NOTHING, False),
        (SESSION_OF_ROLE, aws(SESSION, ACCOUNT), NOTHING, False),
        (Principal(SERVICE), {"Service": SERVICE}, NOTHING, True),
        (Principal(SERVICE), {"Service": "ec2.amazonaws.com"}, NOTHING, False),
    ],
)
def test_not_principal(who: Principal, named: Json, boundary: Json, *, expected: bool) -> None:
    denies = statement("Deny", NotPrincipal=named)
    limit = identity_policy({"Statement": boundary}, "boundary") if boundary else None
    policy = resource_policy({"Statement": [of("*"), denies]}, "bucket policy")
    request = Request("s3:GetObject", Resource(OBJECT, ACCOUNT, policy))
    assert may(Caller(who, boundary=limit), request) is expected


def decided(
    who: Principal,
    *,
    identity: Json,
    boundary: Json = NOTHING,
    session: Json = NOTHING,
    resource: Json,
    account: str = ACCOUNT,
    delegates: bool = False,
) -> bool:
    own, limit, passed = (
        identity_policy({"Statement": item}, "policy") if item else None
        for item in (identity, boundary, session)
    )
    policy = resource_policy({"Statement": resource}, "bucket policy") if resource else None
    return may(
        Caller(who, [own] if own else [], limit, passed),
        Request("s3:GetObject", Resource(OBJECT, account, policy, delegates)),
    )


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            {"Statement": statement(Condition={"StringEqual": {"a": "b"}})},
            "statement 1: unknown condition operator 'StringEqual'",
        ),
        (
            {"Statement": statement(Condition={"NullIfExists": {"a": "true"}})},
            "statement 1: unknown condition operator 'NullIfExists'",
        ),
        (
            {"Statement": [statement(), statement(Sid="Logs", Actions="*")]},
            "statement 2 (Logs): unknown element 'Actions'",
        ),
        (
            {"Version": "2012-10-18", "Statement": statement()},
            "Version must be one of 2008-10-17, 2012-10-17, not '2012-10-18'",
        ),
        ({"Statement": statement(), "Name": "x"}, "unknown element 'Name'"),
        ({"Statement": []}, "Statement is missing"),
        ({"Version": "2012-10-17"}, "Statement is missing"),
        ({"Statement": "x"}, "statement 1: must be an object, not 'x'"),
        (
            {"Statement": statement("allow")},
            "statement 1: Effect must be Allow or Deny, not 'allow'",
        ),
        (
            {"Statement": {"Effect": "Allow", "Resource": "*"}},
            "statement 1: Action or NotAction is required",
        ),
        (
            {"Statement": {"Effect": "Allow", "Action": "*"}},
            "statement 1: Resource or NotResource is required",
        ),
        (
            {"Statement": statement(NotAction="s3:*")},
            "statement 1: Action and NotAction exclude each other",
        ),
        (
            {"Statement": of("*")},
            "statement 1: Principal is not for policies of users and roles",
        ),
        ({"Statement": statement(Action=1)}, "statement 1: Action must be text, not 1"),
        (
            {"Statement": statement(Action="GetObject")},
            "statement 1: action 'GetObject' has no service",
        ),
        (
            {"Statement": statement(Condition={"Bool": "true"})},
            "statement 1: Condition must hold operators with keys, not {'Bool': 'true'}",
        ),
        *(
            (
                {"Statement": statement(Condition={operator: {"aws:x": "x"}})},
                f"statement 1: {operator} of aws:x cannot read the value 'x'",
            )
            for operator in (
                *("Bool", "Null", "NumericEquals", "DateLessThanIfExists", "BinaryEquals"),
                *("IpAddress", "ForAnyValue:NumericLessThan"),
            )
        ),
    ],
)
def test_malformed(document: Json, problem: str) -> None:
    with pytest.raises(MalformedPolicyError) as error:
        identity_policy(document, "policy Nodes")
    assert str(error.value) == f"MalformedPolicyDocument: policy Nodes: {problem}"


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (statement(), "Principal or NotPrincipal is required"),
        (statement(NotPrincipal="*"), "NotPrincipal is for Deny alone"),
        (of("x"), "Principal must be '*' or an object, not 'x'"),
        (of({"Aws": ACCOUNT}), "unknown type of principal 'Aws'"),
        (of(aws(f"arn:aws:iam::{ACCOUNT}:role/*")), f"'{ROLE[:-13]}*' is not a principal"),
    ],
)
def test_malformed_policy_of_a_resource(item: Json, problem: str) -> None:
    with pytest.raises(MalformedPolicyError) as error:
        resource_policy({"Statement": item}, "policy of bucket b")
    assert (
        str(error.value) == f"MalformedPolicyDocument: policy of bucket b: statement 1: {problem}"
    )


def test_problems_are_reported_together() -> None:
    with pytest.raises(MalformedPolicyError, match=r"statement 1: .*; statement 2: "):
        identity_policy({"Statement": [statement("x"), statement(Action="x")]}, "policy")


DECISIONS = ROOT.parent / "shared" / "fixtures" / "iam" / "decisions.json"


@pytest.mark.skipif(not DECISIONS.exists(), reason=f"{DECISIONS.name} is not on this machine")
def test_random_policies_as_an_independent_simulator_decides_them() -> None:
    cases = json.loads(DECISIONS.read_text())["cases"]
    different = [
        case
        for case in cases
        if is_allowed(case["statements"], case["action"], case["resource"], case["context"])
        is not case["allowed"]
    ]

    assert len(cases) == 1000
    assert different == []
