"""The schemas of Kubernetes objects, by version: of a package that is too large for `make test`.

It has versions that are younger than the Kubernetes of these tests, and knows no custom resources.

Source: https://github.com/willthames/kubernetes-validate
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from .programs import CACHE

PACKAGES = ("kubernetes-validate==1.37.0", "importlib-resources==7.1.0")
"""The other packages that they require are those of development."""
NEWEST = "1.35"
"""The newest version that HyperPod supports."""
OLDEST = "1.30"


def install() -> Path:
    """Installs the package unless it is there, and returns its folder."""
    folder = CACHE.with_name(f"{CACHE.name}-schemas") / PACKAGES[0].replace("==", "-")
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as name:
            subprocess.run(
                [
                    *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
                    *("--disable-pip-version-check", "--target", name, *PACKAGES),
                ],
                check=True,
            )
            Path(name).rename(folder)
            Path(name).mkdir()
    return folder


class Schemas:
    """The schemas.

    Args:
        folder: The folder of the package.
    """

    def __init__(self, folder: Path) -> None:
        sys.path.append(str(folder))
        self._validator: Any = import_module("kubernetes_validate.utils")

    def versions(self) -> list[str]:
        """The versions of Kubernetes."""
        found: list[str] = self._validator.all_versions()
        return [".".join(version.split(".")[:2]) for version in found]

    def problem(self, manifest: Mapping[str, Any], version: str) -> str | None:
        """What is wrong with an object in a version, unknown fields included.

        Raises:
            LookupError: If there is no schema of its kind.
        """
        try:
            self._validator.validate(dict(manifest), version, strict=True)
        except self._validator.SchemaNotFoundError as error:
            raise LookupError(manifest["kind"]) from error
        except self._validator.ValidationError as error:
            return f"{error.json_path}: {error.message}"
        return None
