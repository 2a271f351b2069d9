"""JSON and YAML files, with the line number of every value."""

import codecs
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.command_error import CommandError, ErrorCode
from hyperpod_constructs.schema.paths import PropertyPath

from .other_shapes import other_shape

STANDARD_INPUT = Path("-")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SOURCE_CODE = {
    ".tf": "a configuration of Terraform; run terraform show -json PLAN > plan.json",
    **dict.fromkeys(
        (".py", ".ts", ".js", ".java", ".cs", ".go"),
        "source code; for a CDK app, run cdk synth, and specify the directory cdk.out",
    ),
}
_MOST_DIGITS = 40
_DEEPEST = 200
_FindLines = Callable[[str], Mapping[PropertyPath, int]]


class UnreadableError(CommandError):
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
    find_lines: _FindLines

    def line(self, place: PropertyPath) -> int:
        """Line number of a value, or of the nearest enclosing one."""
        while place not in self._lines and place:
            place = place[:-1]
        return self._lines.get(place, 1)

    def repeated_keys(self) -> Sequence[PropertyPath]:
        """Paths of the keys that an object has twice. Those of YAML are invalid."""
        if self.find_lines is not _json_lines or not _has_repeated_key(self.text):
            return ()
        return _scan_json(self.text)[1]

    @cached_property
    def _lines(self) -> Mapping[PropertyPath, int]:
        try:
            return self.find_lines(self.text)
        except RecursionError:
            return {}


def read_document(path: Path) -> Document:
    """Reads a JSON file or, if PyYAML is installed, a YAML file; `-` is standard input.

    Raises:
        UnreadableError: If the file does not exist or cannot be parsed.
    """
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except OSError as error:
        raise UnreadableError(ErrorCode.FILE_UNREADABLE, f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(
            ErrorCode.FILE_UNREADABLE,
            f"{path}: is not valid UTF-8 ({error.reason}); save it as JSON or YAML in UTF-8",
        ) from error
    if path.suffix in _SOURCE_CODE:
        raise UnreadableError(ErrorCode.FILE_CONTENT, f"{path}: is {_SOURCE_CODE[path.suffix]}")
    is_yaml = path.suffix.lower() in (".yaml", ".yml")
    return Document(path, text, *_parsed(str(path), text, is_yaml=is_yaml))


def parse(name: str, text: str) -> Any:
    """Parses a JSON or YAML text.

    Raises:
        UnreadableError: If it cannot be parsed.
    """
    return _parsed(name, text, is_yaml=False)[0]


def _parsed(name: str, text: str, *, is_yaml: bool) -> tuple[Any, _FindLines]:
    """The content of a text, and the function that returns the line number of each value."""
    try:
        if not is_yaml and text.lstrip()[:1] in ("{", "[", ""):
            parsed: tuple[Any, _FindLines] = _read_json(name, text), _json_lines
        else:
            parsed = _read_yaml(name, text)
        _check_depth(parsed[0])
    except RecursionError as error:
        raise UnreadableError(
            ErrorCode.FILE_UNREADABLE,
            f"{name}: exceeds the supported nesting depth; verify how it was created",
        ) from error
    return parsed


def _check_depth(data: Any) -> None:
    """Rejects levels of nesting that no template has, and that recursive functions cannot follow.

    Raises:
        RecursionError: If there are too many levels.
    """
    level = [data]
    for _ in range(_DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise RecursionError


def _read_json(name: str, text: str) -> Any:
    try:
        return json.loads(
            text, parse_int=_whole_number, parse_float=_number, parse_constant=_constant
        )
    except ValueError as error:
        raise UnreadableError(
            ErrorCode.FILE_UNREADABLE, f"{name}: is not valid JSON: {error}"
        ) from error


def _read_yaml(name: str, text: str) -> tuple[Any, _FindLines]:
    try:
        from .cloudformation_yaml import (  # noqa: PLC0415
            SeveralDocumentsError,
            read_yaml,
            yaml_lines,
        )
    except ImportError as error:
        raise UnreadableError(
            ErrorCode.EXTRA_MISSING,
            f"{name}: YAML requires PyYAML, which is not installed; pip install "
            "'hyperpod-constructs[yaml]'",
        ) from error
    try:
        return read_yaml(text), yaml_lines
    except SeveralDocumentsError as error:
        shape = next(filter(None, map(other_shape, error.documents)), None)
        raise UnreadableError(
            ErrorCode.FILE_CONTENT,
            f"{name}: {shape or 'contains several YAML documents; specify a file with one'}",
        ) from error
    except ValueError as error:
        raise UnreadableError(
            ErrorCode.FILE_UNREADABLE, f"{name}: is not valid YAML: {error}"
        ) from error


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"{digits[:_MOST_DIGITS]}… is a number of {len(digits)} digits")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:_MOST_DIGITS]} is too large for a number")
    return number


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _has_repeated_key(text: str) -> bool:
    found: list[bool] = []

    def read(pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) < len(pairs):
            found.append(True)

    json.loads(text, object_pairs_hook=read)
    return bool(found)


def _json_lines(text: str) -> dict[PropertyPath, int]:
    """Line number of each value of a valid JSON text."""
    return _scan_json(text)[0]


def _scan_json(text: str) -> tuple[dict[PropertyPath, int], list[PropertyPath]]:
    """Line number of each value of a valid JSON text, and the keys that an object has twice."""
    lines: dict[PropertyPath, int] = {}
    repeated: list[PropertyPath] = []
    words = _words_and_lines(text)

    def value(word: str, line: int, place: PropertyPath) -> None:
        if place in lines and not any(place[: len(each)] == each for each in repeated):
            repeated.append(place)
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
    return lines, repeated


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
