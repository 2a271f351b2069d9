"""JSON and YAML files, with the line number of every value."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hyperpod_constructs.schema.paths import PropertyPath


class UnreadableError(Exception):
    """Raised for a file that cannot be read. The text is one line."""


@dataclass(frozen=True)
class Document:
    """A JSON or YAML file.

    Attributes:
        path: Path of the file.
        text: Text of the file.
        data: Parsed content.
        find_lines: Function that returns the line number of each value.
    """

    path: Path
    text: str
    data: Any
    find_lines: Callable[[str], Mapping[PropertyPath, int]]

    def line(self, place: PropertyPath) -> int:
        """Line number of a value, or of the nearest enclosing one."""
        while place not in self._lines and place:
            place = place[:-1]
        return self._lines.get(place, 1)

    @cached_property
    def _lines(self) -> Mapping[PropertyPath, int]:
        try:
            return self.find_lines(self.text)
        except RecursionError:
            return {}


def read_document(path: Path) -> Document:
    """Reads a JSON file or, if PyYAML is installed, a YAML file.

    Raises:
        UnreadableError: If the file does not exist or cannot be parsed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{path}: is not valid UTF-8 ({error.reason})") from error
    if path.suffix.lower() not in (".yaml", ".yml") and text.lstrip()[:1] in ("{", "[", ""):
        try:
            return Document(path, text, json.loads(text), _json_lines)
        except ValueError as error:
            raise UnreadableError(f"{path}: is not valid JSON: {error}") from error
        except RecursionError as error:
            raise _too_deep(path) from error
    try:
        from .cloudformation_yaml import read_yaml, yaml_lines  # noqa: PLC0415
    except ImportError as error:
        raise UnreadableError(
            f"{path}: YAML requires PyYAML, which is not installed; pip install "
            "'hyperpod-constructs[yaml]'"
        ) from error
    try:
        return Document(path, text, read_yaml(text), yaml_lines)
    except ValueError as error:
        raise UnreadableError(f"{path}: is not valid YAML: {error}") from error
    except RecursionError as error:
        raise _too_deep(path) from error


def _too_deep(path: Path) -> UnreadableError:
    return UnreadableError(
        f"{path}: exceeds the supported nesting depth; verify how it was created"
    )


_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _json_lines(text: str) -> dict[PropertyPath, int]:
    """Line number of each value of a valid JSON text."""
    lines: dict[PropertyPath, int] = {}
    words = _words_and_lines(text)

    def value(word: str, line: int, place: PropertyPath) -> None:
        lines[place] = line
        index = 0
        if word == "{":
            for key, line_of_key in _until("}", words):
                next(words)
                first, _ = next(words)
                value(first, line_of_key, (*place, json.loads(key)))
        elif word == "[":
            for first, line_of_entry in _until("]", words):
                value(first, line_of_entry, (*place, index))
                index += 1

    value(*next(words), ())
    return lines


def _until(closing: str, words: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for word, line in words:
        if word == closing:
            return
        if word != ",":
            yield word, line


def _words_and_lines(text: str) -> Iterator[tuple[str, int]]:
    line, end = 1, 0
    for match in _WORD.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        yield match.group(), line
