"""The content of a template, also within the output of `aws cloudformation get-template`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .expectation import expect


def template_content(path: Path) -> Mapping[str, Any]:
    """Reads a template as JSON.

    Raises:
        AssertionError: If the file is not one.
    """
    return template_in(_parsed(path.read_text(encoding="utf-8"), str(path)), str(path))


def template_in(content: Any, name: str) -> Mapping[str, Any]:
    """The template that is the content of a file, or is within it.

    Args:
        content: Content of the file.
        name: Name of the file in messages.

    Raises:
        AssertionError: If it is not an object.
    """
    if isinstance(content, Mapping) and "TemplateBody" in content:
        body, name = content["TemplateBody"], f"{name}: TemplateBody"
        content = _parsed(body, name) if isinstance(body, str) else body
    expect(isinstance(content, Mapping), f"{name}: is not a template")
    template: Mapping[str, Any] = content
    return template


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AssertionError(f"{name}: is not JSON: {error}") from error
