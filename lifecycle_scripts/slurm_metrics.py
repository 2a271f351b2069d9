"""What Slurm knows of nodes, processors, GPUs, jobs, accounting and scheduling, as Prometheus reads it.

There are as many numbers as there are partitions, states and accounts. No text of users makes more: accounts
with few jobs are one, jobs are not told apart, and names are cut and escaped.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Iterator

PATH = "/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin"
TIMEOUT_SECONDS = 20
CONFIGURATION_SECONDS = 300
# How often Slurm advises to ask for its own metrics at most.
OWN_METRICS_SECONDS = 60
OWN_METRICS_TIMEOUT = 5
MOST_OWN_BYTES = 65536
MOST_ACCOUNTS = 50
MOST_NODES = 100
MOST_CHARACTERS = 100
OTHER = "other"

HELP = {
    "slurm_up": "Whether slurmctld answers.",
    "slurm_cluster_nodes": "Nodes in a state, each once.",
    "slurm_nodes": "Nodes of a partition in a state.",
    "slurm_node_unavailable": "A node that accepts no jobs, and why. At most 100 nodes.",
    "slurm_jobs": "Jobs of a partition in a state.",
    "slurm_oldest_pending_job_seconds": "Age of the oldest job of a partition that waits to be scheduled.",
    "slurm_account_jobs": "Jobs of an account in a state. Accounts beyond 50 are one.",
    "slurm_account_gpus": "GPUs of the running jobs of an account.",
    "slurm_cpus": "Processors in a state.",
    "slurm_gpus": "GPUs in a state.",
    "slurm_partition_gpus": "GPUs of the nodes of a partition in a state.",
    "slurm_slurmdbd_up": "Whether slurmdbd and its database answer.",
    "slurm_slurmdbd_queue_length": "Records that slurmctld holds for slurmdbd.",
    "slurm_slurmctld_threads": "Threads of slurmctld that answer requests.",
    "slurm_scheduler_cycle_seconds": "Duration of a cycle of a scheduler.",
    "slurm_scheduler_queue_length": "Jobs in the last cycle of a scheduler.",
}
SCHEDULERS = {"Main schedule statistics": "main", "Backfilling stats": "backfill"}
DIAGNOSTICS = {
    "Server thread count": "slurm_slurmctld_threads",
    "DBD Agent queue size": "slurm_slurmdbd_queue_length",
}
# What Slurm's own metrics are here: scheduler, statistic.
OWN_CYCLES = {
    "slurm_schedule_cycle_last": ("main", "last"),
    "slurm_schedule_cycle_max": ("main", "max"),
    "slurm_sched_mean_cycle": ("main", "mean"),
    "slurm_bf_cycle_last": ("backfill", "last"),
    "slurm_bf_cycle_max": ("backfill", "max"),
    "slurm_bf_mean_cycle": ("backfill", "mean"),
}
OWN_DIAGNOSTICS = {
    "slurm_server_thread_cnt": "slurm_slurmctld_threads",
    "slurm_slurmdbd_queue_size": "slurm_slurmdbd_queue_length",
}
OWN_QUEUES = {"slurm_schedule_queue_len": "main", "slurm_bf_queue_len": "backfill"}
ACCEPTING = ("allocated", "completing", "idle", "mixed", "planned", "reserved")
# What jobs wait for besides their turn.
HELD = ("BeginTime", "Dependency", "DependencyNeverSatisfied", "JobHeldAdmin", "JobHeldUser")
JOB_STATES = (
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "COMPLETING", "CONFIGURING", "DEADLINE", "FAILED"),
    *("NODE_FAIL", "OUT_OF_MEMORY", "PENDING", "PREEMPTED", "REQUEUED", "REQUEUE_FED"),
    *("REQUEUE_HOLD", "RESIZING", "REVOKED", "RUNNING", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT"),
    *("STOPPED", "SUSPENDED", "TIMEOUT"),
)
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
NODE_FIELDS = ("NodeList", "Partition", "StateLong", "CPUsState", "Gres", "GresUsed", "Reason")
JOB_FIELDS = ("Partition", "State", "Reason", "SubmitTime", "tres-alloc", "Account")


@dataclass(frozen=True, order=True)
class Series:
    """A metric with its labels."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()


