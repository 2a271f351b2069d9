"""Records of nodes, as the documentation and public reports show them, and others that are like them."""

import json

FAULT = {
    "level": "info",
    "ts": "2026-06-01T17:20:25Z",
    "msg": "NPD caught event: %v",
    "details: ": {
        "severity": "warn",
        "timestamp": "2026-06-01T17:20:24Z",
        "reason": "XidHardwareFailure",
        "message": "Node condition NvidiaErrorReboot is now: True, reason: XidHardwareFailure, "
        'message: "NVRM: Xid (PCI:0000:b9:00): 71"',
    },
    "HealthMonitoringAgentDetectionEvent": "HealthEvent",
}
VIOLATION = {
    "level": "info",
    "ts": "2026-06-01T17:20:25Z",
    "msg": "DCGM Policy Violation found ",
    "condition: ": "XID Error",
    "data: ": {"ErrNum": 79},
    "HealthMonitoringAgentDetectionEvent": "HealthEvent",
}
HARDWARE = "SagemakerHealthMonitoringAgent/gpu/i-0123456789abcdef0"
LIFECYCLE = "LifecycleConfig/gpu/i-0123456789abcdef0"
RECORDS: dict[str, tuple[str, str, str | None]] = {
    "fault": (HARDWARE, json.dumps(FAULT), "HardwareFaults"),
    "violation": (HARDWARE, json.dumps(VIOLATION), "HardwareFaults"),
    "agent starts": (HARDWARE, '{"level":"info","msg":"Starting HealthMonitoringAgent"}', None),
    "agent is well": (HARDWARE, '{"level":"info","msg":"no health event detected"}', None),
    "attempt": (LIFECYCLE, "[SageMaker] Downloading lifecycle scripts", "LifecycleAttempts"),
    "success": (LIFECYCLE, "[SageMaker] The lifecycle scripts succeeded.", "LifecycleSuccesses"),
    "failure": (LIFECYCLE, "[SageMaker] The lifecycle scripts failed.", "LifecycleFailures"),
    "step": (LIFECYCLE, "2026-06-01 17:20:25,000 Step: start_slurmd.sh", None),
    "word": (LIFECYCLE, "The lifecycle scripts failed in another cluster", None),
    "own failure": (LIFECYCLE, "FAILED: mount_lustre.sh ended with status 1: no route", None),
}
"""Streams and messages, each with the metric that counts it."""
