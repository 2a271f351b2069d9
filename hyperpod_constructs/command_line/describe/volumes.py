"""Volumes of Kubernetes that are file systems of a template, by the FSx CSI driver."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from hyperpod_constructs.checks.assembly import flat_text
from hyperpod_constructs.checks.template_resources import Resources, UnfollowedError
from hyperpod_constructs.schema.json_values import items_of, value_at

_MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"
_DRIVER = "fsx.csi.aws.com"
_REFERENCE = re.compile(r"\$\{Token\[(\w+)")


def claims_by_file_system(template: Mapping[str, Any] | None) -> Mapping[str, list[str]]:
    """The claims of each file system, as `namespace/name`, by its logical ID."""
    claims: dict[str, list[str]] = {}
    for volume in _volumes(template):
        name = _REFERENCE.match(str(value_at(volume, "csi", "volumeAttributes", "dnsname")))
        if name:
            claim = value_at(volume, "claimRef")
            text = f"{value_at(claim, 'namespace')}/{value_at(claim, 'name')}"
            claims.setdefault(name[1], []).append(text)
    return claims


def _volumes(template: Mapping[str, Any] | None) -> Iterator[object]:
    """Specifications of the volumes of the driver."""
    with suppress(UnfollowedError):
        for _, properties in Resources(template or {}).of_type(_MANIFEST):
            for each in _objects(properties.get("Manifest")):
                if (
                    value_at(each, "kind") == "PersistentVolume"
                    and value_at(each, "spec", "csi", "driver") == _DRIVER
                ):
                    yield value_at(each, "spec")


def _objects(manifest: object) -> list[Any]:
    try:
        return list(items_of(json.loads(flat_text(manifest))))
    except ValueError:
        return []
