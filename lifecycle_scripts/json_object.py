"""Objects of a JSON file, read field by field; an error names the file and the field."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lifecycle_error import LifecycleError


class JsonObject:
    """An object of a JSON file."""

    def __init__(self, value: object, place: str, separator: str = ".") -> None:
        if not isinstance(value, dict):
            raise LifecycleError(f"{place} is not an object")
        self._fields = value
        self._prefix = place + separator

    @classmethod
    def read(cls, path: Path) -> JsonObject:
        """The object that a file consists of."""
        try:
            value = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
        except OSError as error:
            raise LifecycleError(f"{path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise LifecycleError(f"{path} is not JSON: {error}") from error
        return cls(value, str(path), separator=": ")

    def refuse_all_but(self, *keys: str) -> None:
        """A key that nobody reads is a slip of the pen."""
        unknown = sorted(set(self._fields) - set(keys))
        if unknown:
            raise LifecycleError(
                f"{self._prefix}{unknown[0]} is not known here, only {', '.join(keys)}"
            )

    def has(self, key: str) -> bool:
        """Whether a field is there, and neither null nor empty."""
        return bool(self._fields.get(key))

    def require(self, key: str) -> None:
        """A list that must be there, even if it is empty."""
        if not isinstance(self._fields.get(key), list):
            raise self.wrong(key, "a list")

    def text(self, key: str, pattern: str) -> str:
        """A field that must be a string of a pattern; see `patterns.py`."""
        value = self._fields.get(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a text")
        if not re.fullmatch(pattern, value):
            raise self.wrong(key, f"a text like {pattern}")
        return value

    def optional_text(self, key: str, pattern: str) -> str | None:
        """The same, or None for a field that is absent, null or empty."""
        return self.text(key, pattern) if self.has(key) else None

    def texts(self, key: str, pattern: str) -> list[str]:
        """A field that must be a list of strings of a pattern. Defaults to an empty list."""
        values = self._fields.get(key)
        if values is None:
            return []
        if not isinstance(values, list) or not all(
            isinstance(value, str) and value for value in values
        ):
            raise self.wrong(key, "a list of texts")
        if not all(re.fullmatch(pattern, value) for value in values):
            raise self.wrong(key, f"a list of texts like {pattern}")
        return values

    def number(self, key: str, default: int | None = None) -> int:
        """A field that has to be a whole number."""
        value = self._fields.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number")
        return value

    def number_within(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A field that must be a whole number in a range."""
        value = self.number(key, default)
        if not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        """A field that has to be true or false; absent or null it is false."""
        value = self._fields.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return bool(value)

    def optional_object(self, key: str) -> JsonObject | None:
        """A field that has to be an object, even an empty one; None if it is absent or null."""
        value = self._fields.get(key)
        return None if value is None else JsonObject(value, self._prefix + key)

    def objects(self, key: str) -> list[JsonObject]:
        """A field that has to be a list of objects."""
        values = self._fields.get(key)
        if not isinstance(values, list):
            raise self.wrong(key, "a list")
        return [
            JsonObject(value, f"{self._prefix}{key}[{index}]") for index, value in enumerate(values)
        ]

    def optional_objects(self, key: str) -> list[JsonObject]:
        """The same, or no objects for a field that is absent, null or empty."""
        return self.objects(key) if self.has(key) else []

    def wrong(self, key: str, expected: str) -> LifecycleError:
        """An error that names what a field must be."""
        value = self._fields.get(key)
        found = "is missing" if value is None else f"is {json.dumps(value)}"
        return LifecycleError(f"{self._prefix}{key} {found}, but has to be {expected}")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without repeated keys, of which readers would use one or the other."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"the key {json.dumps(twice[0])} is specified twice")
    return fields
