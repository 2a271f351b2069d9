"""Backups of the accounting database: objects of one prefix, and what this controller knows of them.

A database that begins has an object of its own, which only grows. So neither a controller that begins
without records nor one that has been replaced and still runs overwrites the records of another.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from command import output_of
from node_files import node_path, write_file

FOLDER = "/var/lib/hyperpod_constructs/accounting_backup"
"""Root's alone: what lies here has all that jobs say."""
STATE = f"{FOLDER}/state.json"
SUFFIX = ".sql.gz"


@dataclass(frozen=True)
class Place:
    """A prefix of a bucket."""

    bucket: str
    prefix: str
    region: str

    def uri(self, key: str) -> str:
        """An object as people write it."""
        return f"s3://{self.bucket}/{key}"

    def listed(self) -> list[str]:
        """Keys of the backups, the latest first."""
        text = self._s3(
            "list-objects-v2", "--prefix", f"{self.prefix}/", "--query", "Contents[].Key"
        )
        found = json.loads(text or "null") or []
        return sorted((key for key in found if key.endswith(SUFFIX)), reverse=True)

    def get(self, key: str, path: Path) -> str:
        """Writes an object to a file."""
        return self._s3("get-object", "--key", key, str(path))

    def put(self, key: str, path: Path) -> str:
        """Writes a file to an object."""
        return self._s3("put-object", "--key", key, "--body", str(path))

    def _s3(self, operation: str, *arguments: str) -> str:
        return output_of(
            *("aws", "s3api", operation, "--bucket", self.bucket, *arguments),
            *("--region", self.region, "--output", "json"),
        )


@dataclass(frozen=True)
class State:
    """What this controller knows of its database.

    Attributes:
        key: Object of the database; none while records are restored.
        first_job_id: Number that follows those of restored jobs.
        digest: SHA-256 of the last dump.
    """

    key: str | None = None
    first_job_id: int | None = None
    digest: str | None = None

    @classmethod
    def read(cls) -> State | None:
        """The state, if anything is known."""
        path = node_path(STATE)
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def write(self) -> None:
        """Replaces what was known."""
        folder().mkdir(parents=True, exist_ok=True)
        write_file(node_path(STATE), json.dumps(asdict(self)) + "\n", mode=0o600)


def folder() -> Path:
    """Where dumps are for a moment."""
    path = node_path(FOLDER)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path
