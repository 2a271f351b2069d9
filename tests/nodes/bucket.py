"""The bucket of the scripts, as nodes that run see it."""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

from .cluster import API_PORT, Cluster

UNITS = (
    "hyperpod-users-refresh",
    "hyperpod-accounting-backup",
    "hyperpod-accounting-backup-at-stop",
)


def files_of_services(variables: Mapping[str, str]) -> dict[str, str]:
    """SHIM: on HyperPod the metadata service has credentials; a service has no environment of ours."""
    environment = " ".join(f"{name}={value}" for name, value in variables.items())
    return {
        f"/etc/systemd/system/{unit}.service.d/endpoint.conf": f"[Service]\nEnvironment={environment}\n"
        for unit in UNITS
    }


class Bucket:
    """Amazon S3 with one bucket. Nodes find it before their scripts run."""

    def __init__(self, cluster: Cluster) -> None:
        steps = cluster.platform.bundle.steps
        self._users = steps.get("refresh")
        self._name = (self._users or steps["accounting"]["backup"])["bucket"]
        self._endpoint = f"http://{cluster.network.gateway}:{API_PORT}"
        self._api = ThreadedMotoServer(cluster.network.gateway, API_PORT, verbose=False)
        cluster.files |= files_of_services(
            {
                "AWS_ENDPOINT_URL": self._endpoint,
                "AWS_ACCESS_KEY_ID": "node",
                "AWS_SECRET_ACCESS_KEY": "node",
            }
        )

    def __enter__(self) -> Self:
        self._api.start()
        # Servers of one process share what they know.
        reset = Request(f"{self._endpoint}/moto-api/reset", method="POST")  # noqa: S310
        urlopen(reset).close()  # noqa: S310
        self._s3 = boto3.client(
            "s3",
            region_name="us-west-2",
            endpoint_url=self._endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self._s3.create_bucket(
            Bucket=self._name,
            CreateBucketConfiguration={"LocationConstraint": "us-west-2"},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._api.stop()

    def put_users(self, users: dict[str, Any]) -> None:
        """Uploads users, as a deployment does."""
        assert self._users is not None
        document = json.dumps({"cluster": self._users["cluster"], **users})
        self.put(self._users["key"], document.encode())

    def put(self, key: str, content: bytes) -> None:
        """Writes an object."""
        self._s3.put_object(Bucket=self._name, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        """Reads an object."""
        content: bytes = self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str) -> list[str]:
        """The objects below a prefix."""
        found = self._s3.list_objects_v2(Bucket=self._name, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", ())]
