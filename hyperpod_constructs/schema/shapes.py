"""Objects of a request, as tables with one row for each property."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from hyperpod_constructs.model.value_class import value_class

from .intrinsics import ABSENT, Unknown, resolve
from .kinds import Kind
from .read_log import Location, ReadLog
from .update import Update


@value_class(frozen=True, slots=True)
class Property:
    """A property of AWS whose value becomes an attribute of the model.

    Attributes:
        attribute: The attribute.
        kind: The kind of its value.
        required: Whether the API requires the property.
        update: What changing the property does to a cluster.
        expected: Description of the value to pass, if the kind does not describe it.
        arguments: The arguments of the model that the property becomes, if they differ from the
            attribute; none for a property that describes the whole object. An argument that takes
            some of the entries of a list has the keys of those entries.
    """

    attribute: str
    kind: Kind
    required: bool = False
    update: Update = Update.IN_PLACE
    expected: str | None = None
    arguments: Mapping[str, Sequence[str]] | None = None

    def read(self, value: Any, location: Location, log: ReadLog) -> Mapping[str, Any]:
        """The attribute, if it has a value."""
        return self._found(self.kind.read_resolved(value, location, log))

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> Mapping[str, Any]:
        """The attribute, if a placeholder can represent its unknown value."""
        return self._found(self.kind.unknown(unknown, location, log))

    def write(self, attributes: Mapping[str, Any]) -> Any:
        """The value, `ABSENT` if there is none to write."""
        value = attributes.get(self.attribute)
        return ABSENT if value in (None, (), [], {}) else self.kind.write(value)

    @property
    def names(self) -> Sequence[str]:
        """The arguments of the model that the property becomes."""
        return (self.attribute,) if self.arguments is None else tuple(self.arguments)

    def _found(self, value: Any) -> Mapping[str, Any]:
        return {} if value is ABSENT else {self.attribute: value}


@value_class(frozen=True, slots=True)
class Properties:
    """The properties of an object, in the order of the API.

    Attributes:
        title: The object, in words.
        rows: The properties by name; a row that is a `Properties` itself is an object without a
            value of its own in the model.
        definition: The definition of the object in the CloudFormation schema.
        api_only: Properties that are not part of the model, and why.
        described: Properties of DescribeCluster that repeat what was requested, and the properties
            of the request they repeat.
        read_only: Properties of DescribeCluster that only describe the state of the cluster.
        required: Whether the API requires the object.
        attributes: Every attribute of the model that the object has.
    """

    title: str
    rows: "Mapping[str, Property | Properties]"
    definition: str = ""
    api_only: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    read_only: Sequence[str] = ()
    required: bool = False
    attributes: Sequence[str] = field(init=False, repr=False)

    names = ()

    def __post_init__(self) -> None:
        attributes = tuple(row.attribute for _, row in self.flat_rows())
        object.__setattr__(self, "attributes", attributes)

    def read(self, value: Any, location: Location, log: ReadLog) -> dict[str, Any]:
        """The attributes that the object has, its functions resolved."""
        resolved = resolve(value)
        if resolved is ABSENT:
            return {}
        if isinstance(resolved, Unknown):
            return self.unknown(resolved, location, log)
        if not isinstance(resolved, Mapping):
            log.wrong_type(location, resolved, f"an object with the keys of {self.title}")
            return self.unknown(Unknown(location.keys), location, log)
        attributes: dict[str, Any] = {}
        given = self._given(resolved, location, log)
        for name, row in self.rows.items():
            written = given.get(name)
            if written is not None and resolve(resolved[written]) is not ABSENT:
                inner = location.below(written, row.names)
                attributes |= row.read(resolved[written], inner, log)
            elif row.required:
                missing = location.below(written or name, row.names)
                log.missing_key(missing, self.title)
                attributes |= row.unknown(Unknown(missing.keys), missing, log)
        return attributes

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> dict[str, Any]:
        """The attributes of an object known only at deployment."""
        return {
            attribute: value
            for name, row in self.rows.items()
            for attribute, value in row.unknown(
                unknown, location.below(name, row.names), log
            ).items()
        }

    def write(self, attributes: Mapping[str, Any]) -> Any:
        """The object, `ABSENT` if it has no property."""
        return self.write_object(attributes) or ABSENT

    def write_object(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The object."""
        written = {name: row.write(attributes) for name, row in self.rows.items()}
        return {name: value for name, value in written.items() if value is not ABSENT}

    def flat_rows(self, *outer: str) -> Iterator[tuple[tuple[str, ...], Property]]:
        """Every property that becomes an attribute, with its path in the object."""
        for name, row in self.rows.items():
            path = (*outer, name)
            if isinstance(row, Properties):
                yield from row.flat_rows(*path)
            else:
                yield path, row

    def _given(
        self, value: Mapping[str, Any], location: Location, log: ReadLog
    ) -> Mapping[str, str]:
        """How each property is written that the object has; others are noted."""
        described = self.described if log.is_description else {}
        given: dict[str, str] = {}
        for written, item in value.items():
            if written in self.rows:
                given[written] = written
            elif written in self.api_only:
                log.left_aside(location.below(written), item, self.api_only[written])
            elif written not in described and not (
                log.is_description and written in self.read_only
            ):
                log.unknown_key(location, written, item, title=self.title, keys=self.rows)
        for written, name in described.items():
            if written in value:
                given.setdefault(name, written)
        return given


