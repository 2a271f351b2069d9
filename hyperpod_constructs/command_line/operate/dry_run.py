"""What a command for a cluster would do."""

import argparse
from typing import Any

from .printing import print_json, say


def print_dry_run(options: argparse.Namespace, text: str, **details: Any) -> None:
    """Prints what would be done, as a sentence or with `--json` as JSON.

    Args:
        options: Options of the command.
        text: The sentence.
        details: What the JSON contains in addition to the sentence.
    """
    if options.json:
        print_json({"DryRun": True, **details, "Message": text})
    else:
        say(f"Dry run: {text}")
