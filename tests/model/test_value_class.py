"""Values behave as frozen dataclasses of the standard library do."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

from hyperpod_constructs.model.value_class import value_class


@value_class(frozen=True, kw_only=True, slots=True)
class Ours:
    name: str = field(kw_only=False)
    sizes: tuple[int, ...] = ()
    note: str = field(default="", compare=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Theirs:
    name: str = field(kw_only=False)
    sizes: tuple[int, ...] = ()
    note: str = field(default="", compare=False)
    secret: str = field(default="", repr=False)


@value_class(frozen=True, slots=True)
class Empty:
    pass


@value_class(frozen=True, slots=True)
class Own:
    number: int

    def __repr__(self) -> str:
        return "own"


PAIRS = [
    ({"name": "a"}, {"name": "a"}),
    ({"name": "a"}, {"name": "b"}),
    ({"name": "a", "sizes": (1,)}, {"name": "a", "sizes": (2,)}),
    ({"name": "a", "note": "x"}, {"name": "a", "note": "y"}),
    ({"name": "a", "secret": "x"}, {"name": "a", "secret": "y"}),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_compares_hashes_and_shows_as_a_dataclass(one: Any, other: Any) -> None:
    assert (Ours(**one) == Ours(**other)) is (Theirs(**one) == Theirs(**other))
    assert (hash(Ours(**one)) == hash(Ours(**other))) is (
        hash(Theirs(**one)) == hash(Theirs(**other))
    )
    assert repr(Ours(**one)) == repr(Theirs(**one)).replace("Theirs", "Ours")


def test_differs_from_other_types() -> None:
    other: Any = Theirs("a")
    assert Ours("a") != other
    text: Any = "a"
    assert Ours("a") != text
    assert Empty() == Empty()


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_is_immutable(kind: Any) -> None:
    value = kind("a")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        value.name = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del value.name
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        value.other = 1


def test_is_replaced_copied_and_pickled() -> None:
    value = Ours("a", sizes=(1, 2), note="x")
    assert replace(value, name="b") == Ours("b", sizes=(1, 2))
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes


def test_keeps_the_methods_of_a_class() -> None:
    assert repr(Own(1)) == "own"
    assert Own(1) == Own(1)
