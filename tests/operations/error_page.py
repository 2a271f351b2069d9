"""Writes docs/command-errors.md, the codes of errors: `python -m tests.operations.error_page`."""

from hyperpod_constructs.model.command_error import ErrorCode
from tests.synth import ROOT

PAGE = ROOT / "docs" / "command-errors.md"
_HEAD = """# Errors of commands

A command that cannot continue prints one line to standard error, with a code at its end, and its exit status is 2.
Codes are stable across releases, so that scripts can rely on them. `hyperpod-constructs explain` prints the meaning
of a code, as it does for [rules](rules.md) and [preflight checks](preflight.md).

<!-- written by `python -m tests.operations.error_page` -->

| Code | Meaning |
|---|---|
"""


def text() -> str:
    """The page."""
    return _HEAD + "".join(f"| `{each}` | {each.meaning} |\n" for each in ErrorCode)


def main() -> None:
    """Writes the page."""
    PAGE.write_text(text())


if __name__ == "__main__":
    main()
