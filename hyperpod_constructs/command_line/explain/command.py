"""Command `explain`: the rules of codes, from the table that is generated with docs/rules.md."""

import argparse
import json
import sys
from collections.abc import Mapping
from importlib.resources import files

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.model.likely_word import likely_word

RULES = files(__package__) / "rules.json"
"""The table of the rules."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of the command."""
    parser = commands.add_parser(
        "explain",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Prints the rule of each code: severity, statement, basis, source and example.",
        epilog=f"""examples:
  {PACKAGE} explain ClusterName
  {PACKAGE} explain SubnetAddresses InstanceQuota

exit status: 0, or 2 for a code that does not exist""",
    )
    parser.add_argument("codes", nargs="+", metavar="CODE", help="code of a problem")
    parser.set_defaults(run=explain)


def explain(options: argparse.Namespace) -> int:
    """Prints the rules of the codes.

    Returns:
        Exit status.

    Raises:
        UnreadableError: If a code does not exist.
    """
    rules = json.loads(RULES.read_text(encoding="utf-8")) | _checks() | _errors()
    codes = [_known(code.strip("()"), rules) for code in options.codes]
    sys.stdout.write("\n".join(_text(code, rules[code]) for code in codes))
    return 0


def _checks() -> Mapping[str, Mapping[str, str | None]]:
    """The checks of the command `preflight`."""
    from hyperpod_constructs.operations.preflight.checks import (  # noqa: PLC0415 - this command only
        CHECKS,
    )

    return {
        each.code: {
            "severity": "preflight check",
            "statement": " ".join(each.statement.split()),
            "source": each.source,
            "basis": "AWS page",
            "example": None,
        }
        for each in CHECKS
    }


def _errors() -> Mapping[str, Mapping[str, str | None]]:
    """The errors of commands."""
    return {
        each.value: {
            "severity": "error of a command",
            "statement": each.meaning,
            "source": None,
            "basis": "command line",
            "example": None,
        }
        for each in ErrorCode
    }


def _known(given: str, rules: Mapping[str, object]) -> str:
    codes = {code.lower(): code for code in rules}
    if given.lower() in codes:
        return codes[given.lower()]
    close = likely_word(given.lower(), codes)
    meant = f"; did you mean {codes[close]}?" if close else ""
    raise UnreadableError(ErrorCode.CODE_UNKNOWN, f"{given}: is not a code{meant}")


def _text(name: str, rule: Mapping[str, str | None]) -> str:
    lines = [
        f"{name} ({rule['severity']})",
        rule["statement"],
        f"Basis: {rule['basis']}",
        f"Source: {rule['source']}" if rule["source"] else None,
        f"Example: {rule['example']}" if rule["example"] else None,
    ]
    return "".join(f"{line}\n" for line in lines if line is not None)
