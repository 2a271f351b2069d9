"""Objects of a request, as tables of their keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .intrinsics import ABSENT, Unknown, resolve
from .kinds import Kind
from .reading import Place, Reading


@dataclass(frozen=True, slots=True)
class Key:
    """A key whose value becomes an attribute.

    Attributes:
        attribute: The attribute.
        kind: The kind of its value.
        required: Whether the API needs it.
        arguments: The arguments of the model that it becomes, if the attribute is none; without
            any, it stands for the whole object.
    """

    attribute: str
    kind: Kind
    required: bool = False
    arguments: Sequence[str] | None = None

    def read(self, value: Any, place: Place, reading: Reading) -> Mapping[str, Any]:
        """The attribute, if it has a value."""
        return self._found(self.kind.read_resolved(value, place, reading))

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> Mapping[str, Any]:
        """The attribute, if something can stand for it."""
        return self._found(self.kind.unknown(unknown, place, reading))

    def write(self, attributes: Mapping[str, Any]) -> Any:
        """The value, `ABSENT` if there is none to write."""
        value = attributes.get(self.attribute)
        return ABSENT if value in (None, (), [], {}) else self.kind.write(value)

    @property
    def names(self) -> Sequence[str]:
        """The arguments of the model that it becomes."""
        return (self.attribute,) if self.arguments is None else self.arguments

    def _found(self, value: Any) -> Mapping[str, Any]:
        return {} if value is ABSENT else {self.attribute: value}


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an object, in the order of the API.

    Attributes:
        title: What the object is.
        keys: Its keys; a key that is a `Keys` itself is an object without a value of its own.
        api_only: Keys that have no place in the model, and why.
        described: Keys of DescribeCluster that say what was asked for, and the keys for it.
        read_only: Keys of DescribeCluster that only say how the cluster is.
        required: Whether the API needs the object.
    """

    title: str
    keys: "Mapping[str, Key | Keys]"
    api_only: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    read_only: Sequence[str] = ()
    required: bool = False

    names = ()

    def read(self, value: Any, place: Place, reading: Reading) -> dict[str, Any]:
        """The attributes that the object has, its functions resolved."""
        resolved = resolve(value)
        if resolved is ABSENT:
            return {}
        if isinstance(resolved, Unknown):
            return self.unknown(resolved, place, reading)
        if not isinstance(resolved, Mapping):
            reading.wrong_type(place, resolved, f"an object with the keys of {self.title}")
            return {}
        attributes: dict[str, Any] = {}
        given = self._given(resolved, place, reading)
        for name, key in self.keys.items():
            written = given.get(name)
            if written is not None and resolve(resolved[written]) is not ABSENT:
                inner = place.below(written, key.names)
                attributes |= key.read(resolved[written], inner, reading)
            elif key.required:
                reading.missing_key(place.below(written or name), self.title)
        return attributes

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> dict[str, Any]:
        """The attributes of an object that only the deployment knows."""
        return {
            attribute: value
            for name, key in self.keys.items()
            for attribute, value in key.unknown(
                unknown, place.below(name, key.names), reading
            ).items()
        }

    def write(self, attributes: Mapping[str, Any]) -> Any:
        """The object, `ABSENT` if it has no key."""
        return self.write_object(attributes) or ABSENT

    def write_object(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The object."""
        written = {name: key.write(attributes) for name, key in self.keys.items()}
        return {name: value for name, value in written.items() if value is not ABSENT}

    def attributes(self) -> Iterator[str]:
        """Every attribute that the object has."""
        for key in self.keys.values():
            if isinstance(key, Keys):
                yield from key.attributes()
            else:
                yield key.attribute

    def _given(self, value: Mapping[str, Any], place: Place, reading: Reading) -> Mapping[str, str]:
        """How each key is written that the object has; other keys are noted."""
        described = self.described if reading.is_description else {}
        given: dict[str, str] = {}
        for written, item in value.items():
            if written in self.keys:
                given[written] = written
            elif written in self.api_only:
                reading.left_aside(place.below(written), item, self.api_only[written])
            elif written not in described and not (
                reading.is_description and written in self.read_only
            ):
                reading.unknown_key(place, written, item, title=self.title, keys=self.keys)
        for written, name in described.items():
            if written in value:
                given.setdefault(name, written)
        return given


@dataclass(frozen=True, slots=True)
class Object(Kind):
    """An object that becomes a value.

    Attributes:
        keys: Its keys.
        make: What makes the value of the attributes.
        parts: What takes it apart; its attributes, when left out.
        keeps_place: Whether a value is made even of an object that only the deployment knows; it
            has what the API needs, and nothing else.
    """

    keys: Keys
    make: Callable[..., Any]
    parts: Callable[[Any], Mapping[str, Any]] | None = None
    keeps_place: bool = False

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        found = len(reading.problems)
        attributes = self.keys.read(value, place, reading)
        required = [
            key.attribute
            for key in self.keys.keys.values()
            if isinstance(key, Key) and key.required
        ]
        if len(reading.problems) > found or not all(name in attributes for name in required):
            return ABSENT
        return self.make(**attributes)

    def unknown(self, unknown: Unknown, place: Place, reading: Reading) -> Any:
        reading.not_known(place)
        if not self.keeps_place:
            return ABSENT
        attributes: dict[str, Any] = {}
        for name, key in self.keys.keys.items():
            if key.required:
                attributes |= key.unknown(unknown, place.below(name, key.names), reading)
        return self.make(**attributes)

    def write(self, value: Any) -> Any:
        parts = self.parts or self._attributes
        return self.keys.write_object(parts(value))

    def _attributes(self, value: Any) -> Mapping[str, Any]:
        return {name: getattr(value, name) for name in self.keys.attributes()}


@dataclass(frozen=True, slots=True)
class OneOf(Kind):
    """An object with exactly one of some keys.

    Attributes:
        title: What the object is.
        kinds: The kind of the value of each key.
        key_of: The key of a value.
    """

    title: str
    kinds: Mapping[str, Kind]
    key_of: Callable[[Any], str]

    def read(self, value: Any, place: Place, reading: Reading) -> Any:
        if not isinstance(value, Mapping):
            reading.wrong_type(place, value, f"an object with the key of {self.title}")
            return ABSENT
        given = {key: each for key, each in value.items() if resolve(each) is not ABSENT}
        others = [key for key in given if key not in self.kinds]
        for key in others:
            reading.unknown_key(place, key, given[key], title=self.title, keys=self.kinds)
        if others:
            return ABSENT
        if len(given) != 1:
            reading.not_one(place, given, self.kinds)
            return ABSENT
        ((key, item),) = given.items()
        return self.kinds[key].read_resolved(item, place.below(key), reading)

    def write(self, value: Any) -> Any:
        key = self.key_of(value)
        return {key: self.kinds[key].write(value)}
