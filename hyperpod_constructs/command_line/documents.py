"""Files of JSON and YAML, with the line of every value."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hyperpod_constructs.schema.paths import PropertyPath


class UnreadableError(Exception):
    """A file that cannot be read, in one line."""


@dataclass(frozen=True)
class Document:
    """What stands in a file.

    Attributes:
        path: The file.
        text: Its text.
        data: Its content.
        find_lines: What finds the lines of its values.
    """

    path: Path
    text: str
    data: Any
    find_lines: Callable[[str], Mapping[PropertyPath, int]]

    def line(self, place: PropertyPath) -> int:
        """The line of a value, or of the nearest one around it."""
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
    """Reads a file of JSON or, where PyYAML is installed, of YAML.

    Raises:
        UnreadableError: If there is no such file, or nothing of the kind in it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{path}: is not UTF-8 text ({error.reason})") from error
    if path.suffix.lower() not in (".yaml", ".yml") and text.lstrip()[:1] in ("{", "[", ""):
        try:
            return Document(path, text, json.loads(text), _json_lines)
        except ValueError as error:
            raise UnreadableError(f"{path}: is not JSON: {error}") from error
        except RecursionError as error:
            raise _too_deep(path) from error
    try:
        from .cloudformation_yaml import read_yaml, yaml_lines  # noqa: PLC0415
    except ImportError as error:
        raise UnreadableError(
            f"{path}: YAML is read with PyYAML, which is not installed; "
            "pip install 'hyperpod-constructs[yaml]'"
        ) from error
    try:
        return Document(path, text, read_yaml(text), yaml_lines)
    except ValueError as error:
        raise UnreadableError(f"{path}: is not YAML: {error}") from error
    except RecursionError as error:
        raise _too_deep(path) from error


def _too_deep(path: Path) -> UnreadableError:
    return UnreadableError(f"{path}: is nested too deeply; check how it was made")


_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _json_lines(text: str) -> dict[PropertyPath, int]:
    """The line of each value of a JSON text that has been read before."""
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
