"""Writes docs/preflight.md, the page of the checks: `python -m tests.operations.preflight_page`."""

from collections.abc import Iterator

from hyperpod_constructs.operations.preflight.check import Check
from hyperpod_constructs.operations.preflight.checks import CHECKS
from tests.synth import ROOT

PAGE = ROOT / "docs" / "preflight.md"
_HEAD = """# Preflight checks

What `hyperpod-constructs preflight` checks in an account, by code. Codes are stable across releases. All
checks read only. [Before a deployment](guides/before-deployment.md#preflight) shows how to run them.

Checks apply to resources that exist. What the deployment creates is checked at `cdk synth` by the
[rules](rules.md).

<!-- written by `python -m tests.operations.preflight_page` -->
"""


def text() -> str:
    """The page."""
    return "\n".join([_HEAD, *(line for check in CHECKS for line in _section(check))])


def _section(check: Check) -> Iterator[str]:
    yield f"## {check.code}\n"
    yield f"{check.statement} ([source]({check.source}))\n"
    yield f"Requires {', '.join(f'`{each}`' for each in sorted(set(check.actions)))}.\n"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(text())


if __name__ == "__main__":
    main()
