"""Objects of a JSON file, read field by field; an error names the file and the field."""

from __future__ import annotations

import json
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
            value = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise LifecycleError(f"{path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise LifecycleError(f"{path} is not JSON: {error}") from error
        return cls(value, str(path), separator=": ")

    def has(self, key: str) -> bool:
        """Whether a field is there, and neither null nor empty."""
        return bool(self._fields.get(key))

    def text(self, key: str) -> str:
        """A field that has to be a text with at least one character."""
        value = self._fields.get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a text")
        return value

    def optional_text(self, key: str) -> str | None:
        """The same, or None for a field that is absent, null or empty."""
        return self.text(key) if self.has(key) else None

    def objects(self, key: str) -> list[JsonObject]:
        """A field that has to be a list of objects."""
        values = self._fields.get(key)
        if not isinstance(values, list):
            raise self._wrong(key, "a list")
        return [
            JsonObject(value, f"{self._prefix}{key}[{index}]") for index, value in enumerate(values)
        ]

    def optional_objects(self, key: str) -> list[JsonObject]:
        """The same, or no objects for a field that is absent, null or empty."""
        return self.objects(key) if self.has(key) else []

    def _wrong(self, key: str, expected: str) -> LifecycleError:
        value = self._fields.get(key)
        found = "is missing" if value is None else f"is {json.dumps(value)}"
        return LifecycleError(f"{self._prefix}{key} {found}, but has to be {expected}")