class SlurmMetrics:
    """The metrics of a cluster, whose name is their first label."""

    def __init__(self, cluster: str) -> None:
        self._cluster = (("cluster", cluster),)
        self._configuration: dict[str, str] = {}
        self._configured_until = 0.0
        self._own: dict[str, float] = {}
        self._own_until = 0.0

    def exposition(self) -> str:
        """The text. If slurmctld does not answer, it says so, and whether slurmdbd does."""
        try:
            self._read_configuration()
            found, own = self._ask_slurmctld()
        except (OSError, ValueError, subprocess.SubprocessError):
            found, own = defaultdict(float, {Series("slurm_up"): 0}), {}
        if self._configuration.get("AccountingStorageType", "").endswith("/slurmdbd"):
            found[Series("slurm_slurmdbd_up")] = int(slurmdbd_answers())
        return "\n".join([*self._lines(found), *self._own_lines(own), ""])

    def _read_configuration(self) -> None:
        if time.monotonic() >= self._configured_until:
            pairs = (line.partition("=") for line in lines("scontrol", "show", "config"))
            self._configuration = {name.strip(): value.strip() for name, _, value in pairs}
            self._configured_until = time.monotonic() + CONFIGURATION_SECONDS

    def _ask_slurmctld(self) -> tuple[defaultdict[Series, float], dict[str, float]]:
        found: defaultdict[Series, float] = defaultdict(float, {Series("slurm_up"): 1})
        add_nodes(found)
        add_jobs(found)
        if self._configuration.get("MetricsType") != "metrics/openmetrics":
            add_scheduling(found)
            return found, {}
        if time.monotonic() >= self._own_until:
            self._own = own_metrics(int(self._configuration["SlurmctldPort"].split("-")[0]))
            self._own_until = time.monotonic() + OWN_METRICS_SECONDS
        add_own(found, self._own)
        return found, self._own

    def _own_lines(self, own: dict[str, float]) -> Iterator[str]:
        for name, value in own.items():
            labels = ",".join(f'{label}="{escaped(text)}"' for label, text in self._cluster)
            yield f"# HELP {name} As Slurm measures it."
            yield f"# TYPE {name} gauge"
            yield f"{name}{{{labels}}} {value:.12g}"

    def _lines(self, found: defaultdict[Series, float]) -> Iterator[str]:
        for name, text in HELP.items():
            named = sorted(series for series in found if series.name == name)
            if named:
                yield f"# HELP {name} {text}"
                yield f"# TYPE {name} gauge"
            for series in named:
                labels = (*self._cluster, *series.labels)
                pairs = ",".join(f'{label}="{escaped(value)}"' for label, value in labels)
                yield f"{name}{{{pairs}}} {found[series]:.12g}"


def escaped(value: str) -> str:
    """The value of a label, as the format writes it."""
    if len(value) > MOST_CHARACTERS:
        value = f"{value[: MOST_CHARACTERS - 3]}..."
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def series(name: str, **labels: str) -> Series:
    """A metric with its labels."""
    return Series(name, tuple(labels.items()))


def add_nodes(found: defaultdict[Series, float]) -> None:
    """Adds nodes and what they have. A node has a row for each of its partitions."""
    known: set[str] = set()
    unavailable = 0
    for row in rows(("sinfo", "--all", "--noheader", "--Node"), NODE_FIELDS):
        node, partition, long_state, cpus, total, used, reason = row
        partition, state = partition.rstrip("*"), long_state.rstrip("*~#!%$@^-").lower()
        numbers = {"total": gpus(total), "allocated": gpus(used)}
        found[series("slurm_nodes", partition=partition, state=state)] += 1
        for kind, number in numbers.items() if numbers["total"] else ():
            found[series("slurm_partition_gpus", partition=partition, state=kind)] += number
        if node in known:
            continue
        known.add(node)
        found[series("slurm_cluster_nodes", state=state)] += 1
        if state not in ACCEPTING and unavailable < MOST_NODES:
            unavailable += 1
            found[series("slurm_node_unavailable", node=node, state=state, reason=reason)] = 1
        for kind, count in zip(("allocated", "idle", "other", "total"), cpus.split("/")):
            found[series("slurm_cpus", state=kind)] += int(count)
        for kind, number in numbers.items():
            found[series("slurm_gpus", state=kind)] += number


