"""The command line in a process that has its modules imported; `live` forks it for each command."""

import importlib
import sys

from hyperpod_constructs.__main__ import main

IMPORTED_BY_COMMANDS = ("boto3", "botocore.client", "rich.console", "rich.live", "rich.table")

if __name__ == "__main__":
    sys.exit(main())

for each in IMPORTED_BY_COMMANDS:
    importlib.import_module(each)
