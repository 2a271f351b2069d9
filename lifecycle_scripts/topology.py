"""Whether the topology that HyperPod sets can be used: it writes the plugin and its files separately."""

from __future__ import annotations

import re
from pathlib import Path

from node_files import write_file

CONF = "topology.conf"
YAML = "topology.yaml"
_COMMENT = re.compile(r"#.*")
_OF_PARTITION = re.compile(r"^(\s*PartitionName\s*=.*?)\s+Topology=\S+", re.IGNORECASE)
_PARTITION = re.compile(r"^\s*PartitionName\s*=.*?\sNodes=(\S+)", re.IGNORECASE | re.MULTILINE)


def fault_of(plugin: str, slurm_conf: Path) -> str:
    """Why slurmctld would not start with a topology, or refuse jobs; empty if it can be used."""
    if plugin.rpartition("/")[2].lower() not in ("tree", "block"):
        return ""
    folder = slurm_conf.parent
    if (folder / YAML).exists():
        return ""
    file = folder / CONF
    if not file.is_file():
        return f"{CONF} is missing"
    text = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    if not text.strip():
        return f"{CONF} is empty"
    # A list in brackets, which HyperPod does not write, is not judged.
    if "[" in text:
        return ""
    known = set(re.split(r"[=,\s]+", text))
    listed = ",".join(_PARTITION.findall(slurm_conf.read_text(encoding="utf-8"))).split(",")
    missing = [name for name in listed if name and name != "ALL" and name not in known]
    return f"{CONF} lacks {missing[0]}" if missing and "[" not in missing[0] else ""


def remove_empty_yaml(slurm_conf: Path) -> bool:
    """Takes an empty topology.yaml away, and the words of partitions that refer to it.

    slurmctld 25.11 ends with both. HyperPod writes the file again when it knows a topology.
    """
    file = slurm_conf.with_name(YAML)
    if not file.is_file():
        return False
    if _COMMENT.sub("", file.read_text(encoding="utf-8")).strip() not in ("", "---", "[]", "{}"):
        return False
    before = slurm_conf.read_text(encoding="utf-8")
    after = "".join(_OF_PARTITION.sub(r"\1", line) for line in before.splitlines(keepends=True))
    if after != before:
        write_file(slurm_conf, after)
    file.replace(file.with_name(f"{YAML}.empty"))
    print(f"{YAML} is empty, with which slurmctld ends; it is now {YAML}.empty")  # noqa: T201
    return True
