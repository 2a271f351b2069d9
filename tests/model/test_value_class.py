"""Values behave as frozen dataclasses of the standard library do."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

import hyperpod_constructs as hp
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
class Listed:
    names: list[str] = field(default_factory=list)
    number: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", len(self.names))


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


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("a",), {}),
    ((), {"name": "a", "sizes": (1,)}),
    ((), {}),
    (("a", (1,)), {}),
    (("a",), {"name": "b"}),
    (("a",), {"size": (1,)}),
    (("a",), {"size": (1,), "names": 1}),
]


@pytest.mark.parametrize(("positional", "named"), CALLS)
def test_takes_the_arguments_that_a_dataclass_takes(
    positional: tuple[Any, ...], named: dict[str, Any]
) -> None:
    def result(kind: Any) -> object:
        try:
            return repr(kind(*positional, **named)).replace("Theirs", "Ours")
        except TypeError:
            return TypeError

    assert result(Ours) == result(Theirs)


def test_has_the_signature_of_a_dataclass() -> None:
    ours, theirs = inspect.signature(Ours), inspect.signature(Theirs)
    assert ours.parameters == theirs.parameters


def test_does_not_share_what_a_factory_makes() -> None:
    assert Listed().names is not Listed().names


def test_calculates_what_is_not_an_argument() -> None:
    assert Listed(["a", "b"]).number == 2
    with pytest.raises(TypeError, match="number"):
        Listed(number=1)  # type: ignore[call-arg]


def test_keeps_the_methods_of_a_class() -> None:
    assert repr(Own(1)) == "own"
    assert Own(1) == Own(1)


def test_values_with_dicts_can_be_in_a_set() -> None:
    def group() -> hp.InstanceGroup:
        return hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge", labels={"a": "b"})

    other = replace(group(), labels={"a": "c"})

    assert {group(), group(), other} == {group(), other}
    assert hash(group()) != hash(other)
