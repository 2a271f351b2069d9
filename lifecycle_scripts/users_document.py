"""The users of a cluster as they are now: an object of the bucket of the scripts. It is data only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from command import output_of
from guarded_path import SMALL_FILE
from json_object import JsonObject
from lifecycle_error import LifecycleError
from node_files import node_path, write_file
from steps import Group, Refresh, read_users

MOST_USERS = 5000
STATE = "/var/lib/hyperpod_constructs/users_refresh.json"
FETCHED = "/var/lib/hyperpod_constructs/users_document.json"


@dataclass(frozen=True)
class Version:
    """A version of the object. Amazon S3 sets the time, which never falls."""

    etag: str
    written: str

    @property
    def moment(self) -> datetime:
        """When it was written."""
        return datetime.fromisoformat(self.written.replace("Z", "+00:00"))


def latest_version(place: Refresh) -> Version:
    """The version that the bucket has now."""
    found = json.loads(_s3("head-object", place))
    if int(found["ContentLength"]) > SMALL_FILE:
        raise LifecycleError(f"s3://{place.bucket}/{place.key} is larger than {SMALL_FILE} bytes")
    return Version(etag=str(found["ETag"]), written=str(found["LastModified"]))


def applied_version() -> Version | None:
    """The version that this node has applied, if any."""
    path = node_path(STATE)
    if not path.exists():
        return None
    return Version(**json.loads(path.read_text(encoding="utf-8")))


def store_version(version: Version) -> None:
    """Records what this node has applied."""
    text = json.dumps({"etag": version.etag, "written": version.written}) + "\n"
    write_file(node_path(STATE), text, mode=0o600)


def fetch(place: Refresh, version: Version) -> dict[str, Any]:
    """The users and groups of a version.

    Raises:
        LifecycleError: The document is of another cluster, or not valid in any part.
    """
    path = node_path(FETCHED)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _s3("get-object", place, "--if-match", version.etag, str(path))
        return _checked(path, place)
    finally:
        if path.exists():
            path.unlink()


def _checked(path: Path, place: Refresh) -> dict[str, Any]:
    fields = JsonObject.read(path)
    fields.refuse_all_but("cluster", "groups", "users")
    # An object without users is a slip, not a wish to remove all of them.
    for key in ("groups", "users"):
        fields.require(key)
    for group in fields.optional_objects("groups"):
        Group.read(group)
    users = read_users(fields)
    if len(users) > MOST_USERS:
        raise LifecycleError(f"{path}: there are more than {MOST_USERS} users")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content.pop("cluster") != place.cluster:
        raise LifecycleError(f"{path} is not of the cluster {place.cluster}")
    return content


def _s3(operation: str, place: Refresh, *arguments: str) -> str:
    return output_of(
        *("aws", "s3api", operation, "--bucket", place.bucket, "--key", place.key),
        *("--output", "json", *arguments),
    )
