"""Conditions, patterns and variables as AWS documents them.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from hyperpod_constructs.testing.policies.statements import is_allowed

KEY = "aws:RequestTag/team"
ROLE = "arn:aws:iam::111122223333:role/service/Nodes"
ABSENT = object()
EMPTY: Mapping[str, Any] = {}
KNOWN = {
    "aws:username": "ann",
    "aws:account": "111122223333",
    "aws:star": "*",
    "aws:empty": "",
    "aws:many": ["a"],
    "aws:flag": "true",
}


def holds(operator: str, wanted: Any, given: Any, known: Mapping[str, Any] = EMPTY) -> bool:
    condition = {operator: {KEY: wanted}}
    context = dict(known) if given is ABSENT else {**known, KEY: given}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    return is_allowed([statement], "s3:GetObject", "arn:aws:s3:::b/k", context)


@pytest.mark.parametrize(
    ("operator", "wanted", "matching", "other"),
    [
        ("StringEquals", "a*", ["a*"], ["ab", "A*", "", ABSENT]),
        ("StringEquals", ["a", "b"], ["a", "b"], ["c"]),
        ("StringEquals", "", [""], ["a", ABSENT]),
        ("StringEquals", True, ["true"], ["True"]),
        ("StringNotEquals", "a*", ["ab", "A*", ABSENT], ["a*"]),
        ("StringNotEquals", ["a", "b"], ["c", []], ["a", "b"]),
        ("StringEqualsIgnoreCase", "Ab", ["aB"], ["a", "Ab*", ABSENT]),
        ("StringNotEqualsIgnoreCase", "Ab", ["a", ABSENT], ["aB"]),
        ("StringLike", "a?c*", ["abc", "abcd"], ["ac", "Abc", ABSENT]),
        ("StringLike", "a.c*", ["a.c", "a.cd"], ["abc", "abcd"]),
        ("StringNotLike", "a?c*", ["ac", "Abc", ABSENT], ["abc", "abcd"]),
        ("ArnLike", "arn:aws:iam::*:role/*", [ROLE], ["role", f"arn:aws:sts::{ROLE}", ABSENT]),
        ("ArnEquals", "arn:*:iam::1111?2223333:role/*/Nodes", [ROLE], [f"{ROLE}2"]),
        ("ArnLike", "arn:aws:*:role/service/Nodes", [], [ROLE]),
        ("ArnNotLike", "arn:aws:iam::*:role/*", ["role", ABSENT], [ROLE]),
        ("ArnNotEquals", ROLE, [f"{ROLE}2", ABSENT], [ROLE]),
        ("Bool", "true", ["true", "True", True], ["false", False, "1", ABSENT]),
        ("Bool", False, ["false", False], [True, ABSENT]),
        ("BinaryEquals", "QUI=", ["QUI="], ["QUI", "qui=", "Q-I=", ABSENT]),
        ("NumericEquals", "10", ["10", "10.0", 10], ["11", "ten", ABSENT]),
        ("NumericNotEquals", 10, ["11", ABSENT], ["10.0"]),
        ("NumericLessThan", "10", ["9"], ["10", "11", ABSENT]),
        ("NumericLessThanEquals", "10", ["9", "10"], ["11", ABSENT]),
        ("NumericGreaterThan", "10", ["100"], ["9", "10", ABSENT]),
        ("NumericGreaterThanEquals", "10", ["100", "10"], ["9", ABSENT]),
        (
            "DateEquals",
            "2020-04-01T00:00:00Z",
            ["2020-04-01", "2020-04-01T02:00:00+02:00", "1585699200"],
            ["2020-04-02", "soon", ABSENT],
        ),
        ("DateNotEquals", "2020-04-01", ["2020-04-02", ABSENT], ["1585699200"]),
        ("DateLessThan", "2020-04-01", ["2020-03-31T23:59:59Z"], ["2020-04-01", ABSENT]),
        ("DateLessThanEquals", "2020-04-01", ["2020-04-01"], ["2020-04-02", ABSENT]),
        ("DateGreaterThan", "2020-04-01", ["2020-04-02"], ["2020-04-01", ABSENT]),
        ("DateGreaterThanEquals", "2020-04-01", ["2020-04-01"], ["2020-03-31", ABSENT]),
        (
            "IpAddress",
            ["203.0.113.0/24", "2001:db8::/32"],
            ["203.0.113.9", "2001:DB8::1"],
            ["203.0.114.1", "2001:db9::1", "here", ABSENT],
        ),
        ("IpAddress", "203.0.113.7", ["203.0.113.7"], ["203.0.113.8"]),
        ("IpAddress", "203.0.113.7/24", ["203.0.113.8"], ["203.0.114.7"]),
        ("NotIpAddress", "203.0.113.0/24", ["203.0.114.1", "::1", ABSENT], ["203.0.113.9"]),
        ("Null", "true", [ABSENT, []], ["a", ["a"]]),
        ("Null", False, ["a", ["a"]], [ABSENT, []]),
        ("StringEqualsIfExists", "a", ["a", ABSENT], ["b"]),
        ("StringNotLikeIfExists", "a*", ["b", ABSENT], ["ab"]),
        ("NumericLessThanIfExists", "10", ["9", ABSENT], ["10"]),
        ("ArnLikeIfExists", "arn:aws:iam::*:role/*", [ROLE, ABSENT], ["role"]),
        (
            "ForAllValues:StringEquals",
            ["a", "b"],
            [["a"], ["a", "b"], "a", [], [""], "", ABSENT],
            [["a", "c"], ["c"]],
        ),
        (
            "ForAnyValue:StringEquals",
            ["a", "b"],
            [["a"], ["c", "b"], "a"],
            [["c"], [], [""], ABSENT],
        ),
        (
            "ForAllValues:StringNotLike",
            ["a*", "b"],
            [["c"], ["c", "d"], ABSENT],
            [["ab"], ["c", "b"]],
        ),
        ("ForAnyValue:StringNotEquals", ["a", "b"], [["c", "a"]], [["a", "b"], ["a"], ABSENT]),
        ("ForAnyValue:StringEqualsIfExists", "a", [["a", "b"]], [["b"], ABSENT]),
        ("ForAllValues:NumericLessThan", "10", [["1", "9"]], [["1", "10"]]),
        ("StringEquals", "a", ["a"], [["a"], ["a", "b"]]),
        ("StringNotEquals", "a", ["b"], [["b"], ["b", "c"]]),
    ],
)
def test_operator(operator: str, wanted: Any, matching: list[Any], other: list[Any]) -> None:
    assert [value for value in matching if not holds(operator, wanted, value)] == []
    assert [value for value in other if holds(operator, wanted, value)] == []


def test_dates_without_an_offset_are_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert holds("DateEquals", "2020-04-01T00:00:00", "1585699200")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_every_operator_and_key_of_a_statement_must_hold() -> None:
    for context, expected in (
        ({"aws:a": "1", "aws:b": "2"}, True),
        ({"aws:a": "1", "aws:b": "3"}, False),
        ({"aws:a": "2", "aws:b": "2"}, False),
        ({"AWS:A": "1", "Aws:B": "2"}, True),
    ):
        condition = {"StringEquals": {"aws:A": "1"}, "StringLike": {"aws:b": "2"}}
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
        assert is_allowed([statement], "s3:GetObject", "*", context) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "${aws:username}", "ann", True),
        ("StringEquals", "${AWS:UserName}", "ann", True),
        ("StringLike", "home/${aws:username}/*", "home/ann/x", True),
        ("StringLike", "home/${aws:username}/*", "home/bob/x", False),
        ("StringLike", "${aws:star}", "anything", False),
        ("StringLike", "${aws:star}", "*", True),
        ("StringEquals", "${*}${?}${$}", "*?$", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringLike", "a${*}", "a*", True),
        ("StringEquals", "${aws:none}", "", False),
        ("StringEquals", "${aws:none}", "${aws:none}", False),
        ("StringNotEquals", "${aws:none}", "a", True),
        ("StringNotLike", "${aws:none}*", "a", True),
        ("StringEquals", "${aws:none, 'all'}", "all", True),
        ("StringEquals", "${aws:username, 'all'}", "all", False),
        ("StringEquals", "${aws:empty, 'all'}", "all", True),
        ("StringEquals", "${aws:many}", "a", False),
        ("ArnLike", "arn:aws:iam::${aws:account}:role/*", ROLE, True),
        ("ArnLike", "arn:aws:iam::${aws:none}:role/*", ROLE, False),
        ("Bool", "${aws:flag}", "true", True),
        ("StringEqualsIgnoreCase", "${aws:username}", "ANN", True),
    ],
)
def test_variable(operator: str, wanted: str, given: str, *, expected: bool) -> None:
    assert holds(operator, wanted, given, KNOWN) is expected
