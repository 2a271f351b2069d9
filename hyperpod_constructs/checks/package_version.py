"""Name and version of this library in reports."""

from importlib.metadata import PackageNotFoundError, version

PACKAGE = "hyperpod-constructs"


def package_version() -> str:
    """Installed version; `0.0.0` if the library has no package metadata."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "0.0.0"
