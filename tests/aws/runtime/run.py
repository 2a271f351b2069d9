"""Calls a handler as Lambda does: `run.py FOLDER MODULE.FUNCTION`, the event on standard input."""

import importlib
import json
import sys
from types import SimpleNamespace

folder, handler = sys.argv[1:]
sys.path.insert(0, folder)
module, _, function = handler.rpartition(".")
called = getattr(importlib.import_module(module), function)

if __name__ == "__main__":
    context = SimpleNamespace(log_stream_name="emulator", aws_request_id="emulator")
    called(json.load(sys.stdin), context)
