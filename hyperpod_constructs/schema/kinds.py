"""Kinds of values in a request. Each reads JSON into a value of the model, and writes it back."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from operator import attrgetter, methodcaller
from typing import Any

from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_class import value_class

from .intrinsics import ABSENT, UNKNOWN_NUMBER, Unknown, resolve
from .read_log import Location, ReadLog

_LARGEST_NUMBER = 2**31 - 1
_DIGITS = re.compile(r"-?[0-9]{1,9}")
_FLAGS = {"true": True, "false": False}


class Kind(ABC):
    """A kind of value.

    Attributes:
        is_scalar: Whether a list of this kind is read with one unknown entry if it is known only at
            deployment.
    """

    is_scalar = False

    def read_resolved(self, value: Any, location: Location, log: ReadLog) -> Any:
        """The value, its functions resolved; `ABSENT` if there is none."""
        resolved = resolve(value)
        if resolved is ABSENT:
            return ABSENT
        if isinstance(resolved, Unknown):
            return self.unknown(resolved, location, log)
        return self.read(resolved, location, log)

    @abstractmethod
    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        """The value of the model. A wrong value is noted, and unknown to everything else."""

    def wrong(self, location: Location, log: ReadLog) -> Any:
        """What represents a value whose problem has been noted."""
        return self.unknown(Unknown(location.keys), location, log)

    def unknown(self, _unknown: Unknown, location: Location, log: ReadLog) -> Any:
        """What represents a value known only at deployment."""
        log.not_known(location)
        return ABSENT

    def write(self, value: Any) -> Any:
        """The value as JSON."""
        return value


class Text(Kind):
    """A text."""

    is_scalar = True
    expected = "a text"

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= _LARGEST_NUMBER):
            text = str(value).lower()
            log.taken_for(location, value, repr(text))
            return text
        log.wrong_type(location, value, self.expected)
        return self.wrong(location, log)

    def unknown(self, unknown: Unknown, _place: Location, _reading: ReadLog) -> Any:
        return unknown.text


class Number(Kind):
    """A whole number."""

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if isinstance(value, str):
            if is_unresolved(value):
                return UNKNOWN_NUMBER
            if _DIGITS.fullmatch(value):
                log.taken_for(location, value, value)
                return int(value)
        elif isinstance(value, float):
            if is_unresolved(value) and value != float("-inf"):
                return value
        elif isinstance(value, int) and not isinstance(value, bool):  # noqa: SIM102
            if abs(value) <= _LARGEST_NUMBER:
                return value
        log.wrong_type(location, value, "a whole number of at most 32 bits")
        return self.wrong(location, log)

    def unknown(self, _unknown: Unknown, _place: Location, _reading: ReadLog) -> Any:
        return UNKNOWN_NUMBER

    def write(self, value: Any) -> Any:
        return value if is_unresolved(value) else int(value)


class Flag(Kind):
    """True or false."""

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if isinstance(value, str) and value in _FLAGS:
            log.taken_for(location, value, value)
            return _FLAGS[value]
        if not isinstance(value, bool):
            log.wrong_type(location, value, "true or false")
            return self.wrong(location, log)
        return value


@value_class(frozen=True, slots=True)
class Choice(Kind):
    """One of several strings.

    Attributes:
        values: The value of the model that each string represents.
        api_only: Strings that CloudFormation does not support, which the rules report.
        enumeration: The enumeration that the values are the members of, if they are of one.
    """

    values: Mapping[str, Any]
    api_only: Sequence[str] = ()
    enumeration: type[StrEnum] | None = None

    is_scalar = True

    @classmethod
    def of(cls, enumeration: type[StrEnum], *, api_only: Sequence[str] = ()) -> "Choice":
        """The members of an enumeration."""
        return cls({member.value: member for member in enumeration}, api_only, enumeration)

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if not isinstance(value, str):
            log.wrong_type(location, value, f"one of {', '.join(self.values)}")
        elif value in self.values:
            return self.values[value]
        elif is_unresolved(value):
            return self._unknown_word(value, location, log)
        elif value in self.api_only:
            return value
        else:
            log.wrong_word(location, value, [*self.values, *self.api_only])
        return self.wrong(location, log)

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> Any:
        return self._unknown_word(unknown.text, location, log)

    def write(self, value: Any) -> Any:
        return next((word for word, meaning in self.values.items() if meaning == value), str(value))

    def _unknown_word(self, text: str, location: Location, log: ReadLog) -> Any:
        if all(isinstance(meaning, str) for meaning in self.values.values()):
            return text
        log.not_known(location)
        return ABSENT


@value_class(frozen=True, slots=True)
class Wrapped(Kind):
    """A scalar that the model wraps in a value.

    Attributes:
        inner: The kind of the scalar.
        wrap: Returns the value of the model that wraps it.
        unwrap: Returns the scalar of a value of the model.
    """

    inner: Kind
    wrap: Callable[[Any], Any]
    unwrap: Callable[[Any], Any]

    @property
    def is_scalar(self) -> bool:  # type: ignore[override]
        return self.inner.is_scalar

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        return self._wrapped(self.inner.read(value, location, log))

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> Any:
        return self._wrapped(self.inner.unknown(unknown, location, log))

    def write(self, value: Any) -> Any:
        return self.inner.write(self.unwrap(value))

    def _wrapped(self, value: Any) -> Any:
        return ABSENT if value is ABSENT else self.wrap(value)


@value_class(frozen=True, slots=True)
class Reference(Wrapped):
    """The name or ARN of a resource outside of the cluster.

    Attributes:
        attribute: The attribute of CDK objects and references that has the name or ARN.
        expected: The CDK object to pass, in words.
    """

    attribute: str = field(kw_only=True)
    expected: str = field(kw_only=True)

    @classmethod
    def by(cls, reference: type, attribute: str, expected: str) -> "Reference":
        """A resource that is represented by a type of reference where there is no CDK."""
        return cls(TEXT, reference, attrgetter(attribute), attribute=attribute, expected=expected)


@value_class(frozen=True, slots=True)
class Amount(Wrapped):
    """A number of units, which CDK has a class for.

    Attributes:
        amount: The type that represents the class of CDK where there is none.
        method: Method of both that returns the number.
        expected: The CDK object to pass, in words.
    """

    amount: type = field(kw_only=True)
    method: str = field(kw_only=True)
    expected: str = field(kw_only=True)

    @classmethod
    def of(cls, amount: type, method: str, expected: str) -> "Amount":
        """A number that `method` of `amount`, and of the class of CDK, returns."""
        return cls(
            NUMBER, amount, methodcaller(method), amount=amount, method=method, expected=expected
        )


@value_class(frozen=True, slots=True)
class SingleEntry(Wrapped):
    """A list of at most one entry, which is the value of the model."""

    @classmethod
    def of(cls, entry: Kind) -> "SingleEntry":
        """A list of at most one value of a kind."""
        return cls(ListOf(entry), lambda values: next(iter(values), None), lambda value: (value,))


@value_class(frozen=True, slots=True)
class ListOf(Kind):
    """A list.

    Attributes:
        entry: The kind of its entries.
        expected: What to pass, in words.
    """

    entry: Kind
    expected: str = "a list"

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if not isinstance(value, list | tuple):
            log.wrong_type(location, value, "a list")
            return self.wrong(location, log)
        if is_unresolved(value):
            return tuple(value) if self.entry.is_scalar else self._not_known(location, log)
        entries: list[Any] = []
        for index, entry in enumerate(value):
            found = self.entry.read_resolved(entry, location.at(index, len(entries)), log)
            if found is not ABSENT:
                entries.append(found)
        return tuple(entries)

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> Any:
        if self.entry.is_scalar:
            return (self.entry.unknown(unknown, location, log),)
        return self._not_known(location, log)

    def write(self, value: Any) -> Any:
        return [self.entry.write(entry) for entry in value]

    def _not_known(self, location: Location, log: ReadLog) -> Any:
        log.not_known(location)
        return ABSENT


class TextByName(Kind):
    """An object of texts whose keys are the user's."""

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if not isinstance(value, Mapping):
            log.wrong_type(location, value, "an object of texts")
            return self.wrong(location, log)
        texts = {
            key: TEXT.read_resolved(text, location.below(key, [str(key)[:80]]), log)
            for key, text in value.items()
        }
        return {key: text for key, text in texts.items() if text is not ABSENT}

    def write(self, value: Any) -> Any:
        return dict(value)


TEXT = Text()
NUMBER = Number()
FLAG = Flag()
