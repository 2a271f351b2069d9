"""Calls a handler as Lambda does: `run.py FOLDER MODULE.FUNCTION`, the event on standard input."""

import importlib
import json
import sys
from types import SimpleNamespace


def main() -> None:
    folder, handler = sys.argv[1:]
    sys.path.insert(0, folder)
    module, _, function = handler.rpartition(".")
    context = SimpleNamespace(log_stream_name="emulator", aws_request_id="emulator")
    getattr(importlib.import_module(module), function)(json.load(sys.stdin), context)


if __name__ == "__main__":
    main()