def add_jobs(found: defaultdict[Series, float]) -> None:
    """Adds jobs. A job that waits for several partitions is one of the first.

    Who submits a job chooses its account, so a row may be no row, and is no reason to say nothing.
    """
    partitions = {label for key in found for name, label in key.labels if name == "partition"}
    oldest: dict[str, str] = {}
    jobs = []
    for row in rows(("squeue", "--all", "--noheader"), JOB_FIELDS):
        if len(row) != len(JOB_FIELDS):
            continue
        listed, long_state, reason, submitted, tres, account = row
        first = listed.split(",")[0]
        partition = first if first in partitions else OTHER
        state = long_state.lower() if long_state in JOB_STATES else OTHER
        jobs.append((state, tres, account))
        found[series("slurm_jobs", partition=partition, state=state)] += 1
        if state == "pending" and reason not in HELD and re.fullmatch(TIME, submitted):
            oldest[partition] = min(submitted, oldest.get(partition, submitted))
    most = Counter(account for _, _, account in jobs).most_common(MOST_ACCOUNTS)
    accounts = {account for account, _ in most}
    for state, tres, account in jobs:
        name = account if account in accounts else OTHER
        found[series("slurm_account_jobs", account=name, state=state)] += 1
        if state == "running":
            found[series("slurm_account_gpus", account=name)] += gpus_of_job(tres)
    now = time.time()
    for partition, submitted in oldest.items():
        begin = time.mktime(time.strptime(submitted, "%Y-%m-%dT%H:%M:%S"))
        age = max(0, int(now - begin))
        found[series("slurm_oldest_pending_job_seconds", partition=partition)] = age


def add_scheduling(found: defaultdict[Series, float]) -> None:
    """Adds how long slurmctld takes, and what waits for it."""
    scheduler = ""
    for line in lines("sdiag"):
        name, _, value = (part.strip() for part in line.partition(":"))
        if not line.startswith("\t"):
            scheduler = SCHEDULERS.get(re.sub(r" \(.*", "", name), "")
        words = name.lower().split()
        if name in DIAGNOSTICS:
            found[Series(DIAGNOSTICS[name])] = int(value)
        elif scheduler and words[1:] == ["cycle"]:
            key = series("slurm_scheduler_cycle_seconds", scheduler=scheduler, statistic=words[0])
            found[key] = int(value) / 1e6
        elif scheduler and name == "Last queue length":
            found[series("slurm_scheduler_queue_length", scheduler=scheduler)] = int(value)


def add_own(found: defaultdict[Series, float], own: dict[str, float]) -> None:
    """Adds what Slurm says of its schedulers by the names that it has without its own metrics."""
    for name, (scheduler, statistic) in OWN_CYCLES.items():
        if name in own:
            key = series("slurm_scheduler_cycle_seconds", scheduler=scheduler, statistic=statistic)
            found[key] = own[name] / 1e6
    for name, scheduler in OWN_QUEUES.items():
        if name in own:
            found[series("slurm_scheduler_queue_length", scheduler=scheduler)] = own[name]
    for name, metric in OWN_DIAGNOSTICS.items():
        if name in own:
            found[Series(metric)] = own[name]


def own_metrics(port: int) -> dict[str, float]:
    """What Slurm 25.11 and later says of its schedulers, without what is of a single user."""
    connection = HTTPConnection("127.0.0.1", port, timeout=OWN_METRICS_TIMEOUT)
    try:
        connection.request("GET", "/metrics/scheduler")
        answer = connection.getresponse()
        is_there = answer.status == HTTPStatus.OK
        text = answer.read(MOST_OWN_BYTES).decode(errors="replace") if is_there else ""
    except (OSError, HTTPException):
        text = ""
    finally:
        connection.close()
    pairs = re.findall(r"^(slurm_[a-z0-9_]+) ([0-9.]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in pairs}


def slurmdbd_answers() -> bool:
    """Whether slurmdbd reads from its database."""
    try:
        lines("sacctmgr", "--noheader", "--parsable2", "show", "cluster", "format=Cluster")
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def rows(command: tuple[str, ...], fields: tuple[str, ...]) -> Iterator[list[str]]:
    """The rows of a command. What anybody may write is the last field."""
    for line in lines(*command, "--Format", ",".join(f"{field}:|" for field in fields)):
        yield line[:-1].split("|", len(fields) - 1)


def lines(*command: str) -> list[str]:
    """The lines that a command of Slurm prints."""
    return subprocess.run(  # noqa: S603 - arguments stay arguments, since there is no shell
        command,
        env={"PATH": PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        timeout=TIMEOUT_SECONDS,
        check=True,
    ).stdout.split("\n")[:-1]


def gpus(gres: str) -> int:
    """The GPUs in a text such as `gpu:h100:8(S:0-1)` or `gpu:h100:2(IDX:0-1)`."""
    return sum(int(count) for count in re.findall(r"\bgpu(?::[^:,(]+)?:(\d+)", gres))


def gpus_of_job(tres: str) -> int:
    """The GPUs in a text such as `cpu=8,node=1,gres/gpu=8,gres/gpu:h100=8`."""
    return sum(int(count) for count in re.findall(r"\bgres/gpu=(\d+)", tres))
