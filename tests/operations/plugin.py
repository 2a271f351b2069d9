"""Replaces session-manager-plugin in tests: validates its six arguments, and runs the command.

It runs here, or on the machine of the target, with the command line that the file PLUGIN_MACHINES has for
it. It calls the operations in PLUGIN_CALLS as the plug-in does: ResumeSession when a connection is lost, and
TerminateSession at the end. The agent of Systems Manager splits a non-interactive command into words, and starts the first one without a
shell. Faults come from files in the folder PLUGIN_FAULTS: each session takes one, and prints its text
instead.

Sources: https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/session/shell/shell_unix.go and
https://github.com/aws/session-manager-plugin/blob/mainline/src/sessionmanagerplugin/session/sessionhandler.go
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"


def main() -> int:
    """Acts as a plug-in of the version PLUGIN_VERSION."""
    version = os.environ.get("PLUGIN_VERSION", "1.2.764.0")
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"{version}\n")
        return 0
    response, region, operation, profile, request, endpoint = sys.argv[1:]
    if version != "1.2.497.0":
        assert response == VARIABLE
        response = os.environ[VARIABLE]
    answer, asked = json.loads(response), json.loads(request)
    assert list(answer) == ["SessionId", "TokenValue", "StreamUrl"]
    assert answer["TokenValue"] == f"token-of-{answer['SessionId']}"
    assert (region, operation) == ("us-west-2", "StartSession")
    assert re.fullmatch(r"sagemaker-cluster:[a-z0-9]{12}_.+-i-[0-9a-f]{17}", asked["Target"])
    assert endpoint.startswith("http://localhost:")
    with Path(os.environ["PLUGIN_LOG"]).open("a") as log:
        log.write(json.dumps({"argv": sys.argv, "profile": profile, "asked": asked}) + "\n")
    return session(answer["SessionId"], asked)


def session(session_id: str, asked: dict[str, Any]) -> int:
    """Prints what the plug-in prints."""
    sys.stdout.write(f"\nStarting session with SessionId: {session_id}\n")
    sys.stdout.flush()
    for fault in sorted(Path(os.environ["PLUGIN_FAULTS"]).iterdir()):
        try:
            text = fault.read_text()
            fault.unlink()
        except FileNotFoundError:
            continue
        sys.stdout.write(text)
        return 0
    for operation in os.environ.get("PLUGIN_CALLS", "").split():
        if reason := refused(operation, session_id):
            sys.stderr.write(f"{reason}\n")
            return 1
    machines = json.loads(Path(os.environ.get("PLUGIN_MACHINES", os.devnull)).read_text() or "{}")
    parameters = asked.get("Parameters")
    words = (
        shlex.split(parameters["command"][0], comments=True) if isinstance(parameters, dict) else []
    )
    command = [*machines.get(asked["Target"], []), *(words or ["sh"])]
    try:
        with subprocess.Popen(command, start_new_session=True) as process:
            signal.signal(signal.SIGTERM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
    except OSError as error:
        sys.stdout.write(f"{command[0]}: {error.strerror}\n")
    sys.stdout.write(f"\n\nExiting session with sessionId: {session_id}.\n\n")
    return 0


def refused(operation: str, session_id: str) -> str:
    """Why Systems Manager refuses an operation on a session, if it does."""
    import boto3
    from botocore.exceptions import ClientError

    try:
        getattr(boto3.client("ssm"), operation)(SessionId=session_id)
    except ClientError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main())
