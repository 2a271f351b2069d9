"""JSON with something changed, anywhere."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.clusters.requests import UNKNOWN, parts, replaced

from .clusters import Draw

TOKENS = ["${Token[A.1]}", ["#{Token[A.1]}"], -1.8881545897087626e289]
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 5000, 2**31, -(2**63), 10**4400, 0.5, 1e300, -1e300),
    *(float("nan"), float("inf"), float("-inf"), "", "0", "007", "-5", "1" * 5000, "\ud800", "\0"),
    *(
        [],
        {},
        [[]],
        [{}],
        {"": ""},
        {"": {}},
        [None],
        {"a": None},
        {"Ref": 1},
        {"Ref": {}},
        ["a"] * 99,
    ),
    *(
        {"Fn::If": 1},
        {"Fn::Sub": [1, 2]},
        {"Fn::Join": [1, 2]},
        {"Fn::If": ["c", {}, {"Fn::If": []}]},
    ),
    *({"Fn::ForEach::Loop": []}, {"Ref": "AWS::NoValue"}, {"Condition": "x"}),
]
JUNK = (
    st.sampled_from([*ODD, *UNKNOWN, *TOKENS])
    | st.text(max_size=5)
    | st.integers()
    | st.floats()
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    )
)


def changed(draw: Draw, document: Any, values: st.SearchStrategy[Any]) -> Any:
    """The document with one value replaced, wrapped, moved, added or left out."""
    path = draw(st.sampled_from(parts(document)))
    value = at(document, path)
    change = draw(st.sampled_from(["replace", "wrap", "list", "copy", "add", "leave out", "if"]))
    match change:
        case "wrap":
            return replaced(document, path, {draw(st.sampled_from(["a", "Ref", "Fn::Sub"])): value})
        case "list":
            return replaced(document, path, [value] * draw(st.sampled_from([1, 2, 101])))
        case "copy":
            return replaced(document, path, at(document, draw(st.sampled_from(parts(document)))))
        case "add" if isinstance(value, dict):
            return replaced(document, path, {**value, draw(st.text(max_size=9)): draw(values)})
        case "leave out" if isinstance(value, dict) and value:
            missing = draw(st.sampled_from(sorted(value)))
            rest = {key: each for key, each in value.items() if key != missing}
            return replaced(document, path, rest)
        case "if":
            return replaced(document, path, {"Fn::If": ["Condition", value, draw(values)]})
        case _:
            return replaced(document, path, draw(values))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


@st.composite
def documents(
    draw: Draw, choices: list[Any], *further: st.SearchStrategy[Any], most: int = 3
) -> Any:
    """One of the documents with something changed, to junk or one of the further values."""
    document = draw(st.sampled_from(choices))
    values = st.one_of(*further, JUNK)
    for _ in range(draw(st.integers(1, most))):
        document = changed(draw, document, values)
    return document


def is_json(document: Any) -> bool:
    try:
        json.dumps(document)
    except (TypeError, ValueError):
        return False
    return True
