"""Kinds of values in a request, each of which can be read and written."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hyperpod_constructs.model.tokens import is_unresolved

from .intrinsics import ABSENT, UNKNOWN_NUMBER, Unknown, resolve
from .reading import Place, Reading

_LARGEST_NUMBER = 2**31 - 1
_DIGITS = re.compile(r"-?[0-9]{1,9}")
_FLAGS = {"true": True, "false": False}


class Kind(ABC):
    """A kind of value.

    Attributes:
        is_scalar: Whether the entry of a list can stand for a whole list that nobody knows.
    """

    is_scalar = False

    def read_resolved(self, value: Any, place: Place, reading: Reading) -> Any:
        """The value, its functions resolved; `ABSENT` if there is none, or if it is wrong."""
        resolved = resolve(value)
        if resolved is ABSENT:
            return ABSENT
        if isinstance(resolved, Unknown):
            return self.unknown(resolved, place, reading)
        return self.read(resolved, place, reading)

    @abstractmethod
    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        """The value of the model, or `ABSENT` where a problem has been noted."""

    def unknown(self, _unknown: Unknown, place: Place, reading: Reading) -> Any:
        """What stands for a value that only the deployment knows."""
        reading.not_known(place)
        return ABSENT

    def write(self, value: Any) -> Any:
        """The value as JSON."""
        return value


class Text(Kind):
    """A text."""

    is_scalar = True
    expected = "a text"

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= _LARGEST_NUMBER):
            text = str(value).lower()
            reading.taken_for(place, value, repr(text))
            return text
        reading.wrong_type(place, value, self.expected)
        return ABSENT

    def unknown(self, unknown: Unknown, _place: Place, _reading: Reading) -> Any:
        return unknown.text


class Number(Kind):
    """A whole number."""

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if isinstance(value, str):
            if is_unresolved(value):
                return UNKNOWN_NUMBER
            if _DIGITS.fullmatch(value):
                reading.taken_for(place, value, value)
                return int(value)
        elif isinstance(value, float):
            if is_unresolved(value) and value != float("-inf"):
                return value
        elif isinstance(value, int) and not isinstance(value, bool):  # noqa: SIM102
            if abs(value) <= _LARGEST_NUMBER:
                return value
        reading.wrong_type(place, value, "a whole number of at most 32 bits")
        return ABSENT

    def unknown(self, _unknown: Unknown, _place: Place, _reading: Reading) -> Any:
        return UNKNOWN_NUMBER

    def write(self, value: Any) -> Any:
        return value if is_unresolved(value) else int(value)


class Flag(Kind):
    """True or false."""

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if isinstance(value, str) and value in _FLAGS:
            reading.taken_for(place, value, value)
            return _FLAGS[value]
        if not isinstance(value, bool):
            reading.wrong_type(place, value, "true or false")
            return ABSENT
        return value


@dataclass(frozen=True, slots=True)
class Word(Kind):
    """One of some words.

    Attributes:
        values: What each word means.
        api_only: Words that CloudFormation does not know, which are left to the rules.
    """

    values: Mapping[str, Any]
    api_only: Sequence[str] = ()

    is_scalar = True

    @classmethod
    def of(cls, words: type[StrEnum], *, api_only: Sequence[str] = ()) -> "Word":
        """The words of an enumeration."""
        return cls({word.value: word for word in words}, api_only)

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if not isinstance(value, str):
            reading.wrong_type(place, value, f"one of {', '.join(self.values)}")
        elif value in self.values:
            return self.values[value]
        elif is_unresolved(value):
            return self._unknown_word(value, place, reading)
        elif value in self.api_only:
            return value
        else:
            reading.wrong_word(place, value, [*self.values, *self.api_only])
        return ABSENT

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> Any:
        return self._unknown_word(unknown.text, place, reading)

    def write(self, value: Any) -> Any:
        return next((word for word, meaning in self.values.items() if meaning == value), str(value))

    def _unknown_word(self, text: str, place: Place, reading: Reading) -> Any:
        if all(isinstance(meaning, str) for meaning in self.values.values()):
            return text
        reading.not_known(place)
        return ABSENT


@dataclass(frozen=True, slots=True)
class Made(Kind):
    """A value that holds another one.

    Attributes:
        inner: The kind of the other one.
        make: What makes the value.
        take: What takes it apart.
    """

    inner: Kind
    make: Callable[[Any], Any]
    take: Callable[[Any], Any]

    @property
    def is_scalar(self) -> bool:  # type: ignore[override]
        return self.inner.is_scalar

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        return self._made(self.inner.read(value, place, reading))

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> Any:
        return self._made(self.inner.unknown(unknown, place, reading))

    def write(self, value: Any) -> Any:
        return self.inner.write(self.take(value))

    def _made(self, value: Any) -> Any:
        return ABSENT if value is ABSENT else self.make(value)


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    """A list.

    Attributes:
        entry: The kind of its entries.
    """

    entry: Kind

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if not isinstance(value, list | tuple):
            reading.wrong_type(place, value, "a list")
            return ABSENT
        if is_unresolved(value):
            return tuple(value) if self.entry.is_scalar else self._not_known(place, reading)
        entries: list[Any] = []
        for index, entry in enumerate(value):
            found = self.entry.read_resolved(entry, place.at(index, len(entries)), reading)
            if found is not ABSENT:
                entries.append(found)
        return tuple(entries)

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> Any:
        if self.entry.is_scalar:
            return (self.entry.unknown(unknown, place, reading),)
        return self._not_known(place, reading)

    def write(self, value: Any) -> Any:
        return [self.entry.write(entry) for entry in value]

    def _not_known(self, place: Place, reading: Reading) -> Any:
        reading.not_known(place)
        return ABSENT


class TextByName(Kind):
    """An object of texts whose keys are the user's."""

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            reading.wrong_type(place, value, "an object of texts")
            return ABSENT
        texts = {
            key: TEXT.read_resolved(text, place.below(key, [str(key)[:80]]), reading)
            for key, text in value.items()
        }
        return {key: text for key, text in texts.items() if text is not ABSENT}

    def write(self, value: Any) -> Any:
        return dict(value)


TEXT = Text()
NUMBER = Number()
FLAG = Flag()