@value_class(frozen=True, slots=True)
class Shape(Kind):
    """An object that becomes a value of the model.

    Attributes:
        properties: Its properties.
        value_type: The type of the value.
        make: Returns the value for its attributes; the type itself by default.
        parts: Returns the attributes of a value; those of the same names by default.
        placeholder_if_unknown: Whether an object known only at deployment becomes a value
            with placeholders for the required properties.
    """

    properties: Properties
    value_type: type
    make: Callable[..., Any] | None = None
    parts: Callable[[Any], Mapping[str, Any]] | None = None
    placeholder_if_unknown: bool = False

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if not isinstance(value, Mapping):
            log.wrong_type(location, value, f"an object with the keys of {self.properties.title}")
            return self.wrong(location, log)
        attributes = self.properties.read(value, location, log)
        required = [
            row.attribute
            for row in self.properties.rows.values()
            if isinstance(row, Property) and row.required
        ]
        if not all(name in attributes for name in required):
            log.not_known(location)
            return ABSENT
        return self._make(attributes)

    def unknown(self, unknown: Unknown, location: Location, log: ReadLog) -> Any:
        log.not_known(location)
        if not self.placeholder_if_unknown:
            return ABSENT
        attributes: dict[str, Any] = {}
        for name, row in self.properties.rows.items():
            if row.required:
                attributes |= row.unknown(unknown, location.below(name, row.names), log)
        return self._make(attributes)

    def write(self, value: Any) -> Any:
        return self.properties.write_object(self._parts(value))

    def _make(self, attributes: Mapping[str, Any]) -> Any:
        return (self.make or self.value_type)(**attributes)

    def _parts(self, value: Any) -> Mapping[str, Any]:
        own = {name: getattr(value, name, None) for name in self.properties.attributes}
        return own if self.parts is None else {**own, **self.parts(value)}


@value_class(frozen=True, slots=True)
class OneOf(Kind):
    """An object with exactly one of some keys.

    Attributes:
        title: The object, in words.
        kinds: The kind of the value of each key.
        key_of: Returns the key of a value.
        definition: The definition of the object in the CloudFormation schema.
    """

    title: str
    kinds: Mapping[str, Kind]
    key_of: Callable[[Any], str]
    definition: str

    def read(self, value: Any, location: Location, log: ReadLog) -> Any:
        if not isinstance(value, Mapping):
            log.wrong_type(location, value, f"an object with the key of {self.title}")
            return self.wrong(location, log)
        present = {key: each for key, each in value.items() if resolve(each) is not ABSENT}
        given = {key: each for key, each in present.items() if key in self.kinds}
        for key in (each for each in present if each not in given):
            log.unknown_key(location, key, present[key], title=self.title, keys=self.kinds)
        if len(given) != 1:
            if len(present) == len(given):
                log.not_one(location, given, self.kinds)
            return self.wrong(location, log)
        ((key, item),) = given.items()
        return self.kinds[key].read_resolved(item, location.below(key), log)

    def write(self, value: Any) -> Any:
        key = self.key_of(value)
        return {key: self.kinds[key].write(value)}
