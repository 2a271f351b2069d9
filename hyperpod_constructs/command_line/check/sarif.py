"""Findings in the format of code scanning services: SARIF 2.1.0.

Sources: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from hyperpod_constructs.checks.package_version import PACKAGE, documentation_url, package_version

from .report import Reported


def sarif_log(found: Iterable[Reported]) -> dict[str, Any]:
    """Creates a log of one run with a result for each problem."""
    found = list(found)
    by_code = {each.problem.code: each for each in reversed(found)}
    codes = sorted(by_code)
    indexes = {code: index for index, code in enumerate(codes)}
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": PACKAGE,
                        "semanticVersion": package_version(),
                        "rules": [_rule(by_code[code]) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, indexes[each.problem.code]) for each in found],
            }
        ],
    }


def _rule(example: "Reported") -> dict[str, Any]:
    problem = example.problem
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", problem.code).capitalize()
    return {
        "id": problem.code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title} of a SageMaker HyperPod cluster"},
        "helpUri": documentation_url("docs/rules.md", problem.code.lower()),
        "help": {
            "text": "The message of each result contains the fix. The rule, with an example and its "
            f"source: python -m hyperpod_constructs explain {problem.code}"
        },
        "defaultConfiguration": {"level": str(problem.severity)},
    }


def _result(found: "Reported", rule_index: int) -> dict[str, Any]:
    identity = f"{found.file.as_posix()}\n{found.place}\n{found.problem.code}"
    return {
        "ruleId": found.problem.code,
        "ruleIndex": rule_index,
        "level": str(found.problem.severity),
        "message": {"text": f"{found.place}: {found.text}".removeprefix(": ")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(found)},
                    "region": {"startLine": found.line},
                },
                "logicalLocations": [{"fullyQualifiedName": found.place or found.file.name}],
            }
        ],
        "partialFingerprints": {
            "placeAndRule/v1": hashlib.sha256(identity.encode()).hexdigest(),
        },
    }


def _uri(found: "Reported") -> str:
    return found.file.as_uri() if found.file.is_absolute() else quote(found.file.as_posix())
