"""Where reports point to: the documentation of the project, or else the guide of HyperPod."""

import importlib.metadata
from email.message import Message

import pytest

from hyperpod_constructs.checks.package_version import documentation_url


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ((), "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod.html"),
        (("Homepage, https://example.com/x/",), "https://example.com/x/docs/rules.md#vpc"),
    ],
)
def test_documentation_url(
    urls: tuple[str, ...], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = Message()
    for url in urls:
        metadata["Project-URL"] = url
    monkeypatch.setattr(importlib.metadata, "metadata", lambda _: metadata)

    assert documentation_url("docs/rules.md", "vpc") == expected
