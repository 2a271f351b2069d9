"""The AWS query protocol: form fields in, XML out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET


def parse(form: Mapping[str, str]) -> dict[str, Any]:
    """The members of a request: `Tags.member.1.Key=a` is `{"Tags": [{"Key": "a"}]}`."""
    tree: dict[str, Any] = {}
    for path, value in form.items():
        *parents, last = path.split(".")
        node = tree
        for name in parents:
            node = node.setdefault(name, {})
        node[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"}:
        members = node["member"]
        return [_lists(members[index]) for index in sorted(members, key=int)]
    return {name: _lists(value) for name, value in node.items()}


def answer(action: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a successful answer."""
    root = ET.Element(
        f"{action}Response", xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"
    )
    _append(root, f"{action}Result", result)
    _append(root, "ResponseMetadata", {"RequestId": request_id})
    return bytes(ET.tostring(root, encoding="utf-8"))


def error(code: str, message: str, request_id: str) -> bytes:
    """The body of an answer that refuses."""
    root = ET.Element("ErrorResponse", xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/")
    _append(root, "Error", {"Type": "Sender", "Code": code, "Message": message})
    _append(root, "RequestId", request_id)
    return bytes(ET.tostring(root, encoding="utf-8"))


def ec2_error(code: str, message: str, request_id: str) -> bytes:
    """The body of an answer of EC2 that refuses."""
    root = ET.Element("Response")
    errors = ET.SubElement(root, "Errors")
    _append(errors, "Error", {"Code": code, "Message": message})
    _append(root, "RequestID", request_id)
    return bytes(ET.tostring(root, encoding="utf-8"))


def s3_error(code: str, message: str, request_id: str) -> bytes:
    """The body of an answer of S3 that refuses."""
    root = ET.Element("Error")
    for name, value in (("Code", code), ("Message", message), ("RequestId", request_id)):
        _append(root, name, value)
    return bytes(ET.tostring(root, encoding="utf-8"))


def _append(parent: ET.Element, name: str, value: Any) -> None:
    if value is None:
        return
    element = ET.SubElement(parent, name)
    match value:
        case Mapping():
            for key, item in value.items():
                _append(element, str(key), item)
        case list() | tuple():
            for item in value:
                _append(element, "member", item)
        case bool():
            element.text = str(value).lower()
        case datetime():
            element.text = value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            element.text = str(value)
